//! How large the head of a request may be.

use axum::extract::Request;
use schema::caps::{HEADER_BYTES_MAX, URI_BYTES_MAX};

use super::Refusal;

/// Why the request is not looked at any further.
pub(super) fn refusal(request: &Request) -> Option<Refusal> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > URI_BYTES_MAX {
        return Some(Refusal::UriTooLong);
    }
    let fields = request.headers().iter();
    let header: usize = fields.map(|(name, value)| name.as_str().len() + value.len()).sum();
    (header > HEADER_BYTES_MAX).then_some(Refusal::HeaderTooLarge)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};
    use schema::caps::{HEADER_BYTES_MAX, URI_BYTES_MAX};

    use super::{Refusal, refusal};

    fn refused(uri_bytes: usize, header_bytes: usize) -> Option<Refusal> {
        let uri = format!("/{}", "x".repeat(uri_bytes - 1));
        let request = Request::builder().uri(uri).header("x", "y".repeat(header_bytes - 1));
        refusal(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn a_path_may_be_so_long_and_not_longer() {
        assert_eq!(refused(URI_BYTES_MAX, 2), None);
        assert_eq!(refused(URI_BYTES_MAX + 1, 2), Some(Refusal::UriTooLong));
    }

    #[test]
    fn a_header_may_be_so_large_and_not_larger() {
        assert_eq!(refused(1, HEADER_BYTES_MAX), None);
        assert_eq!(refused(1, HEADER_BYTES_MAX + 1), Some(Refusal::HeaderTooLarge));
    }
}
