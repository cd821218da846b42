//! What evidence is worth for numbers of papers, payments and machines.
//!
//! One in ten numbers has a right Luhn digit, one in eleven that of modulus 11, one in 97 that of an IBAN. So a check
//! digit alone says little, a label alone may stand before something else, and both together leave few doubts.

use crate::model::{Evidence as E, Form, Kind, Signals};

/// The score of a number; `None` for kinds that are no such numbers.
pub(super) fn score(kind: Kind, form: Form, s: Signals) -> Option<f32> {
    let labelled = s.has(E::Label) || s.has(E::Column);
    let context = s.has(E::Context);
    let vote = s.has(E::ColumnVote);
    let printed = form == Form::Printed;
    if form == Form::MachineReadable {
        return Some(0.98);
    }
    // With a label, with the rest of the column, with words around it, alone.
    let of = |label: f32, column: f32, words: f32, bare: f32| match () {
        () if labelled => label,
        () if vote => column,
        () if context => words,
        () => bare,
    };
    let base = match kind {
        Kind::PassportNumber | Kind::IdentityCardNumber | Kind::DrivingLicenceNumber if printed => {
            of(0.95, 0.60, 0.70, 0.10)
        }
        // Two witnesses where the licence is named further away.
        Kind::PassportNumber | Kind::IdentityCardNumber | Kind::DrivingLicenceNumber if context => 0.75,
        Kind::PassportNumber | Kind::IdentityCardNumber | Kind::DrivingLicenceNumber => {
            of(0.91, 0.30, 0.30, 0.05)
        }
        Kind::VehicleRegistration => of(0.95, 0.80, 0.65, 0.20),
        Kind::PropertyDesignation if s.has(E::Municipality) && printed => of(0.97, 0.90, 0.93, 0.75),
        Kind::PropertyDesignation if printed => of(0.92, 0.65, 0.70, 0.20),
        Kind::PropertyDesignation => of(0.90, 0.60, 0.50, 0.15),
        Kind::BirthDate => of(0.96, 0.10, 0.10, 0.05),
        Kind::Bankgiro if printed => of(0.985, 0.92, 0.40, 0.20),
        Kind::Plusgiro if printed => of(0.98, 0.92, 0.40, 0.15),
        Kind::Bankgiro | Kind::Plusgiro => of(0.96, 0.30, 0.20, 0.05),
        Kind::BankAccount if s.has(E::Checksum) => of(0.98, 0.85, 0.40, 0.15),
        Kind::BankAccount => of(0.70, 0.30, 0.10, 0.05),
        Kind::Iban if !s.has(E::Issuer) => of(0.97, 0.95, 0.85, 0.75),
        Kind::Iban => of(0.99, 0.99, 0.97, if printed { 0.96 } else { 0.50 }),
        Kind::PaymentCard if s.has(E::ChanceLevel) => of(0.97, 0.95, 0.55, 0.30),
        Kind::PaymentCard if printed => of(0.985, 0.97, 0.90, 0.80),
        Kind::PaymentCard => of(0.97, 0.95, 0.65, 0.30),
        Kind::OcrReference => of(if s.has(E::LengthDigit) { 0.98 } else { 0.96 }, 0.10, 0.10, 0.05),
        Kind::SwishNumber => of(if s.has(E::Mobile) { 0.99 } else { 0.95 }, 0.10, 0.10, 0.05),
        Kind::IpAddress if printed => of(0.98, 0.90, 0.95, 0.91),
        Kind::IpAddress => of(0.92, 0.40, 0.62, 0.30),
        Kind::MacAddress if printed => of(0.98, 0.93, 0.96, 0.92),
        Kind::MacAddress => of(0.92, 0.40, 0.62, 0.30),
        Kind::Imei => of(0.98, if s.has(E::Issuer) { 0.92 } else { 0.60 }, 0.45, 0.20),
        Kind::Iccid if s.has(E::Issuer) => of(0.98, 0.97, 0.92, 0.70),
        Kind::Iccid => of(0.97, 0.90, 0.45, 0.20),
        _ => return None,
    };
    Some(doubted(kind, base, labelled, s))
}

fn doubted(kind: Kind, base: f32, labelled: bool, s: Signals) -> f32 {
    if s.has(E::OtherLabel) {
        // What its own check digits and beginning say outweighs the word before it.
        return match kind {
            Kind::Iban => 0.85,
            _ => 0.10,
        };
    }
    if s.has(E::OtherContext) && !labelled {
        base - 0.35
    } else {
        base
    }
}

