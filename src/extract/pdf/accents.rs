//! Letters whose accent was shown apart from them.
//!
//! TeX's older fonts have no `ö`: they show two dots, step back and show an `o`; other producers give the accent as a
//! combining character. Neither is the letter that a name is looked up with.

/// An accent in the forms in which it is met, the letters it can stand on, and what they become.
const ACCENTS: [([char; 2], &str, &str); 8] = [
    (['\u{A8}', '\u{308}'], "aouAOUeEiıIyY", "äöüÄÖÜëËïïÏÿŸ"),
    (['\u{2DA}', '\u{30A}'], "aAuU", "åÅůŮ"),
    (
        ['\u{B4}', '\u{301}'],
        "aeiıouyAEIOUYnczNCZ",
        "áéííóúýÁÉÍÓÚÝńćźŃĆŹ",
    ),
    (['`', '\u{300}'], "aeiıouAEIOU", "àèììòùÀÈÌÒÙ"),
    (['\u{2C6}', '\u{302}'], "aeiıouAEIOU", "âêîîôûÂÊÎÔÛ"),
    (['\u{2DC}', '\u{303}'], "anoANO", "ãñõÃÑÕ"),
    (['\u{B8}', '\u{327}'], "csCS", "çşÇŞ"),
    (['\u{2C7}', '\u{30C}'], "cszernCSZERN", "čšžěřňČŠŽĚŘŇ"),
];

/// The letter that `accent` makes of `base`.
pub(super) fn composed(accent: char, base: char) -> Option<char> {
    let (_, bases, letters) = ACCENTS.iter().find(|(forms, ..)| forms.contains(&accent))?;
    let at = bases.chars().position(|c| c == base)?;
    letters.chars().nth(at)
}

/// Whether a character only stands on others.
pub(super) fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_base_has_its_letter() {
        for (_, bases, letters) in ACCENTS {
            assert_eq!(bases.chars().count(), letters.chars().count());
        }
        assert_eq!(composed('\u{A8}', 'o'), Some('ö'));
        assert_eq!(composed('\u{30A}', 'A'), Some('Å'));
        assert_eq!(composed('\u{A8}', 'x'), None);
    }
}
