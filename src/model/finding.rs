//! From a candidate, which borrows the text it was seen in, to its evidence.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Kind;

/// The band of a confidence score.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Confidence {
    /// Below 0.60: counted, not reported unless asked for.
    Low,
    /// From 0.60.
    Medium,
    /// From 0.90.
    High,
}

impl Confidence {
    /// The band of a score between 0 and 1.
    pub fn of(score: f32) -> Self {
        if score >= 0.895 {
            Self::High
        } else if score >= 0.595 {
            Self::Medium
        } else {
            Self::Low
        }
    }

    /// `low`, `medium` or `high`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How grave it would be if others saw it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Identity numbers (they may be processed without consent only where clearly justified: dataskyddslagen 2018:218
    /// 3 kap. 10 §), secrets, special categories (GDPR Art. 9) and offences (Art. 10).
    High,
    /// A protected identity beside an address or telephone number, which may cost a life; a payment card (PCI DSS).
    Critical,
}

macro_rules! signals {
    ($($name:ident = $id:literal, $sv:literal, $en:literal;)*) => {
        /// One witness for or against a candidate. A checksum is one witness, not a verdict.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Evidence { $(#[doc = $en] $name,)* }

        impl Evidence {
            /// Every witness, in the order they are told.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The stable identifier.
            pub fn id(self) -> &'static str { match self { $(Self::$name => $id),* } }
            /// What it means, in Swedish.
            pub fn swedish(self) -> &'static str { match self { $(Self::$name => $sv),* } }
            /// What it means, in English.
            pub fn english(self) -> &'static str { match self { $(Self::$name => $en),* } }
        }
    };
}

