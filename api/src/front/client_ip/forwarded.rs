//! The two headers by which a proxy says for whom it asks.

use std::net::{IpAddr, SocketAddr};

use axum::http::{
    HeaderMap, HeaderName,
    header::{FORWARDED, GetAll},
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What `Forwarded` says (RFC 7239), the nearest proxy last. A hop that hides itself, or that
/// cannot be read, is nobody.
pub(super) fn standard(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    hops(headers.get_all(FORWARDED), |element| {
        let parameters = element.split(';').filter_map(|pair| pair.split_once('='));
        let (_, node) = parameters
            .map(|(name, value)| (name.trim(), value.trim()))
            .find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
        address(node.trim_matches('"'))
    })
}

/// What `X-Forwarded-For` says, which is older and more common.
pub(super) fn customary(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    hops(headers.get_all(X_FORWARDED_FOR), address)
}

/// One hop per element. Fields of one name are one list (RFC 9110, section 5.3).
fn hops(
    fields: GetAll<'_, axum::http::HeaderValue>,
    read: impl Fn(&str) -> Option<IpAddr>,
) -> Option<Vec<Option<IpAddr>>> {
    let mut hops = Vec::new();
    for field in fields {
        match field.to_str() {
            Ok(text) => hops.extend(text.split(',').map(|element| read(element.trim()))),
            Err(_) => hops.push(None),
        }
    }
    (!hops.is_empty()).then_some(hops)
}

/// An address, with or without a port; in brackets where it needs them.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}
