//! The kinds of data datakarta knows, by stable identifiers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What part a kind plays in telling persons apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One value is one person: distinct values count persons.
    Identity,
    /// A value usually belongs to one person (an e-mail address, a telephone number).
    Contact,
    /// Personal data that does not tell persons apart.
    Attribute,
    /// Something said of a person: words and documents rather than values. It may stand around values of other kinds,
    /// and it is personal data only with a person in reach.
    Statement,
    /// No personal data in itself; it explains what stands beside it.
    Context,
}

macro_rules! kinds {
    ($($name:ident = $id:literal, $role:ident, $sv:literal, $en:literal;)*) => {
        /// A kind of data. The identifiers are a contract: never reused, renamed only through an alias.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $(#[doc = $en] $name,)* }

        impl Kind {
            /// Every kind, in the order of the design.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// How many kinds there are.
            pub const COUNT: usize = Self::ALL.len();
            /// The stable identifier, kebab-case.
            pub fn id(self) -> &'static str { match self { $(Self::$name => $id),* } }
            /// Its name in Swedish.
            pub fn swedish(self) -> &'static str { match self { $(Self::$name => $sv),* } }
            /// Its name in English.
            pub fn english(self) -> &'static str { match self { $(Self::$name => $en),* } }
            /// Its part in telling persons apart.
            pub fn role(self) -> Role { match self { $(Self::$name => Role::$role),* } }
        }
    };
}

kinds! {
    Personnummer = "personnummer", Identity, "personnummer", "personal identity number";
    Samordningsnummer = "samordningsnummer", Identity, "samordningsnummer", "coordination number";
    InterimNumber = "interim-number", Identity, "interimsnummer", "interim identity number";
    PassportNumber = "passport-number", Attribute, "passnummer", "passport number";
    IdentityCardNumber = "identity-card-number", Attribute, "id-kortsnummer", "identity card number";
    DrivingLicenceNumber = "driving-licence-number", Attribute, "körkortsnummer", "driving licence number";
    VehicleRegistration = "vehicle-registration", Attribute, "registreringsnummer", "vehicle registration";
    PropertyDesignation = "property-designation", Attribute, "fastighetsbeteckning", "property designation";
    Name = "name", Attribute, "namn", "name";
    PostalAddress = "postal-address", Attribute, "postadress", "postal address";
    PhoneNumber = "phone-number", Contact, "telefonnummer", "telephone number";
    EmailAddress = "email-address", Contact, "e-postadress", "e-mail address";
    BirthDate = "birth-date", Attribute, "födelsedatum", "date of birth";
    CommunicationPreference = "communication-preference", Statement, "kommunikationsval", "communication preference";
    CustomerNumber = "customer-number", Attribute, "kundnummer", "customer number";
    Purchase = "purchase", Statement, "köp", "purchase";
    CreditRating = "credit-rating", Statement, "kreditbetyg", "credit rating";
    PaymentHistory = "payment-history", Statement, "betalningshistorik", "payment history";
    Bankgiro = "bankgiro", Attribute, "bankgiro", "bankgiro number";
    Plusgiro = "plusgiro", Attribute, "plusgiro", "plusgiro number";
    BankAccount = "bank-account", Attribute, "bankkonto", "bank account";
    Iban = "iban", Attribute, "IBAN", "IBAN";
    PaymentCard = "payment-card", Attribute, "betalkort", "payment card";
    OcrReference = "ocr-reference", Attribute, "OCR-nummer", "OCR payment reference";
    SwishNumber = "swish-number", Attribute, "Swish-nummer", "Swish number";
    Salary = "salary", Attribute, "lön", "salary";
    Password = "password", Attribute, "lösenord", "password";
    Username = "username", Attribute, "användarnamn", "user name";
    IpAddress = "ip-address", Attribute, "IP-adress", "IP address";
    MacAddress = "mac-address", Attribute, "MAC-adress", "MAC address";
    Imei = "imei", Attribute, "IMEI", "IMEI";
    Iccid = "iccid", Attribute, "ICCID", "ICCID";
    ConnectionType = "connection-type", Statement, "anslutningstyp", "connection type";
    ServiceDisruption = "service-disruption", Statement, "driftstörning", "service disruption";
    Correspondence = "correspondence", Statement, "korrespondens", "correspondence";
    Complaint = "complaint", Statement, "klagomål", "complaint";
    Feedback = "feedback", Statement, "synpunkter", "feedback";
    LoginActivity = "login-activity", Statement, "inloggningar", "log-in activity";
    DeviceData = "device-data", Statement, "enhetsdata", "device data";
    InteractionData = "interaction-data", Statement, "interaktionsdata", "interaction data";
    UserContent = "user-content", Statement, "användargenererat innehåll", "user-generated content";
    CallRecording = "call-recording", Statement, "samtalsinspelning", "call recording";
    VerbalAuthorisation = "verbal-authorisation", Statement, "muntlig fullmakt", "verbal authorisation";
    TrainingMaterial = "training-material", Statement, "utbildningsmaterial", "training material";
    Health = "health", Statement, "hälsa", "health";
    TradeUnionMembership = "trade-union-membership", Statement, "fackligt medlemskap", "trade union membership";
    Religion = "religion", Statement, "religion", "religion";
    PoliticalOpinion = "political-opinion", Statement, "politisk åsikt", "political opinion";
    EthnicOrigin = "ethnic-origin", Statement, "etniskt ursprung", "ethnic origin";
    SexLife = "sex-life", Statement, "sexualliv", "sex life";
    Biometric = "biometric", Statement, "biometri", "biometric data";
    Genetic = "genetic", Statement, "genetik", "genetic data";
    CriminalOffence = "criminal-offence", Statement, "brott", "criminal offence";
    ProtectedIdentity = "protected-identity", Statement, "skyddad identitet", "protected identity";
    Organisationsnummer = "organisationsnummer", Context, "organisationsnummer", "organisation number";
    VatNumber = "vat-number", Context, "momsregistreringsnummer", "VAT number";
}

