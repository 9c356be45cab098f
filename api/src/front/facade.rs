//! In whose words a path is answered that reaches no handler.

use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{accounts, community, directory, inventory, native, phone};

/// The façade that a path belongs to: its clients read one envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facade {
    Accounts,
    Community,
    Directory,
    Inventory,
    /// No façade's: problem details.
    Native,
    Phone,
}

/// Why a request reaches no handler, or gets no answer from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing is there.
    NotFound,
    /// Path and query are over the limit.
    UriTooLong,
    /// The header is over the limit.
    HeaderTooLarge,
    /// An error of ours.
    Internal,
    /// The service is about to stop.
    Stopping,
    /// The log has not been reached yet.
    WithoutLog,
}

impl Refusal {
    /// What it comes to, and a sentence without its full stop: some clients expect one.
    pub(crate) fn told(self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, "Path and query are too long"),
            Self::HeaderTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request header is too large")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "Service stops, try again"),
            Self::WithoutLog => (StatusCode::SERVICE_UNAVAILABLE, "Log unavailable, try again"),
        }
    }
}

impl Facade {
    /// Whose `path` is, which may be nobody's; where nothing else speaks, Community does.
    pub(super) fn of(path: &str) -> Self {
        if native::owns(path) {
            return Self::Native;
        }
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        match (segments.next(), segments.next()) {
            (Some("insertEmail" | "userManager"), _) => Self::Directory,
            (Some("user" | "vm" | "Attach_VM_to_user" | "Stop_VM"), _)
            | (Some("auth"), Some("signup")) => Self::Inventory,
            (Some("api"), Some("v1")) | (Some("health"), None) => Self::Accounts,
            (Some("api"), _) | (Some("ws"), Some("notifications")) => Self::Phone,
            (_, _) => Self::Community,
        }
    }

    /// That of a request which has passed the front.
    pub(crate) fn asked(request: &Request) -> Self {
        request.extensions().get().copied().unwrap_or(Self::Community)
    }

    /// `refusal` in the words of this façade.
    pub(crate) fn refuse(self, refusal: Refusal) -> Response {
        match self {
            Self::Accounts => accounts::refused(refusal).into_response(),
            Self::Community => community::refused(refusal).into_response(),
            Self::Directory => directory::refused(refusal).into_response(),
            Self::Inventory => inventory::refused(refusal).into_response(),
            Self::Native => native::refused(refusal).into_response(),
            Self::Phone => phone::refused(refusal).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Facade;

    #[test]
    fn a_path_speaks_the_dialect_of_its_clients() {
        for (path, facade) in [
            ("/", Facade::Community),
            ("/nothing", Facade::Community),
            ("/users/7", Facade::Community),
            ("/auth/login", Facade::Community),
            ("/ws/token", Facade::Community),
            ("/user", Facade::Inventory),
            ("/user/7/", Facade::Inventory),
            ("//vm//7", Facade::Inventory),
            ("/auth/signup", Facade::Inventory),
            ("/insertEmail", Facade::Directory),
            ("/userManager/", Facade::Directory),
            ("/health", Facade::Accounts),
            ("/health/ready", Facade::Community),
            ("/api/v1/users/me", Facade::Accounts),
            ("/api/v1/events/7", Facade::Native),
            ("/api/v1/users/me/export", Facade::Native),
            ("/api/login", Facade::Phone),
            ("/api/users/register/", Facade::Phone),
            ("/api/nothing", Facade::Phone),
            ("/ws/notifications/", Facade::Phone),
        ] {
            assert_eq!(Facade::of(path), facade, "{path}");
        }
    }
}
