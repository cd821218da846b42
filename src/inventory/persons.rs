//! How many persons: one count of what tells persons apart, never a sum of counts that may mean the same person.

use super::{Distinct, Persons};
use crate::model::{Kind, Role};

/// The larger count of identity numbers and e-mail addresses; telephone numbers only where there is neither: one person
/// has several, and firms and switchboards have some too.
pub(super) fn persons<'d>(values: impl Iterator<Item = (Kind, &'d mut Distinct)>, test: u64) -> Persons {
    // Personnummer and samordningsnummer are one number space. What is estimated stays so in the sum of both.
    let mut identity: Option<Distinct> = None;
    let mut best = ((0, false), Kind::Personnummer);
    let mut phones = (0, false);
    for (kind, values) in values {
        match kind.role() {
            Role::Identity => identity
                .get_or_insert_with(|| Distinct::with_limit(values.limit()))
                .merge(values),
            Role::Contact if kind == Kind::PhoneNumber => phones = values.count(),
            Role::Contact => {
                let count = values.count();
                if count.0 > best.0.0 {
                    best = (count, kind);
                }
            }
            Role::Attribute | Role::Statement | Role::Context => {}
        }
    }
    let count = identity.map_or((0, false), |mut identity| identity.count());
    if count.0 >= best.0.0 {
        best = (count, Kind::Personnummer);
    }
    if best.0.0 == 0 {
        best = (phones, Kind::PhoneNumber);
    }
    let ((distinct, estimated), kind) = best;
    Persons {
        distinct,
        counted_by: (distinct > 0).then_some(kind),
        estimated,
        test,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(kinds: &[(Kind, u64)]) -> (u64, Option<Kind>) {
        let mut values: Vec<(Kind, Distinct)> = Vec::new();
        for &(kind, count) in kinds {
            let mut set = Distinct::default();
            (0..count).for_each(|n| set.insert(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ kind as u64));
            values.push((kind, set));
        }
        let told = persons(values.iter_mut().map(|(kind, set)| (*kind, set)), 0);
        (told.distinct, told.counted_by)
    }

    #[test]
    fn telephone_numbers_answer_only_where_nothing_better_does() {
        use Kind::{EmailAddress, Personnummer, PhoneNumber, Samordningsnummer};
        assert_eq!(
            count(&[(Personnummer, 2), (EmailAddress, 1), (PhoneNumber, 9)]),
            (2, Some(Personnummer))
        );
        assert_eq!(
            count(&[(Personnummer, 2), (Samordningsnummer, 3), (EmailAddress, 4)]),
            (5, Some(Personnummer))
        );
        assert_eq!(
            count(&[(Personnummer, 2), (EmailAddress, 7), (PhoneNumber, 9)]),
            (7, Some(EmailAddress))
        );
        assert_eq!(count(&[(PhoneNumber, 9)]), (9, Some(PhoneNumber)));
        assert_eq!(count(&[]), (0, None));
    }
}
