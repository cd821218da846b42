//! What may be shown of a value: its shape, never its content.

use crate::model::Kind;

/// The masked form: digits become `#`, runs of letters `***`, separators stay. `811228-9874` is `######-####`.
///
/// What could tell a person by its length alone (an e-mail address, a street) is not told by length. Of a secret nothing
/// is told at all: its length and where its marks stand help whoever guesses.
pub fn mask(kind: Kind, value: &str) -> String {
    let mut masked = String::with_capacity(value.len());
    mask_into(kind, value, &mut masked);
    masked
}

/// The masked form of every secret.
const SECRET: &str = "(secret)";

/// Appends the masked form.
pub fn mask_into(kind: Kind, value: &str, masked: &mut String) {
    if kind == Kind::Password {
        masked.push_str(SECRET);
        return;
    }
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

    #[test]
    fn of_a_secret_nothing_is_left() {
        for value in ["hunter2", "4817", "", "$6$salt$hash", "Åre-12!"] {
            assert_eq!(mask(Kind::Password, value), "(secret)");
        }
        let mut name = String::from("wifi ");
        mask_into(Kind::Password, "Kaffe77!", &mut name);
        assert_eq!(name, "wifi (secret)");
    }

    proptest::proptest! {
        #[test]
        fn no_letter_and_no_digit_comes_through(value in "\\PC{0,40}") {
            let masked = mask(Kind::EmailAddress, &value);
            proptest::prop_assert!(!masked.chars().any(char::is_alphanumeric));
        }
    }
}
