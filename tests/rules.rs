//! Rules prove themselves: every example of every built-in rule, run with all rules loaded.

use datakarta::checks::date::Date;
use datakarta::detect::Engine;
use datakarta::{rules, scan};

#[test]
fn every_example_comes_out_as_its_rule_says() {
    let rules = rules::load_builtin().unwrap();
    let engine = Engine::new(
        &rules,
        Date {
            year: 2026,
            month: 11,
            day: 23,
        },
    );
    let failures = scan::prove::prove(&engine);
    let told: Vec<String> = failures
        .iter()
        .map(|f| format!("{}:{}: {}", f.origin.file, f.origin.line, f.message))
        .collect();
    assert!(failures.is_empty(), "{}", told.join("\n"));
}
