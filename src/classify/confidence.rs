//! What evidence is worth: one place, evidence in, score out.
//!
//! A score is meant as the share of such findings that are right. The bands (`model::Confidence`) are high from
//! 0.90 and medium from 0.60. The starting values follow measured false-positive rates: of random ten-digit
//! numbers 0.73 % have a real date and the right check digit, of `YYYYMMDDHHMM` timestamps 10 %, of
//! `YYYYMMDD-NNNN` document numbers 9.9 %.

use crate::model::{Candidate, Evidence as E, Form, Kind, Role, Signals};
use crate::rules::Worth;

/// The score of a candidate; `worth` is what its rule says of itself.
pub fn score(candidate: &Candidate<'_>, worth: Worth) -> f32 {
    let s = candidate.signals;
    let score = match candidate.kind {
        _ if candidate.form == Form::Mark => mark(worth, s),
        kind if kind.role() == Role::Statement && (candidate.form != Form::Pattern || worth.person) => {
            statement(kind, candidate.form, s)
        }
        Kind::Personnummer | Kind::Samordningsnummer if candidate.form != Form::Pattern => {
            identity(candidate.form, s)
        }
        Kind::PhoneNumber if candidate.form != Form::Pattern => phone(candidate.form, s),
        Kind::EmailAddress if candidate.form != Form::Pattern => email(candidate.form, s),
        Kind::PostalAddress if candidate.form != Form::Pattern => address(candidate.form, s),
        Kind::Organisationsnummer | Kind::VatNumber if candidate.form != Form::Pattern => {
            organisation(candidate.form, s)
        }
        Kind::Name if candidate.form != Form::Pattern => name(candidate.form, s),
        _ if matches!(candidate.form, Form::Field | Form::WholeCell) => {
            field(worth.person || worth.row && candidate.form == Form::WholeCell, s)
        }
        kind if candidate.form != Form::Pattern => {
            super::numbers::score(kind, candidate.form, s).unwrap_or_else(|| by_pattern(worth, false, s))
        }
        kind => by_pattern(worth, kind.role() == Role::Statement, s),
    };
    score.clamp(0.0, 1.0)
}

/// Something said of a person: what it is worth depends on who is in reach.
fn statement(kind: Kind, form: Form, s: Signals) -> f32 {
    if s.has(E::Negated) || s.has(E::OtherLabel) {
        return 0.10;
    }
    let (beside, near, about) = (
        s.has(E::Row) || s.has(E::Person),
        s.has(E::PersonNear) || s.has(E::Subject) && s.has(E::FirstPerson),
        s.has(E::Subject),
    );
    let second = s.has(E::SecondTerm);
    let base: f32 = match (form, s.has(E::Term), second) {
        (Form::Term, true, true) => choose(beside, near, about, [0.93, 0.85, 0.80, 0.30]),
        (Form::Term, true, false) if everyday(kind) => choose(beside, near, about, [0.85, 0.75, 0.55, 0.25]),
        (Form::Term, true, false) => choose(beside, near, about, [0.85, 0.75, 0.72, 0.25]),
        (Form::Term, false, true) => choose(beside, near, about, [0.75, 0.65, 0.62, 0.15]),
        (Form::Term, false, false) => choose(beside, near, about, [0.50, 0.40, 0.35, 0.10]),
        // Of the fields of what is told every day eight of ten were right where they were met unawares (fixtures/hard).
        _ if everyday(kind) => choose(beside, near, about, [0.88, 0.85, 0.80, 0.40]),
        _ => choose(beside, near, about, [0.95, 0.90, 0.85, 0.40]),
    };
    if s.has(E::OtherContext) { base - 0.35 } else { base }
}

/// Kinds whose words stand in every letter's small print: one of them, somewhere in a document about a person, is none.
fn everyday(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::CommunicationPreference
            | Kind::Purchase
            | Kind::PaymentHistory
            | Kind::Correspondence
            | Kind::Complaint
            | Kind::Feedback
            | Kind::UserContent
            | Kind::TrainingMaterial
    )
}

/// The first of the scores whose condition holds, or the last.
fn choose(first: bool, second: bool, third: bool, scores: [f32; 4]) -> f32 {
    match (first, second, third) {
        (true, ..) => scores[0],
        (_, true, _) => scores[1],
        (.., true) => scores[2],
        _ => scores[3],
    }
}

