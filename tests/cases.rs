//! The labelled cases of fixtures/cases and what share of them comes out right, per kind.

use std::path::Path;

use datakarta::checks::date::Date;
use datakarta::detect::Engine;
use datakarta::model::Kind;
use datakarta::{rules, scan};

/// Precision and recall per kind at confidence medium and above. These may only rise.
const FLOORS: &[(Kind, f64, f64)] = &[
    (Kind::Personnummer, 0.995, 0.99),
    (Kind::Samordningsnummer, 0.99, 0.99),
    (Kind::InterimNumber, 0.99, 0.99),
    (Kind::PassportNumber, 0.99, 0.99),
    (Kind::IdentityCardNumber, 0.99, 0.99),
    (Kind::DrivingLicenceNumber, 0.99, 0.99),
    (Kind::VehicleRegistration, 0.99, 0.99),
    (Kind::PropertyDesignation, 0.99, 0.99),
    (Kind::Name, 0.99, 0.97),
    (Kind::PostalAddress, 0.99, 0.99),
    (Kind::PhoneNumber, 0.99, 0.99),
    (Kind::EmailAddress, 0.99, 0.99),
    (Kind::BirthDate, 0.99, 0.99),
    (Kind::CommunicationPreference, 0.99, 0.99),
    (Kind::CustomerNumber, 0.97, 0.97),
    (Kind::Purchase, 0.99, 0.99),
    (Kind::CreditRating, 0.99, 0.99),
    (Kind::PaymentHistory, 0.99, 0.99),
    (Kind::Bankgiro, 0.99, 0.99),
    (Kind::Plusgiro, 0.99, 0.99),
    (Kind::BankAccount, 0.99, 0.99),
    (Kind::Iban, 0.99, 0.99),
    (Kind::PaymentCard, 0.99, 0.99),
    (Kind::OcrReference, 0.99, 0.99),
    (Kind::SwishNumber, 0.99, 0.99),
    (Kind::Salary, 0.99, 0.99),
    (Kind::Password, 0.99, 0.99),
    (Kind::Username, 0.99, 0.99),
    (Kind::IpAddress, 0.99, 0.99),
    (Kind::MacAddress, 0.99, 0.99),
    (Kind::Imei, 0.99, 0.99),
    (Kind::Iccid, 0.99, 0.99),
    (Kind::ConnectionType, 0.99, 0.99),
    (Kind::ServiceDisruption, 0.99, 0.99),
    (Kind::Correspondence, 0.97, 0.97),
    (Kind::Complaint, 0.99, 0.99),
    (Kind::Feedback, 0.99, 0.99),
    (Kind::LoginActivity, 0.99, 0.99),
    (Kind::DeviceData, 0.99, 0.99),
    (Kind::InteractionData, 0.99, 0.99),
    (Kind::UserContent, 0.99, 0.99),
    (Kind::CallRecording, 0.86, 0.99),
    (Kind::VerbalAuthorisation, 0.99, 0.99),
    (Kind::TrainingMaterial, 0.99, 0.99),
    (Kind::Health, 0.99, 0.98),
    (Kind::TradeUnionMembership, 0.99, 0.96),
    (Kind::Religion, 0.99, 0.96),
    (Kind::PoliticalOpinion, 0.99, 0.96),
    (Kind::EthnicOrigin, 0.99, 0.92),
    (Kind::SexLife, 0.99, 0.99),
    (Kind::Biometric, 0.99, 0.92),
    (Kind::Genetic, 0.99, 0.91),
    (Kind::CriminalOffence, 0.99, 0.93),
    (Kind::ProtectedIdentity, 0.99, 0.88),
    (Kind::Organisationsnummer, 0.99, 0.99),
    (Kind::VatNumber, 0.99, 0.99),
];

/// Of the hard cases: how many of what is marked high and medium is right, and how much of what there is is found.
const HARD: [f64; 3] = [0.98, 0.92, 0.90];

#[test]
fn the_hard_cases_reach_theirs() {
    let rules = rules::load_builtin().unwrap();
    let today = Date {
        year: 2026,
        month: 11,
        day: 23,
    };
    let engine = Engine::new(&rules, today);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/hard");
    let total = scan::score::score(&engine, Path::new(folder), false)
        .unwrap()
        .total();
    let reached = [total.high.precision(), total.medium.precision(), total.recall()];
    assert!(
        reached.iter().zip(HARD).all(|(got, floor)| *got >= floor),
        "{reached:?}"
    );
}

#[test]
fn the_labelled_cases_reach_their_floors() {
    // Rules can be tried without building: RULES=rules cargo test --test all cases -- --nocapture
    let rules = match std::env::var("RULES") {
        Ok(folder) => rules::load_dir(Path::new(&folder)).unwrap(),
        Err(_) => rules::load_builtin().unwrap(),
    };
    let today = Date {
        year: 2026,
        month: 11,
        day: 23,
    };
    let engine = Engine::new(&rules, today);
    // Another folder can be looked at: CASES=/path cargo test --test all cases -- --nocapture
    let folder = std::env::var("CASES")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/cases").to_owned());
    let report = scan::score::score(&engine, Path::new(&folder), true).unwrap();
    println!(
        "{:<24} {:>8} {:>6} {:>6} {:>9} {:>7} {:>7} {:>7}",
        "kind", "expected", "right", "wrong", "precision", "recall", "high", "medium"
    );
    for (kind, s) in &report.kinds {
        println!(
            "{:<24} {:>8} {:>6} {:>6} {:>9.3} {:>7.3} {:>7.3} {:>7.3}",
            kind.id(),
            s.expected,
            s.reported().right,
            s.reported().wrong,
            s.reported().precision(),
            s.recall(),
            s.high.precision(),
            s.medium.precision()
        );
    }
    let told: Vec<String> = report
        .misses
        .iter()
        .map(|m| format!("{} {} {} {:?} | {}", m.case, m.what, m.kind, m.value, m.came))
        .collect();
    println!("{}", told.join("\n"));
    if std::env::var_os("CASES").is_some() {
        return;
    }
    assert!(report.cases >= 1000, "{} cases", report.cases);
    for (kind, least_precision, least_recall) in FLOORS {
        let score = report.kinds.get(kind).copied().unwrap_or_default();
        assert!(
            score.reported().precision() >= *least_precision && score.recall() >= *least_recall,
            "{kind} fell below its floor\n{}",
            told.join("\n")
        );
    }
}
