//! Addresses of the internet protocol: which of them reach somebody, and which are set aside (IANA special-purpose
//! address registries, RFC 6890).

use std::net::{Ipv4Addr, Ipv6Addr};

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Given out on the internet: somebody's.
    Public,
    /// Set aside for documentation (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Private, loopback, link-local, multicast, netmasks and the like: nobody's.
    Special,
}

/// What a v4 address is for.
pub fn v4(address: Ipv4Addr) -> Class {
    match address.octets() {
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Class::Documentation,
        [0 | 10 | 127 | 224..=255, ..]
        | [100, 64..=127, ..]
        | [169, 254, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        | [192, 0, 0, _]
        | [198, 18 | 19, ..] => Class::Special,
        _ => Class::Public,
    }
}

/// What a v6 address is for; only 2000::/3 is given out.
pub fn v6(address: Ipv6Addr) -> Class {
    match address.segments() {
        [0x2001, 0xDB8, ..] | [0x3FFF, 0..=0x0FFF, ..] => Class::Documentation,
        [0x2000..=0x3FFF, ..] => Class::Public,
        _ => Class::Special,
    }
}

/// Whether a v4 address with this prefix length names a network: no host bit is set.
pub fn v4_network(address: Ipv4Addr, prefix: u32) -> bool {
    prefix < 32 && u32::from(address).checked_shl(prefix).unwrap_or(0) == 0
}

/// The same of a v6 address.
pub fn v6_network(address: Ipv6Addr, prefix: u32) -> bool {
    prefix < 128 && u128::from(address).checked_shl(prefix).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_addresses_are_for() {
        let of = |text: &str| v4(text.parse().unwrap());
        for text in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "255.255.255.0",
            "0.0.0.0",
            "224.0.0.1",
            "169.254.1.1",
        ] {
            assert_eq!(of(text), Class::Special, "{text}");
        }
        assert_eq!(of("172.32.0.1"), Class::Public);
        assert_eq!(of("203.0.113.7"), Class::Documentation);
        let of = |text: &str| v6(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), Class::Documentation);
        assert_eq!(of("2a00:801::1"), Class::Public);
        for text in ["fe80::1", "::1", "fd00::1", "ff02::1", "::"] {
            assert_eq!(of(text), Class::Special, "{text}");
        }
    }

    #[test]
    fn networks_have_no_host_bits() {
        assert!(v4_network("203.0.113.0".parse().unwrap(), 24) && v4_network("0.0.0.0".parse().unwrap(), 0));
        assert!(
            !v4_network("203.0.113.7".parse().unwrap(), 24)
                && !v4_network("203.0.113.0".parse().unwrap(), 32)
        );
        assert!(
            v6_network("2001:db8::".parse().unwrap(), 32) && !v6_network("2001:db8::1".parse().unwrap(), 64)
        );
    }
}