/// A value after its label, of a kind that has no check of its own.
fn field(person: bool, s: Signals) -> f32 {
    if s.has(E::OtherLabel) {
        return 0.10;
    }
    let (beside, near, about) = (
        s.has(E::Row) || s.has(E::Person),
        s.has(E::PersonNear),
        s.has(E::Subject),
    );
    let base: f32 = if person {
        choose(beside, near, about, [0.95, 0.90, 0.85, 0.45])
    } else {
        0.95
    };
    if s.has(E::OtherContext) { base - 0.35 } else { base }
}

/// A whole document by its marks; its rule says what the least of them is worth.
fn mark(worth: Worth, s: Signals) -> f32 {
    let mut score = worth.score;
    if s.has(E::Signature) {
        score = score.max(0.95);
    } else if s.has(E::SecondTerm) {
        score += 0.12;
    }
    if s.has(E::FileType) && s.has(E::FileName) {
        score += 0.40;
    }
    if worth.person && !s.has(E::Subject) {
        score.min(0.35)
    } else {
        score
    }
}

fn labelled(s: Signals) -> bool {
    s.has(E::Label) || s.has(E::Column)
}

fn identity(form: Form, s: Signals) -> f32 {
    if form == Form::LabelOnly {
        return 0.30;
    }
    if s.has(E::OtherLabel) {
        return match form {
            Form::Twelve => 0.25,
            Form::TenSeparated => 0.20,
            _ => 0.05,
        };
    }
    if labelled(s) {
        let doubtful = s.has(E::UnknownDate) && form == Form::TenBare;
        return if s.has(E::OtherContext) || doubtful {
            0.90
        } else {
            0.99
        };
    }
    if s.has(E::ColumnVote) {
        return 0.98;
    }
    if s.has(E::SoleTrader) {
        return 0.95;
    }
    // Ten of their kind and nearly all pass: chance does not do that.
    if s.has(E::MostPass) && !s.has(E::OtherContext) {
        return 0.97;
    }
    let doubt = s.has(E::Timestamp) || s.has(E::Serial);
    let context = s.has(E::Context);
    let base = match (form, doubt, context) {
        (Form::Twelve, false, false) => 0.85,
        (Form::Twelve, false, true) => 0.95,
        (Form::Twelve, true, false) => 0.40,
        (Form::Twelve, true, true) => 0.70,
        (Form::TenSeparated, false, false) => 0.80,
        (Form::TenSeparated, false, true) => 0.93,
        (Form::TenSeparated, true, false) => 0.50,
        (Form::TenSeparated, true, true) => 0.75,
        (Form::TenBare, false, true) => 0.70,
        (Form::TenBare, true, true) => 0.40,
        (Form::TenBare, _, false) => 0.30,
        _ => 0.10,
    };
    // Month 00 or day 60 let one more in ten numbers through; unlabelled ones are weak witnesses.
    let base: f32 = if s.has(E::UnknownDate) && !context {
        f32::min(base, if form == Form::TenBare { 0.30 } else { 0.60 })
    } else {
        base
    };
    // As many pass as of random numbers: that this one passes says nothing.
    let base = if s.has(E::ChanceLevel) && !context {
        base.min(0.35)
    } else {
        base
    };
    if s.has(E::OtherContext) { base - 0.30 } else { base }
}

fn phone(form: Form, s: Signals) -> f32 {
    if s.has(E::OtherLabel) {
        return 0.15;
    }
    let base: f32 = match (form, labelled(s), s.has(E::Context)) {
        (Form::PhoneInternational | Form::PhoneMobile, true, _) => 0.97,
        (_, true, _) => 0.95,
        (Form::PhoneInternational, _, true) => 0.95,
        (Form::PhoneMobile, _, true) => 0.92,
        (Form::PhoneGrouped, _, true) => 0.80,
        (_, _, true) if s.has(E::NameBeside) => 0.85,
        // Ten digits in one run with a mobile prefix: one random number in two hundred.
        (_, _, true) if s.has(E::Mobile) => 0.60,
        (_, _, true) => 0.55,
        (Form::PhoneInternational, ..) => 0.92,
        (Form::PhoneMobile, ..) => 0.85,
        _ if s.has(E::NameBeside) => 0.80,
        (Form::PhoneGrouped, ..) => 0.65,
        _ => 0.35,
    };
    let base = if s.has(E::ColumnVote) {
        f32::max(base, 0.95)
    } else {
        base
    };
    if s.has(E::OtherContext) { base - 0.35 } else { base }
}