/// Forms a kind is written in, with words for them, and the evidence such a form has.
pub(super) fn forms(kind: Kind) -> &'static [(Form, &'static str, &'static [E])] {
    match kind {
        Kind::PassportNumber | Kind::IdentityCardNumber => &[
            (
                Form::MachineReadable,
                "a line for machines with its check digits",
                &[E::MachineReadable, E::Checksum],
            ),
            (Form::Printed, "two letters and seven digits", &[E::Syntax]),
            (Form::Bare, "digits, or letters and digits", &[]),
        ],
        Kind::DrivingLicenceNumber => &[
            (Form::Printed, "two letters and seven digits", &[E::Syntax]),
            (Form::Bare, "digits, or letters and digits", &[]),
        ],
        Kind::VehicleRegistration => &[
            (Form::Printed, "a plate in capitals", &[E::Syntax]),
            (Form::Bare, "a plate in small letters", &[E::Syntax]),
        ],
        Kind::PropertyDesignation => &[
            (
                Form::Printed,
                "municipality, district, block and unit",
                &[E::Syntax, E::Municipality],
            ),
            (Form::Printed, "district, block and unit", &[E::Syntax]),
            (
                Form::Bare,
                "block and unit that may be a time of day",
                &[E::Syntax],
            ),
        ],
        Kind::BirthDate => &[(Form::Printed, "a real date", &[E::Date])],
        Kind::Bankgiro => &[
            (
                Form::Printed,
                "seven or eight digits with a hyphen",
                &[E::Checksum],
            ),
            (Form::Bare, "seven or eight digits run together", &[E::Checksum]),
        ],
        Kind::Plusgiro => &[
            (
                Form::Printed,
                "digits with the last one set apart",
                &[E::Checksum],
            ),
            (Form::Bare, "digits run together", &[E::Checksum]),
        ],
        Kind::BankAccount => &[
            (
                Form::Printed,
                "clearing number and account with its check digit",
                &[E::Issuer, E::Checksum],
            ),
            (
                Form::Printed,
                "clearing number and account of a bank without check digits",
                &[E::Issuer],
            ),
        ],
        Kind::Iban => &[
            (
                Form::Printed,
                "country, length and check digits",
                &[E::Checksum, E::Syntax, E::Issuer],
            ),
            (
                Form::Printed,
                "a Swedish one of an unknown bank",
                &[E::Checksum, E::Syntax],
            ),
        ],
        Kind::PaymentCard => &[
            (
                Form::Printed,
                "an issuer's number in groups",
                &[E::Checksum, E::Issuer],
            ),
            (
                Form::Bare,
                "an issuer's number run together",
                &[E::Checksum, E::Issuer],
            ),
        ],
        Kind::OcrReference => &[
            (Form::Bare, "digits with the check digit", &[E::Checksum]),
            (
                Form::Bare,
                "digits with check digit and length digit",
                &[E::Checksum, E::LengthDigit],
            ),
        ],
        Kind::SwishNumber => &[
            (Form::Printed, "a mobile number", &[E::Mobile]),
            (Form::Printed, "a firm's 123 number", &[E::Company]),
        ],
        Kind::IpAddress => &[
            (Form::Printed, "an address that is given out", &[E::Syntax]),
            (Form::Bare, "four small numbers", &[E::Syntax]),
        ],
        Kind::MacAddress => &[
            (Form::Printed, "an interface's address", &[E::Syntax]),
            (Form::Bare, "six pairs of decimal digits", &[E::Syntax]),
        ],
        Kind::Imei => &[(
            Form::Bare,
            "fifteen digits with the check digit",
            &[E::Checksum, E::Issuer],
        )],
        Kind::Iccid => &[
            (
                Form::Bare,
                "a Swedish SIM card's number",
                &[E::Checksum, E::Issuer],
            ),
            (Form::Bare, "a SIM card's number", &[E::Checksum]),
        ],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worth(kind: Kind, form: Form, evidence: &[E]) -> f32 {
        let signals = evidence.iter().fold(Signals::NONE, |set, &e| set.with(e));
        score(kind, form, signals).unwrap()
    }

    #[test]
    fn a_check_digit_needs_a_second_witness() {
        for kind in [
            Kind::Bankgiro,
            Kind::Plusgiro,
            Kind::BankAccount,
            Kind::OcrReference,
            Kind::Imei,
            Kind::PaymentCard,
        ] {
            assert!(
                worth(kind, Form::Bare, &[E::Checksum, E::Issuer]) < 0.595,
                "{kind}"
            );
            assert!(
                worth(kind, Form::Bare, &[E::Checksum, E::Issuer, E::Label]) >= 0.895,
                "{kind}"
            );
            assert!(
                worth(
                    kind,
                    Form::Bare,
                    &[E::Checksum, E::Issuer, E::Label, E::OtherLabel]
                ) < 0.595,
                "{kind}"
            );
        }
        assert!(worth(Kind::Iban, Form::Printed, &[E::Checksum, E::Issuer]) >= 0.895);
        assert!(worth(Kind::BankAccount, Form::Printed, &[E::Issuer, E::Label]) < 0.895);
    }

    #[test]
    fn a_swish_label_outweighs_a_telephone() {
        assert!(worth(Kind::SwishNumber, Form::Printed, &[E::Mobile, E::Label]) > 0.97);
    }
}
