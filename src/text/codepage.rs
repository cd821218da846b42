//! Encodings by the numbers of Windows: code pages, character sets of fonts, languages.
//!
//! Documents of the nineties do not name their encoding; they bear one of these numbers, or only the language they
//! are written in.

use super::Encoding;
use super::encoding::character;

impl Encoding {
    /// The encoding of a Windows code page; of one that nobody knows, windows-1252.
    pub fn of_code_page(number: u32) -> Self {
        let label = match number {
            437 => return Self::Cp437,
            // 865 is the Norwegian 437, 858 the 850 with a euro sign; the letters of the others are at least Latin.
            850 | 852 | 857 | 858 | 860 | 861 | 863 | 865 => return Self::Cp850,
            1200 => return Self::Utf16Le,
            1201 => return Self::Utf16Be,
            65_000 | 65_001 => return Self::Utf8,
            10_007 | 10_017 => "x-mac-cyrillic",
            // Mac Roman and its relatives, and what Excel for the Mac says.
            10_000..=10_100 | 0x8000 => return Self::MacRoman,
            866 => "ibm866",
            874 => "windows-874",
            932 => "shift_jis",
            936 | 54_936 => "gbk",
            949 | 1361 => "euc-kr",
            950 => "big5",
            1250 => "windows-1250",
            1251 => "windows-1251",
            1253 => "windows-1253",
            1254 => "windows-1254",
            1255 => "windows-1255",
            1256 => "windows-1256",
            1257 => "windows-1257",
            1258 => "windows-1258",
            20_866 => "koi8-r",
            21_866 => "koi8-u",
            28_592 => "iso-8859-2",
            28_595 => "iso-8859-5",
            28_605 => "iso-8859-15",
            50_220 => "iso-2022-jp",
            51_932 => "euc-jp",
            51_949 => "euc-kr",
            _ => return Self::Windows1252,
        };
        Self::named(label).unwrap_or(Self::Windows1252)
    }

    /// The encoding of a font's character set; `None` where the set leaves it to the document.
    pub fn of_charset(number: u32) -> Option<Self> {
        Some(Self::of_code_page(match number {
            0 => 1252,
            77 => 10_000,
            89 => 10_007,
            128 => 932,
            129 | 130 => 949,
            134 => 936,
            136 => 950,
            161 => 1253,
            162 => 1254,
            163 => 1258,
            177 => 1255,
            178..=180 => 1256,
            186 => 1257,
            204 => 1251,
            222 => 874,
            238 => 1250,
            254 => 437,
            255 => 850,
            _ => return None,
        }))
    }

    /// The encoding that Windows uses for a language.
    pub fn of_language(number: u16) -> Self {
        Self::of_code_page(match (number & 0x3ff, number >> 10) {
            (0x04, 1 | 3 | 5) => 950,
            (0x04, _) => 936,
            (0x1a, 3) => 1251,
            (0x01 | 0x20 | 0x29, _) => 1256,
            (0x02 | 0x19 | 0x22 | 0x23 | 0x2f, _) => 1251,
            (0x05 | 0x0e | 0x15 | 0x18 | 0x1a | 0x1b | 0x1c | 0x24, _) => 1250,
            (0x08, _) => 1253,
            (0x0d, _) => 1255,
            (0x11, _) => 932,
            (0x12, _) => 949,
            (0x1e, _) => 874,
            (0x1f, _) => 1254,
            (0x25..=0x27, _) => 1257,
            (0x2a, _) => 1258,
            _ => 1252,
        })
    }

    /// Whether a character may take more than one byte, of which the later ones look like ASCII.
    pub fn is_double_byte(self) -> bool {
        !self.is_single_byte()
    }

    /// Whether a byte beyond ASCII is a letter of Latin script; of encodings without a table here, any is.
    pub fn is_letter(self, byte: u8) -> bool {
        self.table()
            .is_none_or(|table| matches!(character(table, byte), 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' | 'Š' | 'š' | 'Ž' | 'ž' | '–' | '’'))
    }

    /// Appends what bytes say to `text`: all of them, as they stand, without looking for another encoding in them.
    pub fn append(self, bytes: &[u8], text: &mut String) {
        if let Some(table) = self.table() {
            return text.extend(bytes.iter().map(|&byte| character(table, byte)));
        }
        let library = match self {
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Other(other) => other,
            _ => encoding_rs::UTF_8,
        };
        text.push_str(&library.decode_without_bom_handling(bytes).0);
    }

    /// What bytes say, in a string of its own.
    pub fn string(self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len());
        self.append(bytes, &mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swedish_is_read_whatever_number_says_it() {
        for (number, bytes) in [
            (1252, &b"\xc5s\xf6"[..]),
            (850, b"\x8fs\x94"),
            (437, b"\x8fs\x94"),
            (10_000, b"\x81s\x9a"),
            (65_001, "Åsö".as_bytes()),
            (0, b"\xc5s\xf6"),
        ] {
            assert_eq!(Encoding::of_code_page(number).string(bytes), "Åsö", "{number}");
        }
        assert_eq!(Encoding::of_code_page(1251).string(b"\xcf\xf0"), "Пр");
    }

    #[test]
    fn fonts_and_languages_have_code_pages() {
        assert_eq!(Encoding::of_charset(204).unwrap().id(), "windows-1251");
        assert_eq!(Encoding::of_charset(1), None);
        assert_eq!(Encoding::of_language(0x041d), Encoding::Windows1252);
        assert_eq!(Encoding::of_language(0x0415).id(), "windows-1250");
        assert_eq!(Encoding::of_language(0x0c1a).id(), "windows-1251");
        assert!(Encoding::of_language(0x0411).is_double_byte());
    }
}
