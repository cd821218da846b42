//! Whether a text is a delimited table, and what stands between its cells.
//!
//! The extension is a hint at best: exports are named `.txt`, and prose, logs, program source and SQL are full of
//! commas and semicolons too.

/// What stands between the cells of a delimited table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// The delimiter: `;`, a tab, `|` or `,`.
    pub(crate) delimiter: u8,
    /// Whether the first line is Excel's `sep=`, which is no record.
    pub(crate) sep_line: bool,
}

/// In the order they are believed: a comma is the likeliest to stand within a cell.
const DELIMITERS: [u8; 4] = *b";\t|,";
/// How many records are looked at.
const RECORDS: usize = 60;
/// A quoted cell of more lines than this is taken for an unbalanced quote.
const QUOTED_LINES: usize = 20;

/// The dialect of a text that is clearly a table, by its beginning.
pub(crate) fn sniff(head_text: &str) -> Option<Dialect> {
    if let Some(dialect) = sep_line(head_text) {
        return Some(dialect);
    }
    let lines: Vec<&str> = head_text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(RECORDS)
        .collect();
    if is_something_else(&lines) {
        return None;
    }
    DELIMITERS
        .into_iter()
        .find(|&delimiter| Tally::of(head_text, delimiter).is_table(delimiter))
        .map(plain)
}

/// The likeliest dialect of a text that its extension says is a table; it may have one column only.
pub(crate) fn sniff_named(head_text: &str, extension: &str) -> Dialect {
    if let Some(dialect) = sep_line(head_text) {
        return dialect;
    }
    let by_name = match extension {
        "tsv" | "tab" => Some(b'\t'),
        "psv" => Some(b'|'),
        "skv" => Some(b';'),
        _ => None,
    };
    let mut best = (0, by_name.unwrap_or(b';'));
    for delimiter in by_name.into_iter().chain(DELIMITERS) {
        let tally = Tally::of(head_text, delimiter);
        // Steadiness first: decimal commas are many, but not as many on each line.
        let score =
            tally.steady * 1000 / tally.records.max(1) * 4 + tally.mode.min(3) * 100 + tally.mode.min(99);
        if tally.mode > 0 && score > best.0 {
            best = (score, delimiter);
        }
    }
    plain(best.1)
}

fn plain(delimiter: u8) -> Dialect {
    Dialect {
        delimiter,
        sep_line: false,
    }
}

fn sep_line(text: &str) -> Option<Dialect> {
    let line = text.lines().next()?.trim_matches('"');
    let sep = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?;
    match sep.as_bytes() {
        [delimiter] if delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() => Some(Dialect {
            delimiter: *delimiter,
            sep_line: true,
        }),
        _ => None,
    }
}

/// How a text would do as a table with one delimiter.
struct Tally {
    records: usize,
    /// How many delimiters most records have.
    mode: usize,
    /// How many records have that many, from the first of them on.
    steady: usize,
    /// Records that begin or end with the delimiter.
    begins: usize,
    ends: usize,
    /// Delimiters with a space after them.
    spaced: usize,
    delimiters: usize,
    longest: usize,
    /// Records that have the name of a log level as a cell.
    levels: usize,
}

