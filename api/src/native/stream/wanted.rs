//! Which facts a follower of the stream asks for.

use schema::{News, caps::STREAM_FILTERS_MAX};

use crate::sockets::About;

/// What is asked for: everything that may be seen, unless types or subjects are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    kinds: Vec<String>,
    subjects: Vec<String>,
}

/// Why nothing can be asked for in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unwanted {
    /// No fact of the stream is of such a type.
    Kind,
    /// Too many types and subjects.
    TooMany,
}

impl Wanted {
    /// `type` and `subject` of a query, each any number of times; a subject may end in `*`.
    pub(super) fn parse(query: &[(String, String)]) -> Result<Self, Unwanted> {
        let named = |wanted: &str| -> Vec<String> {
            let values = query.iter().filter(|(name, _)| name == wanted);
            values.map(|(_, value)| value.clone()).take(STREAM_FILTERS_MAX + 1).collect()
        };
        let wanted = Self { kinds: named("type"), subjects: named("subject") };
        if wanted.kinds.len().max(wanted.subjects.len()) > STREAM_FILTERS_MAX {
            return Err(Unwanted::TooMany);
        }
        if wanted.kinds.iter().any(|kind| !News::KINDS.contains(&kind.as_str())) {
            return Err(Unwanted::Kind);
        }
        Ok(wanted)
    }

    pub(super) fn takes(&self, about: &About) -> bool {
        let named = |subject: &String| match subject.strip_suffix('*') {
            Some(beginning) => about.subject.starts_with(beginning),
            None => about.subject == *subject,
        };
        (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == about.kind))
            && (self.subjects.is_empty() || self.subjects.iter().any(named))
    }
}

#[cfg(test)]
mod tests {
    use schema::caps::STREAM_FILTERS_MAX;

    use super::{Unwanted, Wanted};
    use crate::sockets::About;

    fn wanted(query: &[(&str, &str)]) -> Result<Wanted, Unwanted> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Wanted::parse(&query.iter().map(owned).collect::<Vec<_>>())
    }

    fn takes(query: &[(&str, &str)]) -> bool {
        let about = About { kind: "user.login.v1", subject: "session-7".to_owned() };
        wanted(query).unwrap().takes(&about)
    }

    #[test]
    fn everything_is_taken_unless_types_or_subjects_are_named() {
        assert!(takes(&[]));
        assert!(takes(&[("type", "user.login.v1")]));
        assert!(takes(&[("type", "new_message.v1"), ("type", "user.login.v1")]));
        assert!(!takes(&[("type", "new_message.v1")]));
        assert!(takes(&[("subject", "session-7")]));
        assert!(takes(&[("subject", "user-1"), ("subject", "session-*")]));
        assert!(!takes(&[("subject", "session-")]));
        assert!(!takes(&[("type", "user.login.v1"), ("subject", "user-*")]));
    }

    #[test]
    fn what_does_not_exist_and_what_is_too_much_is_refused() {
        assert_eq!(wanted(&[("type", "user.slept.v1")]), Err(Unwanted::Kind));
        let subjects = vec![("subject", "user-1"); STREAM_FILTERS_MAX];
        assert!(wanted(&subjects).is_ok());
        assert_eq!(wanted(&[subjects, vec![("subject", "x")]].concat()), Err(Unwanted::TooMany));
    }
}
