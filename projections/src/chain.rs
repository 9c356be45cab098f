//! An error with all its causes, on one line.

use std::{error::Error, fmt};

/// Shows an error and whatever caused it, outermost first. Of each it shows the first line alone:
/// Postgres puts the values of a row into the lines after it, and they are somebody's.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", first_line(self.0))?;
        let mut error = self.0;
        while let Some(cause) = error.source() {
            write!(f, ": {}", first_line(cause))?;
            error = cause;
        }
        Ok(())
    }
}

fn first_line(error: &dyn Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::Chain;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("inner\nDETAIL: Key (email)=(ada@example.com)")]
    struct Inner;

    #[test]
    fn causes_are_shown_and_values_are_not() {
        assert_eq!(Chain(&Outer(Inner)).to_string(), "outer: inner");
    }
}