signals! {
    Date = "date", "ett verkligt datum", "a real date";
    UnknownDate = "unknown-date", "födelsedatum delvis okänt (månad 00 eller dag 60)", "birth date partly unknown (month 00 or day 60)";
    Checksum = "checksum", "kontrollsiffran stämmer", "the check digit is right";
    BadChecksum = "bad-checksum", "kontrollsiffran stämmer inte", "the check digit is wrong";
    Century = "century", "tolv siffror med sekel", "twelve digits with the century";
    CenturyInferred = "century-inferred", "seklet är härlett", "the century was inferred";
    Separator = "separator", "skrivet med skiljetecken", "written with its separator";
    Label = "label", "etiketten framför säger det", "the label before it says so";
    Column = "column", "kolumnrubriken säger det", "the column header says so";
    ColumnVote = "column-vote", "resten av kolumnen är likadan", "the rest of the column is alike";
    Context = "context", "orden runt om säger det", "words around it say so";
    OtherLabel = "other-label", "etiketten säger något annat", "the label says otherwise";
    OtherContext = "other-context", "orden runt om säger något annat", "words around it say otherwise";
    Timestamp = "timestamp", "kan vara en tidsstämpel", "may be a timestamp";
    Serial = "serial", "kan vara ett löpnummer efter ett datum", "may be a serial number after a date";
    TestNumber = "test-number", "ur en serie för test eller fiktion", "of a series set aside for tests or fiction";
    ZeroRestored = "zero-restored", "en inledande nolla är återställd", "a lost leading zero was restored";
    Plan = "numbering-plan", "riktnummer och längd finns i nummerplanen", "area code and length are in the numbering plan";
    International = "international", "med landsnummer", "with its country code";
    Mobile = "mobile", "mobilnummer", "a mobile number";
    Grouped = "grouped", "grupperat som telefonnummer", "grouped as telephone numbers are";
    Syntax = "syntax", "rätt skrivsätt", "well-formed";
    KnownTld = "known-tld", "toppdomänen finns", "the top-level domain exists";
    RoleAddress = "role-address", "funktionsadress", "an address of a function, not a person";
    FreeMail = "free-mail", "privat e-posttjänst", "a private e-mail service";
    StreetEnding = "street-ending", "gatuändelse", "a street's ending";
    HouseNumber = "house-number", "husnummer", "a house number";
    Postcode = "postcode", "postnummer", "a postcode";
    Town = "town", "ort som hör till postnumret", "a town that fits the postcode";
    CareOf = "care-of", "c/o", "care of";
    PostBox = "post-box", "box", "a post-office box";
    Flat = "flat", "lägenhetsnummer", "a flat number";
    SoleTrader = "sole-trader", "enskild firmas nummer är innehavarens personnummer", "a sole trader's number is the owner's personal identity number";
    Company = "company", "en juridisk person står intill", "a legal person stands beside it";
    Issuer = "issuer", "början är en utgivares eller banks", "its beginning is an issuer's or a bank's";
    MachineReadable = "machine-readable", "maskinläsbar rad", "a line for machines to read";
    LengthDigit = "length-digit", "längdsiffran stämmer", "the length digit is right";
    Municipality = "municipality", "en kommun står först", "a municipality stands first";
    Row = "row", "andra personuppgifter i samma rad", "other personal data in the same row";
    GivenName = "given-name", "ett förnamn", "a given name";
    FamilyName = "family-name", "ett efternamn", "a family name";
    NameEnding = "name-ending", "slutar som ett efternamn", "ends as family names do";
    OrdinaryWord = "ordinary-word", "är också ett vanligt ord", "an ordinary word as well";
    Greeting = "greeting", "i en hälsning eller underskrift", "in a greeting or signature";
    ContactBeside = "contact-beside", "kontaktuppgift eller personnummer intill", "contact details or an identity number beside it";
    Pattern = "pattern", "regelns mönster", "the rule's pattern";
    ChanceLevel = "chance-level", "talen i dokumentet stämmer bara så ofta som slumptal", "numbers in this document pass only as often as random ones";
    MostPass = "most-pass", "nästan alla sådana tal i dokumentet stämmer", "nearly all such numbers in this document pass";
    Term = "term", "ett ord som säger det", "a word that says so";
    WeakTerm = "weak-term", "ett ord som kan säga det", "a word that may say so";
    SecondTerm = "second-term", "ännu ett sådant ord intill", "another such word beside it";
    Negated = "negated", "nekat", "negated";
    Person = "person", "en person nämns intill", "a person is named beside it";
    PersonNear = "person-near", "en person nämns i samma stycke", "a person is named in the same paragraph";
    Subject = "subject", "dokumentet handlar om en person", "the document is about one person";
    Shape = "shape", "värdet ser ut som ett sådant", "the value has the shape of one";
    Marks = "marks", "dokumentet bär kännetecknen", "the document bears the marks";
    Signature = "signature", "dokumentet börjar så", "the document begins so";
    FileType = "file-type", "filtypen", "the type of file";
    FileName = "file-name", "filnamnet säger det", "the file's name says so";
    AddressBeside = "address-beside", "adress eller telefon står intill, eller i samma dokument om personen", "an address or telephone number stands beside it, or in the same document about that person";
    Role = "role", "titel, roll eller släktskap står före", "a title, a role or a kinship stands before it";
    NameBeside = "name-beside", "ett namn står närmast före", "a name stands right before it";
    FirstPerson = "first-person", "skribenten talar om sig själv", "the writer speaks of themselves";
}

/// A set of [`Evidence`], as a bit set: nothing is allocated per candidate.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Signals(u128);

impl Signals {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// The set with `evidence` in it.
    #[must_use]
    #[inline]
    pub const fn with(self, evidence: Evidence) -> Self {
        Self(self.0 | 1 << evidence as u8)
    }

    /// The set without `evidence`.
    #[must_use]
    pub const fn without(self, evidence: Evidence) -> Self {
        Self(self.0 & !(1 << evidence as u8))
    }

    /// Puts `evidence` in.
    #[inline]
    pub fn add(&mut self, evidence: Evidence) {
        *self = self.with(evidence);
    }

    /// Puts `evidence` in where `condition` holds.
    #[inline]
    pub fn add_if(&mut self, condition: bool, evidence: Evidence) {
        if condition {
            self.add(evidence);
        }
    }

