//! The encodings datakarta reads, and the tables of the two that no library at hand has.
//!
//! Swedish files are UTF-8, UTF-16 and windows-1252, and in bookkeeping and old exports also code page 437, 850
//! and Mac Roman.

/// How the bytes of a text stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, and ASCII; bytes that are no UTF-8 are read as windows-1252.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
    /// windows-1252, of which ISO 8859-1 is a part.
    Windows1252,
    /// DOS code page 437: SIE files, and DOS outside western Europe.
    Cp437,
    /// DOS code page 850: DOS and the Windows console in western Europe.
    Cp850,
    /// Mac OS before X.
    MacRoman,
    /// Another one that the WHATWG standard knows.
    Other(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// The encoding a document declares (`iso-8859-1`, `UTF-8`, `cp850`), if it is a known name.
    pub fn named(label: &str) -> Option<Self> {
        let label = label.trim();
        match label.to_ascii_lowercase().as_str() {
            "cp437" | "ibm437" | "437" | "pc8" => return Some(Self::Cp437),
            "cp850" | "ibm850" | "850" | "cp858" | "ibm00858" => return Some(Self::Cp850),
            "utf-32" | "utf-32le" => return Some(Self::Utf32Le),
            "utf-32be" => return Some(Self::Utf32Be),
            _ => {}
        }
        encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).map(Self::of)
    }

    pub(super) fn of(encoding: &'static encoding_rs::Encoding) -> Self {
        match encoding.name() {
            "UTF-8" => Self::Utf8,
            "UTF-16LE" => Self::Utf16Le,
            "UTF-16BE" => Self::Utf16Be,
            "windows-1252" => Self::Windows1252,
            "macintosh" => Self::MacRoman,
            _ => Self::Other(encoding),
        }
    }

    /// The stable identifier.
    pub fn id(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Utf32Le => "utf-32le",
            Self::Utf32Be => "utf-32be",
            Self::Windows1252 => "windows-1252",
            Self::Cp437 => "cp437",
            Self::Cp850 => "cp850",
            Self::MacRoman => "macintosh",
            Self::Other(encoding) => encoding.name(),
        }
    }

    /// Whether each byte is a character, whatever stands around it.
    pub(super) fn is_single_byte(self) -> bool {
        match self {
            Self::Windows1252 | Self::Cp437 | Self::Cp850 | Self::MacRoman => true,
            Self::Other(encoding) => encoding.is_single_byte(),
            _ => false,
        }
    }

    /// What 128 to 255 stand for, where the table is ours.
    pub(super) fn table(self) -> Option<&'static [char; 128]> {
        match self {
            Self::Windows1252 => Some(&WINDOWS_1252),
            Self::Cp437 => Some(&CP437),
            Self::Cp850 => Some(&CP850),
            Self::MacRoman => Some(&MAC_ROMAN),
            _ => None,
        }
    }
}

/// The character of a byte from 128 in `table`; an ASCII byte is itself.
pub(super) fn character(table: &[char; 128], byte: u8) -> char {
    usize::from(byte)
        .checked_sub(128)
        .and_then(|at| table.get(at).copied())
        .unwrap_or(char::from(byte))
}

const fn table(characters: [&str; 4]) -> [char; 128] {
    let mut table = ['\0'; 128];
    let mut row = 0;
    let mut at = 0;
    while row < 4 {
        let bytes = characters[row].as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            let (code, len) = match bytes[i] {
                lead @ 0..=0x7F => (lead as u32, 1),
                lead @ 0..=0xDF => ((lead as u32 & 0x1F) << 6 | bytes[i + 1] as u32 & 0x3F, 2),
                lead => (
                    (lead as u32 & 0xF) << 12
                        | (bytes[i + 1] as u32 & 0x3F) << 6
                        | bytes[i + 2] as u32 & 0x3F,
                    3,
                ),
            };
            // Evaluated when the program is built: a wrong table does not compile.
            table[at] = match char::from_u32(code) {
                Some(c) => c,
                None => panic!("not a character"),
            };
            i += len;
            at += 1;
        }
        row += 1;
    }
    assert!(at == 128, "a table has 128 characters");
    table
}

const CP437: [char; 128] = table([
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ",
    "áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀",
    "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}",
]);

const CP850: [char; 128] = table([
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ",
    "áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐",
    "└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀",
    "ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}",
]);

const MAC_ROMAN: [char; 128] = table([
    "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü",
    "†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø",
    "¿¡¬√ƒ≈∆«»…\u{A0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ",
    "‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{F8FF}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ",
]);

const WINDOWS_1252: [char; 128] = table([
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ",
    "\u{A0}¡¢£¤¥¦§¨©ª«¬\u{AD}®¯°±²³´µ¶·¸¹º»¼½¾¿",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß",
    "àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_those_of_the_standard() {
        for (ours, theirs) in [
            (&WINDOWS_1252, encoding_rs::WINDOWS_1252),
            (&MAC_ROMAN, encoding_rs::MACINTOSH),
        ] {
            for byte in 0x80..=0xFF {
                let bytes = [byte];
                let (text, _) = theirs.decode_without_bom_handling(&bytes);
                assert_eq!(text.chars().next(), Some(character(ours, byte)), "{byte:x}");
            }
        }
    }

    #[test]
    fn swedish_letters_stand_where_dos_put_them() {
        for table in [&CP437, &CP850] {
            let letters: String = [0x86, 0x84, 0x94, 0x8F, 0x8E, 0x99, 0x82]
                .iter()
                .map(|&byte| character(table, byte))
                .collect();
            assert_eq!(letters, "åäöÅÄÖé");
        }
        assert_eq!((character(&CP850, 0xF5), character(&CP437, 0xF5)), ('§', '⌡'));
        assert_eq!(character(&CP437, b'a'), 'a');
    }

    #[test]
    fn declared_names_are_known() {
        assert_eq!(Encoding::named(" ISO-8859-1 "), Some(Encoding::Windows1252));
        assert_eq!(Encoding::named("utf8"), Some(Encoding::Utf8));
        assert_eq!(Encoding::named("IBM850"), Some(Encoding::Cp850));
        assert_eq!(
            Encoding::named("windows-1250").map(Encoding::id),
            Some("windows-1250")
        );
        assert_eq!(Encoding::named("klingon"), None);
    }
}
