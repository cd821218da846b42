//! Machine-readable zones of passports and identity cards (ICAO Doc 9303 parts 4 to 6): the 7-3-1 check digits.

/// Whether the text is the second line of a passport (TD3, 44 characters): number, birth, expiry and the whole have
/// their check digits.
pub fn passport_line(line: &[u8]) -> bool {
    line.len() == 44 && second_line(line) && composite(line, &[0..10, 13..20, 21..43], 43)
}

/// Whether the text is the second line of a card of the older size (TD2, 36 characters).
pub fn card_line(line: &[u8]) -> bool {
    line.len() == 36 && second_line(line) && composite(line, &[0..10, 13..20, 21..35], 35)
}

fn second_line(line: &[u8]) -> bool {
    charset(line) && state(line, 10) && checked(line, 0..9) && dates(line, 13)
}

/// Whether the text is the first line of a card (TD1, 30 characters): `I`, `A` or `C`, the issuing state, the number
/// and its check digit.
pub fn first_card_line(line: &[u8]) -> bool {
    line.len() == 30
        && charset(line)
        && matches!(line[0], b'I' | b'A' | b'C')
        && state(line, 2)
        && line
            .get(5..14)
            .is_some_and(|number| number.iter().any(u8::is_ascii_digit))
        && checked(line, 5..14)
}

/// Whether the text is the second line of a card (TD1): birth and expiry have their check digits.
pub fn second_card_line(line: &[u8]) -> bool {
    line.len() == 30 && charset(line) && dates(line, 0) && state(line, 15)
}

/// Whether birth, sex and expiry stand at `at`, with their check digits and possible months.
fn dates(line: &[u8], at: usize) -> bool {
    let day = |start: usize| {
        let number = |from: usize| {
            line.get(from..from + 2)
                .filter(|two| two.iter().all(u8::is_ascii_digit))
                .map(|two| (two[0] - b'0') * 10 + (two[1] - b'0'))
        };
        number(start).is_some()
            && number(start + 2).is_some_and(|month| month <= 12)
            && number(start + 4).is_some_and(|day| day <= 31)
    };
    day(at)
        && day(at + 8)
        && checked(line, at..at + 6)
        && checked(line, at + 8..at + 14)
        && line
            .get(at + 7)
            .is_some_and(|sex| matches!(sex, b'M' | b'F' | b'X' | b'<'))
}

fn charset(line: &[u8]) -> bool {
    line.iter()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'<')
}

/// Three letters, or one and two fillers (`D<<`).
fn state(line: &[u8], at: usize) -> bool {
    line.get(at..at + 3).is_some_and(|code| {
        code[0].is_ascii_uppercase() && code[1..].iter().all(|b| b.is_ascii_uppercase() || *b == b'<')
    })
}

/// Whether the field is followed by its check digit.
fn checked(line: &[u8], field: std::ops::Range<usize>) -> bool {
    let digit = line.get(field.end).copied();
    let sum = line.get(field).map(|field| weighted(field.iter()));
    sum.is_some_and(|sum| digit == Some(b'0' + sum))
}

fn composite(line: &[u8], fields: &[std::ops::Range<usize>], at: usize) -> bool {
    let bytes = fields
        .iter()
        .flat_map(|field| line.get(field.clone()).unwrap_or_default());
    line.get(at) == Some(&(b'0' + weighted(bytes)))
}

/// The sum of the characters, weighted 7, 3, 1, modulo 10; letters count from 10, the filler 0.
fn weighted<'l>(bytes: impl Iterator<Item = &'l u8>) -> u8 {
    let sum: u32 = bytes
        .zip([7u32, 3, 1].into_iter().cycle())
        .map(|(byte, weight)| {
            let value = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                _ => 0,
            };
            u32::from(value) * weight
        })
        .sum();
    (sum % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specimens_of_doc_9303() {
        assert!(passport_line(b"L898902C36UTO7408122F1204159ZE184226B<<<<<10"));
        assert!(!passport_line(b"L898902C37UTO7408122F1204159ZE184226B<<<<<10"));
        assert!(!passport_line(b"L898902C36UTO7408122F1204159ZE184226B<<<<<11"));
        assert!(first_card_line(b"I<UTOD231458907<<<<<<<<<<<<<<<"));
        assert!(!first_card_line(b"I<UTOD231458908<<<<<<<<<<<<<<<"));
        assert!(second_card_line(b"7408122F1204159UTO<<<<<<<<<<<6"));
        assert!(card_line(b"D231458907UTO7408122F1204159<<<<<<<6"));
        assert!(!card_line(b"D231458907UTO7413122F1204159<<<<<<<6"));
    }
}