    /// What is in either set.
    #[must_use]
    pub const fn merge(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `evidence` is in it.
    #[inline]
    pub const fn has(self, evidence: Evidence) -> bool {
        self.0 & 1 << evidence as u8 != 0
    }

    /// What is in it, in telling order.
    pub fn iter(self) -> impl Iterator<Item = Evidence> {
        Evidence::ALL
            .iter()
            .copied()
            .filter(move |&evidence| self.has(evidence))
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Evidence::id)).finish()
    }
}

/// The form a candidate was written in: what its confidence starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Identity number of twelve digits (with or without separator).
    Twelve,
    /// Identity number of ten digits with a separator.
    TenSeparated,
    /// Ten digits run together.
    TenBare,
    /// Nine digits in a cell, a leading zero lost.
    ZeroLost,
    /// Only the label speaks for it.
    LabelOnly,
    /// Telephone number with `+46` or `0046`.
    PhoneInternational,
    /// Mobile number with a separator.
    PhoneMobile,
    /// Landline number with its area code set apart and grouped digits.
    PhoneGrouped,
    /// A telephone number by length only.
    PhoneBare,
    /// E-mail address.
    Email,
    /// An e-mail address written round about (`bo (at) example.se`).
    EmailObscured,
    /// Street with a safe ending and a number.
    StreetSafe,
    /// Street with an ending that is an ordinary word, or none, and a number.
    StreetWeak,
    /// Postcode and town.
    PostcodeTown,
    /// Post-office box.
    PostBox,
    /// `c/o` and a name.
    CareOf,
    /// The whole of a cell whose header says what it is.
    WholeCell,
    /// A number in the groups it is printed in, or otherwise unmistakable in shape.
    Printed,
    /// A number run together, or one that looks like many others.
    Bare,
    /// A line of a machine-readable zone.
    MachineReadable,
    /// Given and family name.
    NameFull,
    /// Family name, then given name.
    NameReversed,
    /// Initial and family name.
    NameInitial,
    /// A given or family name alone.
    NameSingle,
    /// A name with a part that is in no list.
    NameUnlisted,
    /// The whole of a cell under a header that names persons.
    NameCell,
    /// A given or family name alone, where a header or label says which.
    NamePart,
    /// A word or phrase that says something of the person beside it.
    Term,
    /// A value after its label.
    Field,
    /// A mark of a document of some sort; it counts for the whole document.
    Mark,
    /// A rule's pattern; its own score is in the rule.
    Pattern,
}

/// A stretch of text that may be personal data; it borrows the text, so that raw data cannot outlive the
/// extractor's buffer.
#[derive(Clone)]
pub struct Candidate<'a> {
    /// Index of the rule that speaks for it.
    pub rule: u16,
    /// What it would be.
    pub kind: Kind,
    /// Where it stands in the batch.
    pub range: Range<usize>,
    /// The value as found.
    pub value: &'a str,
    /// How it is written.
    pub form: Form,
    /// Witnesses for and against.
    pub signals: Signals,
    /// Index of the rule's label or context word that was met, for the evidence; `u16::MAX` is none.
    pub label: u16,
}

impl Candidate<'_> {
    /// No label was met.
    pub const NO_LABEL: u16 = u16::MAX;
}

/// Debug output never shows the value.
impl fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("kind", &self.kind)
            .field("range", &self.range)
            .field("form", &self.form)
            .field("signals", &self.signals)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_fit_their_bits_and_tell_in_order() {
        assert!(Evidence::ALL.len() <= 128);
        let set = Signals::NONE.with(Evidence::Label).with(Evidence::Date);
        assert_eq!(
            set.iter().map(Evidence::id).collect::<Vec<_>>(),
            ["date", "label"]
        );
        assert!(!set.without(Evidence::Date).has(Evidence::Date));
    }

    #[test]
    fn debug_of_a_candidate_does_not_show_its_value() {
        let candidate = Candidate {
            rule: 0,
            kind: Kind::Personnummer,
            range: 0..11,
            value: "811228-9874",
            form: Form::TenSeparated,
            signals: Signals::NONE,
            label: Candidate::NO_LABEL,
        };
        assert!(!format!("{candidate:?}").contains("9874"));
    }
}
