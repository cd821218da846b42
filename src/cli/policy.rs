//! `datakarta policy`.

use std::fmt::Write as _;

use super::args::{PolicyArgs, PolicyCommand};
use super::{Exit, Failure, Outcome, print};
use crate::rules::Policy;

/// Runs the command.
pub(super) fn run(args: &PolicyArgs) -> Outcome {
    match &args.command {
        PolicyCommand::List => {
            let mut text = String::new();
            for id in Policy::builtin_ids() {
                let policy = Policy::load(id).map_err(Failure::usage)?;
                let _ = writeln!(
                    text,
                    "{id:<12}  {} ({} categories)",
                    policy.name.en,
                    policy.category.len()
                );
            }
            print(&text)
        }
        PolicyCommand::Show { policy } => {
            let policy = Policy::load(policy).map_err(Failure::usage)?;
            print(
                &toml::to_string_pretty(&policy)
                    .map_err(|_| Failure::fatal("the policy cannot be written as TOML"))?,
            )
        }
        PolicyCommand::Check { policy: name } => {
            let policy = Policy::load(name).map_err(Failure::usage)?;
            let loose = policy.unmapped();
            if !loose.is_empty() {
                let told: Vec<_> = loose.iter().map(|kind| kind.id()).collect();
                return Err(Failure::usage(format!(
                    "policy `{}`: {} kinds fall in no category: {}; add each to an element's `kinds` (`named = false` where the text does not name it) or to `context_kinds`",
                    policy.id,
                    loose.len(),
                    told.join(", ")
                )));
            }
            let elements: usize = policy.category.iter().map(|c| c.element.len()).sum();
            print(&format!(
                "policy `{}`: {} categories, {elements} elements, every kind in one of them\n",
                policy.id,
                policy.category.len()
            ))?;
            Ok(Exit::Done)
        }
    }
}
