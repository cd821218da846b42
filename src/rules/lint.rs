//! What is doubtful in rules that load: it works, and does not do what its author thinks.

use super::{Anchor, Detector, Policy, Rule, RuleError, RuleSet, fold_into};

/// Looks for what is doubtful, in the order of the rules.
pub fn lint(rules: &RuleSet, policy: &Policy) -> Vec<RuleError> {
    let mut told = Vec::new();
    for rule in rules.rules() {
        let mut say = |message: String| {
            told.push(RuleError {
                origin: rule.origin.clone(),
                message: format!("rule `{}` {message}", rule.id),
            });
        };
        examples(rule, &mut say);
        words(rule, &mut say);
        if policy.place(rule.kind).is_none() && !policy.context_kinds.contains(&rule.kind) {
            say(format!(
                "finds `{}`, which has no element in the policy `{}`; put the kind into one",
                rule.kind, policy.id
            ));
        }
        if rule.detector == Detector::Pattern && rule.anchor == Anchor::Slow {
            say(
                "is slow: its pattern is searched through everything; give it an anchor if it can have one"
                    .into(),
            );
        }
        if rule.detector == Detector::Pattern
            && rule.check.is_none()
            && !rule.label_required
            && !rule.person
            && rule.score >= 0.6
        {
            say("is reported on its form alone, without a check and without a label; ask for one, or lower its score".into());
        }
    }
    told
}

fn examples(rule: &Rule, say: &mut dyn FnMut(String)) {
    let finding = rule
        .examples
        .iter()
        .filter(|example| !example.finds.is_empty())
        .count();
    let refusing = rule.examples.len() - finding;
    // Whole documents are shown by fixtures: an example of one would be longer than the rule.
    if finding == 0 && rule.detector != Detector::Document {
        say("has no example that finds something; add one".into());
    }
    if refusing == 0 && rule.detector != Detector::Document {
        say("has no example that finds nothing; say what it must leave alone".into());
    }
}

fn words(rule: &Rule, say: &mut dyn FnMut(String)) {
    let fold = |text: &String| {
        let mut key = Vec::new();
        fold_into(text.trim_matches('*').as_bytes(), &mut key);
        key
    };
    let against: Vec<Vec<u8>> = rule.negative.iter().map(fold).collect();
    for word in rule.labels.iter().chain(&rule.context).chain(&rule.terms) {
        let key = fold(word);
        if key.is_empty() {
            say(format!(
                "has the word `{word}`, which holds no letter and no digit"
            ));
        } else if against.contains(&key) {
            say(format!(
                "has `{word}` among the words for it and among those against it; strike one"
            ));
        }
    }
    for word in rule.terms.iter().chain(&rule.weak) {
        let open = word.contains('*') && fold(word).len() < 4;
        if open {
            say(format!(
                "has the open word `{word}`, which begins or ends half the dictionary; write it longer"
            ));
        }
    }
    if rule.label_required && rule.labels.is_empty() {
        say("wants a label and has none; give it `labels`".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rule: &str) -> Vec<String> {
        let head = "[[rule]]\nid = \"x\"\nkind = \"name\"\ntitle = { sv = \"a\", en = \"b\" }\nwhy = \"c\"\n";
        let file = super::super::parse_file("my.toml", &format!("{head}{rule}")).unwrap();
        let rules = RuleSet::new(vec![file], String::new());
        let policy = Policy::load(super::super::policy::DEFAULT).unwrap();
        lint(&rules, &policy).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn doubtful_rules_are_told_with_their_place() {
        let all =
            told("pattern = 'x'\nslow = true\nscore = 0.9\nlabels = [\"namn\"]\nnegative = [\"Namn\"]\n");
        let has = |what: &str| {
            all.iter()
                .any(|line| line.starts_with("my.toml:1:1: rule `x`") && line.contains(what))
        };
        assert!(
            has("no example that finds something") && has("no example that finds nothing"),
            "{all:?}"
        );
        assert!(
            has("is slow") && has("on its form alone") && has("among those against it"),
            "{all:?}"
        );
        assert!(
            told("detector = \"term\"\nterms = [\"be*\"]\n")
                .iter()
                .any(|line| line.contains("half the dictionary"))
        );
    }
}