fn email(form: Form, s: Signals) -> f32 {
    if s.has(E::OtherLabel) {
        return 0.10;
    }
    // A function's mailbox reaches no particular person.
    if s.has(E::RoleAddress) {
        return 0.20;
    }
    let base = match (form, labelled(s)) {
        (Form::EmailObscured, false) => 0.70,
        (Form::EmailObscured, true) => 0.92,
        (_, false) => 0.95,
        (_, true) => 0.98,
    };
    if s.has(E::OtherContext) { base - 0.33 } else { base }
}

fn address(form: Form, s: Signals) -> f32 {
    let mut score: f32 = match form {
        Form::StreetSafe => 0.62,
        Form::PostBox => 0.65,
        Form::PostcodeTown if s.has(E::Town) => 0.80,
        Form::PostcodeTown => 0.65,
        Form::CareOf => 0.50,
        Form::WholeCell => 0.95,
        _ => 0.35,
    };
    let street = matches!(form, Form::StreetSafe | Form::StreetWeak | Form::PostBox);
    if street && s.has(E::Postcode) {
        score = match (form, s.has(E::Town)) {
            (_, true) => 0.95,
            (Form::StreetWeak, false) => 0.70,
            (_, false) => 0.85,
        };
    }
    if s.has(E::Column) {
        score = score.max(0.97);
    } else if s.has(E::Label) {
        // "Address: Level 1": a place name without a street's ending may be anything that is numbered.
        let bare = form == Form::StreetWeak && !s.has(E::StreetEnding);
        score = score.max(if form == Form::CareOf || bare { 0.75 } else { 0.90 });
    }
    if s.has(E::Flat) || s.has(E::CareOf) && form != Form::CareOf {
        score = score.max(0.70) + 0.05;
    }
    if s.has(E::Context) && !s.has(E::Label) {
        score += 0.05;
    }
    // A firm's address says where nobody lives; with the full address beside it, it may still be a sole trader's.
    if s.has(E::Company) {
        score -= 0.30;
    }
    if s.has(E::OtherContext) {
        score -= 0.35;
    }
    if s.has(E::OtherLabel) {
        score -= 0.50;
    }
    score
}

fn organisation(form: Form, s: Signals) -> f32 {
    if s.has(E::OtherLabel) {
        return 0.10;
    }
    if labelled(s) || s.has(E::ColumnVote) {
        return 0.97;
    }
    // `SE` and `01` around it are as good as a label.
    let base = match (form, s.has(E::Syntax), s.has(E::Context)) {
        (_, true, _) => 0.92,
        (Form::TenSeparated, _, true) => 0.92,
        (Form::TenSeparated, ..) if s.has(E::ChanceLevel) => 0.40,
        (Form::TenSeparated, ..) => 0.80,
        (_, _, true) => 0.55,
        _ => 0.30,
    };
    if s.has(E::OtherContext) { base - 0.30 } else { base }
}

fn name(form: Form, s: Signals) -> f32 {
    if s.has(E::OtherLabel) {
        return 0.15;
    }
    let word = s.has(E::OrdinaryWord);
    let said = labelled(s) || s.has(E::Greeting) || s.has(E::ContactBeside);
    let known = s.has(E::GivenName) || s.has(E::FamilyName);
    let score: f32 = match form {
        Form::NamePart => 0.95,
        // The column's other cells are names: so is one that is in no list.
        Form::NameCell if known => 0.97,
        Form::NameCell if s.has(E::NameEnding) || s.has(E::ColumnVote) => 0.92,
        Form::NameCell if s.has(E::Role) => 0.70,
        Form::NameCell => {
            if word {
                0.80
            } else {
                0.50
            }
        }
        Form::NameFull | Form::NameReversed => match (word, said) {
            (false, true) => 0.97,
            (true, true) => 0.90,
            (false, false) if form == Form::NameReversed => 0.80,
            (false, false) if s.has(E::FamilyName) => 0.90,
            (false, false) => 0.85,
            (true, false) => 0.62,
        },
        Form::NameSingle if said && s.has(E::GivenName) => {
            if word {
                0.70
            } else {
                0.90
            }
        }
        Form::NameSingle if said && known && (!word || s.has(E::Column)) => 0.70,
        Form::NameInitial if said => 0.92,
        Form::NameUnlisted if s.has(E::GivenName) => {
            if said {
                0.90
            } else {
                0.62
            }
        }
        Form::NameUnlisted if said && (s.has(E::NameEnding) || s.has(E::FamilyName) && !word) => 0.80,
        Form::NameUnlisted if s.has(E::Greeting) => 0.70,
        Form::NameUnlisted if s.has(E::Role) => 0.65,
        Form::NameSingle if s.has(E::Role) && s.has(E::GivenName) => 0.70,
        _ => 0.40,
    };
    if s.has(E::OtherContext) {
        score - 0.35
    } else {
        score
    }
}