impl Tally {
    fn of(text: &str, delimiter: u8) -> Self {
        let mut tally = Self {
            records: 0,
            mode: 0,
            steady: 0,
            begins: 0,
            ends: 0,
            spaced: 0,
            delimiters: 0,
            longest: 0,
            levels: 0,
        };
        let mut counts = Vec::new();
        let mut rest = text;
        while counts.len() < RECORDS && !rest.is_empty() {
            let (count, length) = record(rest.as_bytes(), delimiter);
            let (line, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            // A last line without its end may have been cut off.
            let cut = after.is_empty() && !line.ends_with('\n') && counts.len() >= 3;
            if !line.trim().is_empty() && !cut {
                tally.look_at(line.trim_end_matches(['\r', '\n']), delimiter);
                counts.push(count);
            }
            rest = after;
        }
        let mode_of = |wanted: usize| counts.iter().filter(|&&count| count == wanted).count();
        tally.mode = counts
            .iter()
            .copied()
            .filter(|&count| count > 0)
            .max_by_key(|&count| (mode_of(count), count))
            .unwrap_or(0);
        // Titles may stand above the table.
        let titles = counts
            .iter()
            .take(5)
            .take_while(|&&count| count < tally.mode)
            .count();
        tally.records = counts.len() - titles;
        tally.steady = mode_of(tally.mode);
        tally.delimiters = counts.iter().sum();
        tally
    }

    fn look_at(&mut self, line: &str, delimiter: u8) {
        let bytes = line.as_bytes();
        self.begins += usize::from(bytes.first() == Some(&delimiter));
        self.ends += usize::from(bytes.last() == Some(&delimiter));
        self.spaced += bytes
            .windows(2)
            .filter(|pair| **pair == [delimiter, b' '])
            .count();
        let cells = || bytes.split(|&byte| byte == delimiter);
        self.longest = self.longest.max(cells().map(<[u8]>::len).max().unwrap_or(0));
        self.levels += usize::from(cells().any(|cell| {
            matches!(
                cell.trim_ascii(),
                b"INFO" | b"WARN" | b"WARNING" | b"ERROR" | b"DEBUG" | b"TRACE" | b"FATAL"
            )
        }));
    }

    fn is_table(&self, delimiter: u8) -> bool {
        let most = |count: usize| count * 10 >= self.records * 8;
        if self.mode == 0 || !most(self.steady) || most(self.levels) {
            return false;
        }
        // Statements end in a semicolon, indented lines begin with a tab.
        if self.mode == 1 && (most(self.ends) || most(self.begins)) {
            return false;
        }
        match delimiter {
            b',' => {
                let enough = if self.records >= 3 { 2 } else { 3 };
                self.records >= 2
                    && self.mode >= enough
                    && self.spaced * 2 < self.delimiters
                    && self.longest < 200
            }
            _ => self.records >= 3 || self.records == 2 && self.mode >= 2,
        }
    }
}

/// The delimiters of the record at the start of `text`, and its length with its line end.
fn record(text: &[u8], delimiter: u8) -> (usize, usize) {
    let (mut count, mut lines) = (0, 0);
    let (mut quoted, mut fresh) = (false, true);
    for (at, &byte) in text.iter().enumerate() {
        if quoted {
            quoted = byte != b'"';
            lines += usize::from(byte == b'\n');
            if lines > QUOTED_LINES {
                break;
            }
        } else if byte == b'"' && (fresh || at.checked_sub(1).and_then(|i| text.get(i)) == Some(&b'"')) {
            quoted = true;
            fresh = false;
        } else if byte == delimiter {
            count += 1;
            fresh = true;
        } else if byte == b'\n' {
            return (count, at + 1);
        } else {
            fresh = false;
        }
    }
    if !quoted {
        return (count, text.len());
    }
    // The quote never closes: it is an ordinary character.
    let end = text
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(text.len(), |at| at + 1);
    let line = text.get(..end).unwrap_or(text);
    (memchr::memchr_iter(delimiter, line).count(), end)
}

/// Lines that are code, markup, JSON or SQL.
fn is_something_else(lines: &[&str]) -> bool {
    const BEGINNINGS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "<",
        "(",
        ")",
        "//",
        "/*",
        "* ",
        "#",
        "--",
        "@",
        "INSERT ",
        "CREATE ",
        "UPDATE ",
        "DELETE ",
        "SELECT ",
        "VALUES",
        "insert ",
        "create ",
        "select ",
        "BEGIN:",
        "import ",
        "from ",
        "def ",
        "fn ",
        "let ",
        "var ",
        "const ",
        "function ",
        "class ",
        "public ",
        "private ",
        "return ",
        "if ",
        "if(",
        "for ",
        "for(",
        "use ",
        "package ",
        "static ",
        "int ",
        "void ",
        "DROP ",
        "ALTER ",
        "SET ",
    ];
    const ENDINGS: &[&str] = &["{", "}", "{;", "};", "},", ");", "),", "](", "*/", "\\"];
    let Some(first) = lines.first() else {
        return true;
    };
    let strange = |line: &&&str| {
        let line = line.trim();
        BEGINNINGS.iter().any(|start| line.starts_with(start))
            || ENDINGS.iter().any(|end| line.ends_with(end))
            || line.starts_with('"') && line.contains("\": ")
    };
    first.trim_start().starts_with(['<', '{']) || lines.iter().filter(strange).count() * 5 > lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> Option<char> {
        sniff(text).map(|dialect| char::from(dialect.delimiter))
    }

