//! What evidence is worth, told: the score function asked about the usual combinations, so that what is told is what
//! is done.

use super::confidence::score;
use crate::model::{Candidate, Evidence as E, Form, Kind, Signals};
use crate::rules::Worth;

/// Forms a kind is written in, with words for them.
fn forms(kind: Kind) -> &'static [(Form, &'static str, &'static [E])] {
    match kind {
        Kind::Personnummer | Kind::Samordningsnummer => &[
            (Form::Twelve, "twelve digits", &[E::Date, E::Checksum, E::Century]),
            (
                Form::TenSeparated,
                "ten digits with a separator",
                &[E::Date, E::Checksum],
            ),
            (Form::TenBare, "ten digits run together", &[E::Date, E::Checksum]),
            (
                Form::LabelOnly,
                "a label, but a wrong check digit",
                &[E::Date, E::BadChecksum],
            ),
        ],
        Kind::PhoneNumber => &[
            (Form::PhoneInternational, "with +46 or 0046", &[E::Plan]),
            (Form::PhoneMobile, "mobile number with a separator", &[E::Plan]),
            (Form::PhoneGrouped, "area code and grouped digits", &[E::Plan]),
            (Form::PhoneBare, "digits run together", &[E::Plan]),
        ],
        Kind::EmailAddress => &[
            (Form::Email, "an address", &[E::Syntax, E::KnownTld]),
            (
                Form::Email,
                "an address of a function (info@)",
                &[E::Syntax, E::KnownTld, E::RoleAddress],
            ),
            (
                Form::EmailObscured,
                "written round about (\"(at)\")",
                &[E::Syntax, E::KnownTld],
            ),
        ],
        Kind::PostalAddress => &[
            (
                Form::StreetSafe,
                "street and number, with postcode and its town",
                &[E::StreetEnding, E::HouseNumber, E::Postcode, E::Town],
            ),
            (
                Form::StreetSafe,
                "street with a safe ending and number",
                &[E::StreetEnding, E::HouseNumber],
            ),
            (Form::StreetWeak, "place name and number", &[E::HouseNumber]),
            (
                Form::PostcodeTown,
                "postcode and a town that fits",
                &[E::Postcode, E::Town],
            ),
            (Form::PostBox, "box", &[E::PostBox]),
            (Form::CareOf, "c/o and a name", &[E::CareOf]),
            (Form::WholeCell, "the cell of an address column", &[]),
        ],
        Kind::Organisationsnummer | Kind::VatNumber => &[
            (Form::TenSeparated, "ten digits with a hyphen", &[E::Checksum]),
            (
                Form::TenSeparated,
                "with SE before and 01 after",
                &[E::Checksum, E::Syntax],
            ),
            (Form::TenBare, "ten digits run together", &[E::Checksum]),
        ],
        _ if !super::numbers::forms(kind).is_empty() => super::numbers::forms(kind),
        Kind::Name => &[
            (
                Form::NameFull,
                "given and family name",
                &[E::GivenName, E::FamilyName],
            ),
            (
                Form::NameFull,
                "given name and what ends as family names do",
                &[E::GivenName, E::NameEnding],
            ),
            (
                Form::NameFull,
                "two words that are ordinary ones too",
                &[E::GivenName, E::FamilyName, E::OrdinaryWord],
            ),
            (
                Form::NameReversed,
                "family name, then given name",
                &[E::GivenName, E::FamilyName],
            ),
            (
                Form::NameUnlisted,
                "given name and a word of no list",
                &[E::GivenName],
            ),
            (Form::NameSingle, "given name alone", &[E::GivenName]),
            (Form::NameInitial, "initial and family name", &[E::FamilyName]),
            (
                Form::NameCell,
                "cell of a name column, in the lists",
                &[E::GivenName, E::Column],
            ),
            (Form::NameCell, "cell of a name column, in no list", &[E::Column]),
            (
                Form::NamePart,
                "cell of a given or family name column",
                &[E::Column],
            ),
        ],
        _ => &[(Form::Pattern, "the rule's pattern", &[E::Pattern])],
    }
}

/// Combinations of form and further evidence, with the score each gets; highest first within a form.
pub fn explain(kind: Kind, worth: Worth) -> Vec<(String, f32)> {
    let further: &[(&str, &[E])] = &[
        (", column header", &[E::Column]),
        (", label before it", &[E::Label]),
        (", the rest of the column alike", &[E::ColumnVote]),
        (", words around it", &[E::Context]),
        (", in a greeting or signature", &[E::Greeting]),
        (", contact details beside it", &[E::ContactBeside]),
        ("", &[]),
        (", may be a timestamp", &[E::Timestamp]),
        (", words around it say otherwise", &[E::OtherContext]),
        (", label says otherwise", &[E::OtherLabel]),
    ];
    let mut told = Vec::new();
    for (form, words, own) in forms(kind) {
        let score_of = |more: &[E]| {
            let signals = own
                .iter()
                .chain(more)
                .fold(Signals::NONE, |set, &evidence| set.with(evidence));
            let candidate = Candidate {
                rule: 0,
                kind,
                range: 0..0,
                value: "",
                form: *form,
                signals,
                label: Candidate::NO_LABEL,
            };
            score(&candidate, worth)
        };
        let bare = score_of(&[]);
        for (more, evidence) in further {
            let score = score_of(evidence);
            // Evidence that changes nothing for this form is not worth a line.
            if more.is_empty() || (score - bare).abs() > 0.001 {
                told.push((format!("{words}{more}"), score));
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_told_to_be_worth_more_than_none() {
        let told = explain(Kind::Personnummer, Worth::default());
        let of = |text: &str| {
            told.iter()
                .find(|(what, _)| what == text)
                .map(|(_, score)| *score)
                .unwrap()
        };
        assert!(of("ten digits run together, label before it") > of("ten digits run together"));
        assert!(of("twelve digits, may be a timestamp") < of("twelve digits"));
    }
}
