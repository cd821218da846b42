//! Which encoding a text is in, or that it is no text at all.
//!
//! A general detector never answers DOS or Mac code pages or UTF-16 without a mark, and in Swedish data all of
//! them occur: so the letters å, ä and ö inside words vote first.

use super::Encoding;
use super::vote::Votes;

/// How much of a text the general detector is fed; it reads only some 12 MB/s.
const CHARDETNG_BYTES: usize = 64 * 1024;

/// The encoding of a document by its first bytes, and the length of its byte order mark; `None` is not text.
///
/// `complete` says that `head` is the whole document. Where it is not, a character cut off at its end is no
/// error, and an all-ASCII head says `Utf8`, which [`stretches`](super::stretches) corrects when other bytes come.
pub fn detect(head: &[u8], complete: bool) -> Option<(Encoding, usize)> {
    if let Some((encoding, mark)) = byte_order_mark(head) {
        return Some((encoding, mark));
    }
    if head.contains(&0)
        && let Some(encoding) = wide_without_mark(head)
    {
        return Some((encoding, 0));
    }
    if !is_text(head) {
        return None;
    }
    let utf8 = Utf8Tally::of(head, complete);
    let encoding = if utf8.is_utf8() && utf8.characters > 0 {
        Encoding::Utf8
    } else if is_pc8(head) && !Votes::of(head).are_for(Encoding::Windows1252) {
        Encoding::Cp437
    } else if utf8.is_utf8() {
        Encoding::Utf8
    } else {
        legacy(head).0
    };
    Some((encoding, 0))
}