impl Kind {
    /// Whether it is of a special category (GDPR Art. 9), of offences (Art. 10), or a protected identity: where a wrong
    /// finding is as grave as a missed one, and a word alone says least.
    pub fn is_special(self) -> bool {
        matches!(
            self,
            Self::Health
                | Self::TradeUnionMembership
                | Self::Religion
                | Self::PoliticalOpinion
                | Self::EthnicOrigin
                | Self::SexLife
                | Self::Biometric
                | Self::Genetic
                | Self::CriminalOffence
                | Self::ProtectedIdentity
        )
    }
}

impl Kind {
    /// Whether a value of this kind says which person is spoken of: of whom a statement beside it is made.
    pub fn tells_who(self) -> bool {
        matches!(self.role(), Role::Identity | Role::Contact)
            || matches!(
                self,
                Self::Name
                    | Self::CustomerNumber
                    | Self::Username
                    | Self::PassportNumber
                    | Self::IdentityCardNumber
                    | Self::BirthDate
                    | Self::SwishNumber
            )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(id: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|kind| kind.id() == id).ok_or(())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        id.parse()
            .map_err(|()| serde::de::Error::custom("unknown kind; see `datakarta rules list` for the kinds"))
    }
}

impl schemars::JsonSchema for Kind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Kind".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let ids: Vec<_> = Self::ALL.iter().map(|kind| kind.id()).collect();
        schemars::json_schema!({ "type": "string", "enum": ids, "description": "A kind of data." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_parses_back_to_its_kind() {
        for &kind in Kind::ALL {
            assert_eq!(kind.id().parse(), Ok(kind));
            assert_eq!(kind as usize, Kind::ALL.iter().position(|&k| k == kind).unwrap());
        }
        assert_eq!(Kind::COUNT, 56);
        assert!("Personnummer".parse::<Kind>().is_err());
    }
}
