//! The encodings of TeX's own fonts.
//!
//! A font that TeX draws itself names its glyphs after their codes (`a65`), and says nowhere what these mean. There are
//! two encodings, and what a font uses tells them apart: the older one has its ligatures and accents where the newer
//! one has hardly anything.

/// The first codes of the newer encoding (T1).
const NEW: [&str; 32] = [
    "`", "´", "ˆ", "˜", "¨", "˝", "˚", "ˇ", "˘", "¯", "˙", "¸", "˛", "‚", "‹", "›", "“", "”", "„", "«", "»",
    "–", "—", "", "", "ı", "j", "ff", "fi", "fl", "ffi", "ffl",
];
/// The first codes of the older encoding (OT1).
const OLD: [&str; 32] = [
    "Γ", "Δ", "Θ", "Λ", "Ξ", "Π", "Σ", "Υ", "Φ", "Ψ", "Ω", "ff", "fi", "fl", "ffi", "ffl", "ı", "j", "`",
    "´", "ˇ", "˘", "¯", "˚", "¸", "ß", "æ", "œ", "ø", "Æ", "Œ", "Ø",
];
/// The newer one from 128; from 192 it is Latin-1 but for a few.
const UPPER: &str = "ĂĄĆČĎĚĘĞĹĽŁŃŇŊŐŔŘŚŠŞŤŢŰŮŸŹŽŻĲİđ§ăąćčďěęğĺľłńňŋőŕřśšşťţűůÿźžżĳ¡¿£";

/// One of the two encodings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    #[default]
    New,
    Old,
}

impl Encoding {
    /// The encoding of a font with these codes.
    pub(super) fn of(codes: impl Iterator<Item = u32>) -> Self {
        let (mut upper, mut high, mut low, mut accents) = (false, false, false, false);
        for code in codes {
            upper |= code >= 128;
            high |= (27..=31).contains(&code);
            low |= (11..=15).contains(&code);
            accents |= matches!(code, 23 | 127);
        }
        if !upper && (low || (accents && !high)) {
            Self::Old
        } else {
            Self::New
        }
    }

    /// What a code means, where it is not what it is in Latin-1.
    pub(super) fn text(self, code: u32) -> Option<String> {
        let at = usize::try_from(code).ok()?;
        let text = match (self, code) {
            (Self::New, 0..=31) => NEW.get(at).copied()?,
            (Self::Old, 0..=31) => OLD.get(at).copied()?,
            (Self::Old, 34) => "”",
            (Self::Old, 92) => "“",
            (Self::Old, 123) => "–",
            (Self::Old, 124) => "—",
            (Self::Old, 127) => "¨",
            (Self::New, 127) => "-",
            (Self::New, 128..=191) => return UPPER.chars().nth(at - 128).map(String::from),
            (Self::New, 215) => "Œ",
            (Self::New, 223) => "SS",
            (Self::New, 247) => "œ",
            (Self::New, 255) => "ß",
            _ => return None,
        };
        (!text.is_empty()).then(|| text.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ligatures_are_where_the_encoding_of_the_font_has_them() {
        let texts = |codes: &[u32]| -> Vec<Option<String>> {
            let encoding = Encoding::of(codes.iter().copied());
            codes.iter().map(|code| encoding.text(*code)).collect()
        };
        let some = |text: &str| Some(text.to_string());
        assert_eq!(texts(&[27, 28, 65]), [some("ff"), some("fi"), None]);
        assert_eq!(texts(&[12, 28, 65]), [some("fi"), some("ø"), None]);
        assert_eq!(texts(&[23, 127, 97]), [some("˚"), some("¨"), None]);
        assert_eq!(texts(&[28, 127, 229]), [some("fi"), some("-"), None]);
        assert_eq!(texts(&[12, 146, 187]), [some("˛"), some("Š"), some("ż")]);
        assert_eq!(UPPER.chars().count(), 64);
    }
}