    #[test]
    fn tables_are_known_by_their_delimiter() {
        for (text, wanted) in [
            (
                "Namn;Personnr;Ort\nEk, Bo;811228-9874;Kil\nAl, Li;19900305-2392;Solna\n",
                ';',
            ),
            ("Namn\tPersonnr\nBo\t811228-9874\nLi\t19900305-2392\n", '\t'),
            ("a|b|c\n1|2|3\n4|5|6\n", '|'),
            ("name,phone,city\nBo,0701740605,Kil\nLi,0701740606,Solna\n", ','),
            ("Ek;Bo;19811228-9874\nAl;Li;19900305-2392\n", ';'),
            (
                "Kundlista\n\nNamn;Belopp;Datum\nBo;1,50;2024-01-01\nLi;2,50;2024-01-02\n",
                ';',
            ),
            (
                "\"Ek; Bo\";\"rad 1\nrad 2\"\n\"Al; Li\";\"x\"\n\"Ås \"\"Å\"\" Ek\";y\n",
                ';',
            ),
            ("Namn;Personnr\r\nBo;811228-9874\r\nLi;19900305-2392\r\n", ';'),
        ] {
            assert_eq!(delimiter(text), Some(wanted), "{text}");
        }
        let excel = sniff("sep=|\na|b\n").unwrap();
        assert_eq!((excel.delimiter, excel.sep_line), (b'|', true));
    }

    #[test]
    fn what_only_looks_like_a_table_is_left_alone() {
        for text in [
            "",
            "Hej Bo, tack för ditt brev, det kom i går.\nJag ringer, som sagt, på måndag, eller tisdag.\nVi hörs, Li.\n",
            "2024-01-01 10:00:00,123 INFO start\n2024-01-01 10:00:01,456 INFO går\n2024-01-01 10:00:02,789 WARN slut\n",
            "2024-01-01 | INFO | a\n2024-01-01 | WARN | b\n2024-01-01 | INFO | c\n",
            "{\"a\": 1, \"b\": 2, \"c\": 3}\n{\"a\": 1, \"b\": 2, \"c\": 3}\n{\"a\": 1, \"b\": 2, \"c\": 3}\n",
            "[\n  1, 2, 3,\n  4, 5, 6,\n  7, 8, 9\n]\n",
            "INSERT INTO k VALUES (1,'Bo','Kil');\nINSERT INTO k VALUES (2,'Li','Kil');\nINSERT INTO k VALUES (3,'Al','Kil');\n",
            "let a = 1;\nlet b = 2;\nlet c = 3;\nlet d = 4;\n",
            "a = 1;\nb = 2;\nc = 3;\nd = 4;\n",
            "body {\n\tcolor: red;\n\tmargin: 0;\n}\np {\n\tcolor: blue;\n}\n",
            "<a>1;2</a>\n<a>3;4</a>\n<a>5;6</a>\n",
            "all:\n\tcc -o a a.c\n\tcc -o b b.c\n\tcc -o c c.c\n",
            "en rad\nen till\nen tredje\n",
            "äpplen, päron, bananer\nris, ost, smör\nmjölk, te, kaffe\n",
        ] {
            assert_eq!(delimiter(text), None, "{text}");
        }
    }

    #[test]
    fn the_extension_lowers_the_bar() {
        let named = |text, extension| char::from(sniff_named(text, extension).delimiter);
        assert_eq!(named("namn,ort\nBo,Kil\n", "csv"), ',');
        assert_eq!(named("Namn;Belopp\nBo;1,5\n", "csv"), ';');
        assert_eq!(named("Personnr\n811228-9874\n", "csv"), ';');
        assert_eq!(named("a\tb\n", "tab"), '\t');
        assert_eq!(named("Bo, Kil, Solna\nLi, Ås, Solna\n", "csv"), ',');
        assert_eq!(named("", "psv"), '|');
    }

    #[test]
    fn an_unbalanced_quote_does_not_hide_the_table() {
        let text = format!("a;\"b;c\n{}", "1;2;3\n".repeat(30));
        assert_eq!(delimiter(&text), Some(';'));
    }
}
