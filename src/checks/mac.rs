//! Hardware addresses of network interfaces (IEEE 802: EUI-48), as they are written.

/// Where the address that begins at the start of `text` ends: six pairs with `:` or `-`, or three groups of four
/// with `.`. What follows is not looked at.
pub fn length(text: &[u8]) -> Option<usize> {
    let (size, groups) = match text.get(..5)? {
        [_, _, b':' | b'-', ..] => (2, 6),
        [_, _, _, _, b'.'] => (4, 3),
        _ => return None,
    };
    let separator = text[size];
    let whole = groups * (size + 1) - 1;
    let fits = text.get(..whole)?.iter().enumerate().all(|(i, &byte)| {
        if i % (size + 1) == size {
            byte == separator
        } else {
            byte.is_ascii_hexdigit()
        }
    });
    fits.then_some(whole)
}

/// Whether it is an interface's own address: neither nothing, nor everybody (broadcast), nor many (multicast).
pub fn of_a_device(text: &[u8]) -> bool {
    let mut digits = text.iter().filter(|byte| byte.is_ascii_hexdigit());
    let first = digits.clone().nth(1).copied().unwrap_or(b'1');
    let odd = matches!(
        first.to_ascii_lowercase(),
        b'1' | b'3' | b'5' | b'7' | b'9' | b'b' | b'd' | b'f'
    );
    !odd && digits.any(|&byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing() {
        for text in ["02:1a:2b:3c:4d:5e", "00-00-5E-00-53-01", "021a.2b3c.4d5e"] {
            assert_eq!(length(text.as_bytes()), Some(text.len()), "{text}");
            assert!(of_a_device(text.as_bytes()));
        }
        for text in [
            "02:1a:2b:3c:4d",
            "02:1a-2b:3c:4d:5e",
            "02:1a:2b:3c:4d:5g",
            "021a.2b3c",
            "02",
        ] {
            assert_eq!(length(text.as_bytes()), None, "{text}");
        }
        for text in ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb"] {
            assert!(!of_a_device(text.as_bytes()), "{text}");
        }
    }
}