fn byte_order_mark(head: &[u8]) -> Option<(Encoding, usize)> {
    // The mark of UTF-32 begins with that of UTF-16.
    match head {
        [0xEF, 0xBB, 0xBF, ..] => Some((Encoding::Utf8, 3)),
        [0xFF, 0xFE, 0, 0, ..] => Some((Encoding::Utf32Le, 4)),
        [0, 0, 0xFE, 0xFF, ..] => Some((Encoding::Utf32Be, 4)),
        [0xFF, 0xFE, ..] => Some((Encoding::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => Some((Encoding::Utf16Be, 2)),
        _ => None,
    }
}

/// UTF-16 and UTF-32 without a mark, by where the zero bytes are: western text has nearly all of them on one side.
fn wide_without_mark(head: &[u8]) -> Option<Encoding> {
    let mut zeros = [0_usize; 4];
    let mut controls = 0_usize;
    for quad in head.chunks_exact(4) {
        for (zero, &byte) in zeros.iter_mut().zip(quad) {
            *zero += usize::from(byte == 0);
            controls += usize::from(is_control(byte) && byte != 0);
        }
    }
    let quads = head.len() / 4;
    if quads < 2 || controls * 10 > quads {
        return short_utf16(head);
    }
    let most = |count: usize| count * 10 >= quads * 9;
    let many = |count: usize| count * 10 >= quads * 6;
    let few = |count: usize| count * 50 <= quads;
    let [a, b, c, d] = zeros;
    if most(b) && most(c) && most(d) && few(a) {
        Some(Encoding::Utf32Le)
    } else if most(a) && most(b) && most(c) && few(d) {
        Some(Encoding::Utf32Be)
    } else if many(b) && many(d) && few(a) && few(c) {
        Some(Encoding::Utf16Le)
    } else if many(a) && many(c) && few(b) && few(d) {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// The same for a text of one to four characters, where every pair must fit.
fn short_utf16(head: &[u8]) -> Option<Encoding> {
    if !(2..=8).contains(&head.len()) || !head.len().is_multiple_of(2) {
        return None;
    }
    let printable = |byte: u8| byte != 0 && !is_control(byte);
    if head
        .chunks_exact(2)
        .all(|pair| matches!(*pair, [low, 0] if printable(low)))
    {
        Some(Encoding::Utf16Le)
    } else if head
        .chunks_exact(2)
        .all(|pair| matches!(*pair, [0, low] if printable(low)))
    {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Control characters that text does not have. The separators of EDIFACT and HL7 (11 and 28 to 31), form feeds,
/// escapes of terminals and the end mark of DOS do occur.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=7 | 0x0E..=0x19 | 0x7F)
}

/// Whether a head without wide characters is text: next to no control characters.
///
/// A run of zeros counts once: a log on a machine that lost its power often holds a block of them.
fn is_text(head: &[u8]) -> bool {
    // No early end: so the compiler looks at many bytes at once, and nearly every text ends here.
    if !head.iter().fold(false, |bad, &byte| bad | is_control(byte)) {
        return true;
    }
    let (mut bad, mut zeros, mut last) = (0_usize, 0_usize, 1_u8);
    for &byte in head {
        if byte == 0 {
            zeros += 1;
            bad += usize::from(last != 0);
        } else if is_control(byte) {
            bad += 1;
        }
        last = byte;
    }
    let rest = head.len() - zeros;
    bad == 0 || rest >= 16 && rest * 10 >= head.len() && bad <= rest / 200 + 1
}

/// Whether a head is a SIE file that says `#FORMAT PC8`.
fn is_pc8(head: &[u8]) -> bool {
    let head = head.get(..4096).unwrap_or(head);
    head.split(|&byte| byte == b'\n' || byte == b'\r').any(|line| {
        line.trim_ascii()
            .strip_prefix(b"#FORMAT")
            .is_some_and(|value| value.trim_ascii() == b"PC8")
    })
}

/// How a text does as UTF-8.
pub(super) struct Utf8Tally {
    /// Characters of more than one byte.
    pub(super) characters: usize,
    /// Bytes that are no UTF-8.
    pub(super) bad: usize,
}

impl Utf8Tally {
    pub(super) fn of(bytes: &[u8], complete: bool) -> Self {
        let mut tally = Self {
            characters: 0,
            bad: 0,
        };
        if bytes.is_ascii() {
            return tally;
        }
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            tally.characters += chunk.valid().bytes().filter(|&byte| byte >= 0xC0).count();
            let cut = !complete && chunks.peek().is_none() && is_beginning(chunk.invalid());
            if !cut {
                tally.bad += chunk.invalid().len();
            }
        }
        tally
    }

    /// UTF-8, or UTF-8 with a few lines in something else.
    pub(super) fn is_utf8(&self) -> bool {
        self.bad == 0 || self.characters >= 2 && self.characters >= self.bad
    }
}

/// Whether bytes that end a chunk may be a character whose rest is still to come.
fn is_beginning(bytes: &[u8]) -> bool {
    match bytes {
        [0xC2..=0xF4] => true,
        [0xE0..=0xF4, rest @ ..] => rest.len() <= 2 && rest.iter().all(|byte| (0x80..0xC0).contains(byte)),
        _ => false,
    }
}

/// The encoding of text that is not UTF-8, and whether the evidence is good.
pub(super) fn legacy(text: &[u8]) -> (Encoding, bool) {
    let votes = Votes::of(text);
    if let Some(encoding) = votes.winner() {
        return (encoding, true);
    }
    let sample = text.get(..CHARDETNG_BYTES).unwrap_or(text);
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    // The country only settles what the bytes leave open.
    let guess = detector.guess(Some(b"se"), chardetng::Utf8Detection::Deny);
    (Encoding::of(guess), votes.high >= 64)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::encoding::character;
    use super::*;

    const PROSE: &str = "Vår kund på Ängsvägen 7 i Malmö hör av sig på måndag. Hon är född 1981 och har fått två \
        fakturor för mycket; återbetalning sker när hon själv ringer. ÅTGÄRD: skicka nya papper till kontoret \
        i Västerås, Östra gatan 4. Idén är att få ärendet löst före påsk, så att även åtta övriga får svar.\n";

    /// `text` in `encoding`; only characters it has.
    pub(in crate::text) fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Utf32Le => text.chars().flat_map(|c| (c as u32).to_le_bytes()).collect(),
            Encoding::Utf32Be => text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect(),
            Encoding::Other(other) => other.encode(text).0.into_owned(),
            single => text
                .chars()
                .map(|c| {
                    let table = single.table().unwrap();
                    (0..=255).find(|&byte| character(table, byte) == c).unwrap()
                })
                .collect(),
        }
    }

    pub(in crate::text) const ALL: [Encoding; 8] = [
        Encoding::Utf8,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
        Encoding::Utf32Le,
        Encoding::Utf32Be,
        Encoding::Windows1252,
        Encoding::Cp850,
        Encoding::MacRoman,
    ];

    #[test]
    fn swedish_of_sixty_bytes_and_more_is_known_in_every_encoding() {
        let characters: Vec<char> = PROSE.chars().collect();
        for length in [60, 100, 200] {
            for start in (0..characters.len() - length).step_by(7) {
                let text: String = characters[start..start + length].iter().collect();
                for encoding in ALL {
                    let bytes = encoded(&text, encoding);
                    assert_eq!(detect(&bytes, true), Some((encoding, 0)), "{length} from {start}");
                }
            }
        }
    }

    #[test]
    fn a_byte_order_mark_decides() {
        assert_eq!(detect(b"\xEF\xBB\xBFBo", true), Some((Encoding::Utf8, 3)));
        assert_eq!(detect(b"\xFF\xFEB\0o\0", true), Some((Encoding::Utf16Le, 2)));
        assert_eq!(detect(b"\xFE\xFF\0B\0o", true), Some((Encoding::Utf16Be, 2)));
        assert_eq!(detect(b"\xFF\xFE\0\0B\0\0\0", true), Some((Encoding::Utf32Le, 4)));
        assert_eq!(detect(b"\0\0\xFE\xFF\0\0\0B", true), Some((Encoding::Utf32Be, 4)));
    }

    #[test]
    fn short_and_empty_texts_are_text() {
        assert_eq!(detect(b"", true), Some((Encoding::Utf8, 0)));
        assert_eq!(detect(b"Bo", true), Some((Encoding::Utf8, 0)));
        assert_eq!(detect(b"B\0o\0", true), Some((Encoding::Utf16Le, 0)));
        assert_eq!(detect(b"\xE5", true), Some((Encoding::Windows1252, 0)));
    }

    #[test]
    fn a_character_cut_off_at_the_end_of_the_head_is_no_error() {
        assert_eq!(
            detect("på två å".as_bytes().split_last().unwrap().1, false),
            Some((Encoding::Utf8, 0))
        );
        assert_eq!(detect(b"p\xC3", false), Some((Encoding::Utf8, 0)));
        assert_ne!(detect(b"p\xC3", true), Some((Encoding::Utf8, 0)));
    }

    #[test]
    fn mostly_utf8_stays_utf8() {
        let mut bytes = PROSE.as_bytes().to_vec();
        bytes.extend_from_slice(b"en rad p\xE5 fel s\xE4tt\n");
        assert_eq!(detect(&bytes, true), Some((Encoding::Utf8, 0)));
    }

    #[test]
    fn binary_is_not_text() {
        let mut noise = 1_u32;
        let bytes: Vec<u8> = (0..4096)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .collect();
        assert_eq!(detect(&bytes, false), None);
        assert_eq!(detect(&[0; 512], true), None);
        assert_eq!(
            detect(b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0", false),
            None
        );
        assert_eq!(detect(&[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0], true), None);
    }

    #[test]
    fn a_few_zeros_in_a_log_do_not_make_it_binary() {
        let mut log = b"2024-01-01 10:00:00 start\n".repeat(20);
        log.extend_from_slice(&[0; 300]);
        log.extend_from_slice(&b"2024-01-01 10:05:00 start\n".repeat(20));
        assert_eq!(detect(&log, false), Some((Encoding::Utf8, 0)));
    }

    #[test]
    fn pc8_is_code_page_437_unless_its_bytes_say_otherwise() {
        let sie = "#FLAGGA 0\r\n#FORMAT PC8\r\n#FNAMN \"Småbåt\"\r\n";
        assert_eq!(
            detect(&encoded(sie, Encoding::Cp437), true),
            Some((Encoding::Cp437, 0))
        );
        assert_eq!(detect(sie.as_bytes(), true), Some((Encoding::Utf8, 0)));
        assert_eq!(
            detect(b"#FLAGGA 0\n#FORMAT\tPC8\n#SIETYP 4\n", false),
            Some((Encoding::Cp437, 0))
        );
        let latin = format!("#FORMAT PC8\n{PROSE}");
        assert_eq!(
            detect(&encoded(&latin, Encoding::Windows1252), true),
            Some((Encoding::Windows1252, 0))
        );
    }

    #[test]
    fn the_dos_pages_are_told_apart_where_they_differ() {
        let frame = encoded("╒═╤╕ Malmö och Växjö, på gården ╘╧╛", Encoding::Cp437);
        assert_eq!(detect(&frame, true), Some((Encoding::Cp437, 0)));
        let section = encoded("enligt 7 § i avtalet från Malmö, på gården", Encoding::Cp850);
        assert_eq!(detect(&section, true), Some((Encoding::Cp850, 0)));
    }

    #[test]
    fn other_languages_go_to_the_general_detector() {
        let russian = "Иванов Иван живёт в городе Москва на улице Ленина, дом пять".repeat(3);
        let bytes = encoded(&russian, Encoding::Other(encoding_rs::WINDOWS_1251));
        assert_eq!(detect(&bytes, true).map(|(e, _)| e.id()), Some("windows-1251"));
        let czech = "Příliš žluťoučký kůň úpěl ďábelské ódy, šťastně říká náš soused ".repeat(5);
        let bytes = encoded(&czech, Encoding::Other(encoding_rs::WINDOWS_1250));
        assert_eq!(detect(&bytes, true).map(|(e, _)| e.id()), Some("windows-1250"));
    }
}
