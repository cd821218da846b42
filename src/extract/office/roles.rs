//! What elements mean for the text: where it breaks, what is no text, and which attributes are.
//!
//! Word, PowerPoint, OpenDocument and XHTML name their elements differently enough that one table serves the first
//! three. What is not listed joins its text with its neighbours, since any element may stand in the middle of a
//! number.

/// What an element does to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing: its text is joined to what stands around it.
    Inline,
    /// A paragraph of its own, also in the middle of another.
    Paragraph,
    /// The same where it says something.
    Aside,
    /// A line ends before and after it.
    Block,
    LineBreak,
    Tab,
    Hyphen,
    /// Spaces, as many as its attribute says.
    Spaces,
    Table,
    /// It stands in a table and in no cell.
    Caption,
    Row,
    Cell,
    /// Text deleted in a tracked change.
    Deleted,
    Inserted,
    /// What a field does, such as pointing to an address.
    Instruction,
    /// One of two writings of the same thing follows.
    Alternate,
    Choice,
    /// Nothing in it is text.
    Silent,
    /// A run of glyphs on a page.
    Glyphs,
}

/// The role of an element of an office format, by its local and its full name.
pub(super) fn office(local: &str, full: &str) -> Role {
    match local {
        "r" | "rPr" | "t" | "pPr" | "span" | "sz" | "rFonts" | "lang" | "b" => Role::Inline,
        "p" | "h" => Role::Paragraph,
        "annotation" | "note" | "Text" | "creator" | "title" | "desc" | "initials" => Role::Aside,
        // SVG, but not the dashes in number formats.
        "text" if full.starts_with("number:") => Role::Silent,
        "text" if !full.starts_with("office:") && !full.starts_with("form:") => Role::Aside,
        "sp" | "v" | "tx" => Role::Block,
        "br" | "cr" | "line-break" => Role::LineBreak,
        "tab" | "ptab" | "tab-stop" | "ruby-text" => Role::Tab,
        "noBreakHyphen" => Role::Hyphen,
        "s" if full == "text:s" => Role::Spaces,
        "tbl" | "table" | "sub-table" => Role::Table,
        "tr" | "table-row" => Role::Row,
        "tc" | "table-cell" | "covered-table-cell" => Role::Cell,
        "del" | "moveFrom" | "delText" => Role::Deleted,
        "ins" | "moveTo" => Role::Inserted,
        "instrText" | "delInstrText" => Role::Instruction,
        "AlternateContent" => Role::Alternate,
        "Choice" | "Fallback" => Role::Choice,
        "Glyphs" => Role::Glyphs,
        // Numbers and codes for programs.
        "posOffset"
        | "pctWidth"
        | "pctHeight"
        | "pctPosHOffset"
        | "pctPosVOffset"
        | "fldData"
        | "binData"
        | "binary-data"
        | "binaryData"
        | "DigestValue"
        | "SignatureValue"
        | "X509Certificate"
        | "Modulus"
        | "Exponent"
        | "EncapsulatedTimeStamp"
        | "EncapsulatedX509Certificate"
        | "formatCode"
        | "Icon"
        | "note-citation"
        | "footnote-citation"
        | "endnote-citation"
        | "noteRef" => Role::Silent,
        "align" if full == "wp:align" => Role::Silent,
        "f" if full == "c:f" => Role::Silent,
        "date" | "date-string" if full == "dc:date" || full == "meta:date-string" => Role::Silent,
        _ => Role::Inline,
    }
}

/// The role of an element of XHTML.
pub(super) fn html(local: &str) -> Role {
    match local {
        "table" => Role::Table,
        "caption" => Role::Caption,
        "tr" => Role::Row,
        "td" | "th" => Role::Cell,
        "style" => Role::Silent,
        "br" => Role::LineBreak,
        "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "li" | "dl" | "dt" | "dd"
        | "hr" | "title" | "blockquote" | "pre" | "section" | "article" | "header" | "footer" | "aside"
        | "nav" | "figure" | "figcaption" | "thead" | "tbody" | "tfoot" | "head" | "body" | "address"
        | "main" | "form" | "fieldset" | "legend" | "option" | "select" | "textarea" | "button"
        | "script" | "center" | "rt" | "navLabel" | "docTitle" | "docAuthor" | "navPoint" | "text" => {
            Role::Block
        }
        _ => Role::Inline,
    }
}

/// The attributes of an element of an office format that people, or their programs for them, put text into.
pub(super) fn spoken(local: &str) -> &'static [&'static str] {
    match local {
        "r" | "rPr" | "t" | "pPr" | "p" | "span" | "sz" | "rFonts" | "lang" | "b" => &[],
        "docPr" | "cNvPr" => &["descr", "title", "name"],
        "hyperlink" | "hlinkClick" | "hlinkHover" | "hlinkMouseOver" => &["tooltip"],
        "fldSimple" => &["instr"],
        "name" | "alias" | "listEntry" | "helpText" | "statusText" | "default" | "query"
        | "connectString" | "udl" | "caption" | "tblCaption" | "tblDescription" | "attr" | "mailSubject"
        | "table" => &["val"],
        "docVar" | "tag" => &["name", "val"],
        "listItem" => &["displayText", "value"],
        "author" | "cmAuthor" => &["name", "userId"],
        "person" => &["author", "displayName", "userId"],
        "presenceInfo" => &["userId"],
        "shape" | "rect" | "oval" | "roundrect" | "line" | "polyline" | "group" | "shapetype" => {
            &["alt", "title", "href"]
        }
        "imagedata" => &["title", "href"],
        "textpath" => &["string"],
        "ocxPr" => &["value"],
        "a" => &["href", "title"],
        // Of an OpenDocument: what is fetched from another file.
        "section-source" | "table-source" | "image" | "object" | "plugin" | "floating-frame" => &["href"],
        "user-field-decl" | "hidden-text" | "variable-set" | "user-field-input" => &["string-value"],
        "conditional-text" => &["string-value-if-true", "string-value-if-false"],
        "text" | "textarea" | "combobox" | "password" | "file" | "formatted-text" | "fixed-text"
        | "option" | "item" | "hidden" | "date" | "number" | "listbox" | "checkbox" | "radio" | "button" => {
            &["current-value", "value", "label", "title", "help-message"]
        }
        "placeholder" | "text-input" => &["description"],
        "label" => &["value"],
        "alphabetical-index-mark" | "alphabetical-index-mark-start" => &["string-value", "key1", "key2"],
        "user-index-mark" | "toc-mark" => &["string-value"],
        "bibliography-mark" => &["author", "title", "note", "url", "annote", "publisher"],
        "frame" | "custom-shape" | "page" | "database-range" | "section" | "custShow" | "snd"
        | "wavAudioFile" | "bookmarkStart" | "bookmark" | "bookmark-start" => &["name"],
        "annotation" => &["author"],
        "Page" | "Shape" | "Master" => &["Name"],
        "DataBinding" | "Hyperlink" => &["Description", "Address"],
        _ => &[],
    }
}

/// The attributes of an element of XHTML that are text.
pub(super) fn spoken_html(local: &str) -> &'static [&'static str] {
    match local {
        "a" | "link" | "area" => &["href", "title"],
        "meta" => &["content"],
        "input" => &["value", "placeholder"],
        "img" | "image" => &["alt", "title"],
        "span" | "ins" | "del" => &["title", "data-author"],
        _ => &["title", "aria-label"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_formats_are_no_text() {
        assert_eq!(office("text", "number:text"), Role::Silent);
        assert_eq!(office("text", "text"), Role::Aside);
        assert_eq!(office("date", "text:date"), Role::Inline);
    }
}