fn by_pattern(worth: Worth, statement: bool, s: Signals) -> f32 {
    let weights = worth.weights;
    if s.has(E::OtherLabel) {
        return 0.10;
    }
    let anyone = [E::Row, E::Person, E::PersonNear, E::Subject];
    if (statement || worth.person) && !anyone.into_iter().any(|who| s.has(who)) {
        return worth.score.min(0.35);
    }
    let mut total = worth.score;
    if labelled(s) || s.has(E::ColumnVote) {
        total = total.max(weights.label.unwrap_or(0.95));
    } else if s.has(E::Context) {
        total += weights.context.unwrap_or(0.20);
    }
    if s.has(E::OtherContext) {
        total - weights.negative.unwrap_or(0.30)
    } else {
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Confidence;

    fn band(kind: Kind, form: Form, signals: &[E]) -> Confidence {
        let signals = signals
            .iter()
            .fold(Signals::NONE, |set, &evidence| set.with(evidence));
        let candidate = Candidate {
            rule: 0,
            kind,
            range: 0..1,
            value: "x",
            form,
            signals,
            label: Candidate::NO_LABEL,
        };
        Confidence::of(score(&candidate, Worth::default()))
    }

    #[test]
    fn a_word_says_nothing_without_a_person() {
        use Confidence::{High, Low, Medium};
        let health = Kind::Health;
        assert_eq!(band(health, Form::Term, &[E::Term]), Low);
        assert_eq!(band(health, Form::Term, &[E::Term, E::Person]), Medium);
        assert_eq!(band(health, Form::Term, &[E::Term, E::Row, E::SecondTerm]), High);
        assert_eq!(band(health, Form::Term, &[E::WeakTerm, E::Person]), Low);
        assert_eq!(band(health, Form::Term, &[E::Term, E::Person, E::Negated]), Low);
        assert_eq!(band(health, Form::Field, &[E::Label, E::Shape]), Low);
        assert_eq!(
            band(health, Form::WholeCell, &[E::Column, E::Shape, E::Row]),
            High
        );
    }

    #[test]
    fn a_checksum_is_one_witness_not_a_verdict() {
        use Confidence::{High, Low, Medium};
        let pnr = Kind::Personnummer;
        assert_eq!(band(pnr, Form::TenBare, &[E::Date, E::Checksum]), Low);
        assert_eq!(
            band(pnr, Form::Twelve, &[E::Date, E::Checksum, E::Timestamp]),
            Low
        );
        assert_eq!(band(pnr, Form::TenSeparated, &[E::Date, E::Checksum]), Medium);
        assert_eq!(band(pnr, Form::TenBare, &[E::Date, E::Checksum, E::Label]), High);
        assert_eq!(
            band(pnr, Form::TenBare, &[E::Date, E::Checksum, E::ColumnVote]),
            High
        );
        assert_eq!(
            band(
                pnr,
                Form::TenSeparated,
                &[E::Date, E::Checksum, E::OtherLabel, E::ColumnVote]
            ),
            Low
        );
        assert_eq!(band(Kind::PhoneNumber, Form::PhoneBare, &[E::Plan]), Low);
        assert_eq!(
            band(
                Kind::EmailAddress,
                Form::Email,
                &[E::Syntax, E::RoleAddress, E::Label]
            ),
            Low
        );
    }
}
