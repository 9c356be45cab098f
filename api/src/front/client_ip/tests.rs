//! Who is believed about where a request comes from.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
};

use super::{ClientIp, Proxies};

const PROXY: &str = "10.0.0.1:4000";

fn proxies() -> Proxies {
    Proxies::of(vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()])
}

fn client(proxies: &Proxies, peer: &str, headers: &[(&str, &str)]) -> ClientIp {
    let mut request = Request::builder();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    proxies.client(&request).unwrap()
}

fn address(peer: &str, headers: &[(&str, &str)]) -> String {
    client(&proxies(), peer, headers).address.to_string()
}

#[test]
fn whoever_is_no_proxy_of_ours_is_where_they_connect_from_whatever_they_say() {
    for headers in [
        &[("x-forwarded-for", "192.0.2.9")][..],
        &[("forwarded", "for=192.0.2.9")],
        &[("x-real-ip", "192.0.2.9")],
    ] {
        assert_eq!(address("198.51.100.7:80", headers), "198.51.100.7", "{headers:?}");
        let nobody = client(&Proxies::default(), PROXY, headers).address.to_string();
        assert_eq!(nobody, "10.0.0.1", "{headers:?}");
    }
}

#[test]
fn a_proxy_of_ours_is_believed_about_whoever_asked_it() {
    for (headers, expected) in [
        (&[("x-forwarded-for", "192.0.2.9")][..], "192.0.2.9"),
        (&[("x-forwarded-for", "192.0.2.9:1234")], "192.0.2.9"),
        (&[("x-forwarded-for", "2001:4860::1")], "2001:4860::1"),
        (&[("forwarded", "for=192.0.2.9;proto=https;by=10.0.0.1")], "192.0.2.9"),
        (&[("forwarded", r#"proto=https;For="[2001:4860::1]:80""#)], "2001:4860::1"),
        (&[("x-forwarded-for", "::ffff:192.0.2.9")], "192.0.2.9"),
        (&[("forwarded", "for=192.0.2.9"), ("x-forwarded-for", "192.0.2.9")], "192.0.2.9"),
        (&[], "10.0.0.1"),
    ] {
        assert_eq!(address(PROXY, headers), expected, "{headers:?}");
    }
}

#[test]
fn what_the_client_says_before_its_proxies_do_is_not_believed() {
    for headers in [
        &[("x-forwarded-for", "1.1.1.1, 192.0.2.9, 10.0.0.2")][..],
        &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "192.0.2.9")],
        &[("forwarded", "for=1.1.1.1, for=192.0.2.9, for=\"[2001:db8::5]\"")],
    ] {
        assert_eq!(address(PROXY, headers), "192.0.2.9", "{headers:?}");
    }
}

#[test]
fn a_header_that_the_proxy_lets_through_does_not_hide_its_client() {
    let headers = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "192.0.2.9")];
    assert_eq!(address(PROXY, &headers), "10.0.0.1");
}

#[test]
fn behind_a_hop_that_hides_itself_nothing_is_believed() {
    for hidden in ["for=1.1.1.1, for=_hidden", "for=1.1.1.1, for=unknown", "for=1.1.1.1, secret"] {
        assert_eq!(address(PROXY, &[("forwarded", hidden)]), "10.0.0.1", "{hidden}");
    }
}

#[test]
fn somebody_at_this_machine_is_known_as_such_until_there_are_proxies() {
    assert!(client(&Proxies::default(), "127.0.0.1:80", &[]).local);
    assert!(client(&Proxies::default(), "[::ffff:127.0.0.1]:80", &[]).local);
    assert!(!client(&Proxies::default(), "192.0.2.9:80", &[]).local);
    assert!(!client(&proxies(), "127.0.0.1:80", &[]).local);
}
