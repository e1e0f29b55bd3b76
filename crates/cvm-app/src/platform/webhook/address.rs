//! Which addresses a message may go to: those of the public internet, unless the settings say otherwise.
//!
//! Who may name an endpoint could else make this server ask others in its own network. What a name stands for is looked at when the
//! connection is made, so that a name cannot mean one thing when it is checked and another when it is used.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Letters of an address at most.
const LETTERS_MAX: usize = 2_000;

/// What is wrong with an address, if anything: what was found and expected.
pub(super) fn fault(text: &str, private_allowed: bool) -> Option<&'static str> {
    let Ok(url) = Url::parse(text) else { return Some("this is no URL; expected one as in https://example.com/hook") };
    if text.len() > LETTERS_MAX {
        return Some("the URL is longer than 2000 letters");
    }
    match url.scheme() {
        "https" => {}
        "http" if private_allowed => {}
        _ => return Some("expected a URL that begins with https://"),
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Some("the URL names no host"),
    };
    if literal.is_some_and(|address| !private_allowed && !is_public(address)) {
        return Some("this address is not of the public internet; the setting `webhook_private` allows it");
    }
    None
}

/// Finds addresses of names, and gives only those that are public.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name stands for no address of the public internet".into());
            }
            let public: Addrs = Box::new(public.into_iter());
            Ok(public)
        })
    }
}

/// Whether an address is one of the public internet (IANA's registries of special-purpose addresses).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240 // reserved, and the broadcast
        || (a == 100 && (64..128).contains(&b)) // shared by customers of a provider
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19)); // benchmarks
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match parts {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // 2000::/3 is what was given out; of it, 2001:db8::/32 is for books, and 2001::/23 for protocols.
        [first, second, ..] => (first & 0xe000) == 0x2000 && !(first == 0x2001 && (second == 0xdb8 || second < 0x200)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for address in
            ["93.184.216.34", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1"]
        {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::1",
            "2001::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn endpoints_are_public_and_encrypted_unless_the_settings_say_otherwise() {
        for (url, private_allowed, is_right) in [
            ("https://example.com/hook", false, true),
            ("http://example.com/hook", false, false),
            ("http://example.com/hook", true, true),
            ("https://127.0.0.1/hook", false, false),
            ("https://0x7f.1/hook", false, false),
            ("https://[::1]/hook", false, false),
            ("https://[::1]/hook", true, true),
            ("ftp://example.com", true, false),
            ("example.com", true, false),
        ] {
            assert_eq!(fault(url, private_allowed).is_none(), is_right, "{url}");
        }
    }
}
