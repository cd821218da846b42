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

#[test]
fn a_rule_file_whose_examples_fail_is_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |finds: &str| {
        format!(
            "[[rule]]\nid = \"my.badge\"\nkind = \"customer-number\"\ntitle = {{ sv = \"Bricka\", en = \"Badge\" }}\n\
             why = \"test\"\npattern = '[0-9]{{5}}'\nanchor = \"digits\"\nlabels = [\"bricka\"]\n\
             examples = [ {{ text = \"bricka 12345\", finds = \"{finds}\" }} ]\n"
        )
    };
    let file = folder.path().join("a.toml");
    let share = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/clean");
    let run = || {
        std::process::Command::new(env!("CARGO_BIN_EXE_datakarta"))
            .args(["scan", share, "--format", "json", "--rules"])
            .arg(folder.path())
            .output()
            .unwrap()
    };
    std::fs::write(&file, rule("12345")).unwrap();
    assert_eq!(run().status.code(), Some(0));
    std::fs::write(&file, rule("54321")).unwrap();
    let refused = run();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        refused.stdout.is_empty() && told.contains("a.toml:9:14: rule `my.badge`"),
        "{told}"
    );
}
