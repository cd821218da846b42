//! What may be shown of a value: its shape, never its content.

use crate::model::Kind;

/// The masked form: digits become `#`, runs of letters `***`, separators stay. `811228-9874` is `######-####`.
///
/// What could tell a person by its length alone (an e-mail address, a street) is not told by length.
pub fn mask(kind: Kind, value: &str) -> String {
    let mut masked = String::with_capacity(value.len());
    mask_into(kind, value, &mut masked);
    masked
}

/// Appends the masked form.
pub fn mask_into(_kind: Kind, value: &str, masked: &mut String) {
    let mut in_letters = false;
    for c in value.chars() {
        let letter = c.is_alphabetic();
        if c.is_numeric() {
            masked.push('#');
        } else if letter && !in_letters {
            masked.push_str("***");
        } else if !letter {
            masked.push(if c.is_control() { ' ' } else { c });
        }
        in_letters = letter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shape_is_left() {
        assert_eq!(mask(Kind::Personnummer, "811228-9874"), "######-####");
        assert_eq!(mask(Kind::EmailAddress, "bo.ek2@example.se"), "***.***#@***.***");
        assert_eq!(
            mask(Kind::PostalAddress, "Åsgatan 8,\n172 70 Ö"),
            "*** #, ### ## ***"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_letter_and_no_digit_comes_through(value in "\\PC{0,40}") {
            let masked = mask(Kind::EmailAddress, &value);
            proptest::prop_assert!(!masked.chars().any(char::is_alphanumeric));
        }
    }
}
