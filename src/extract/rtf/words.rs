//! What the control words of rtf mean, as far as they say something.
//!
//! There are some two thousand of them, and most say how text looks.

/// A part of the document whose text runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Document,
    Headers,
    Footnotes,
    Endnotes,
    Comments,
    Boxes,
}

impl Part {
    /// All, with their names, in the order they are told in.
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::Document, "document"),
        (Self::Headers, "headers and footers"),
        (Self::Footnotes, "footnotes"),
        (Self::Endnotes, "endnotes"),
        (Self::Comments, "comments"),
        (Self::Boxes, "text boxes"),
    ];
}

/// Where the text of a group goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// The running text of a part.
    Part(Part),
    /// Beside the running text: the code of a field, an entry of an index.
    Aside,
    Nowhere,
    /// Where it goes already, also behind the mark that lets unknown words be passed over.
    Here,
    Fonts,
    /// A property, by its name and its label.
    Property(&'static str, &'static str),
    /// The name of a property of the organisation's own, and its value.
    PropertyName,
    PropertyValue,
    /// Who wrote the comment that follows.
    Author,
    /// Who changed something: names, a semicolon behind each.
    Authors,
    /// A text on its own, of the part of that name.
    Small(&'static str),
    ShapeName,
    ShapeValue,
    Object,
    /// The digits of a picture, and what is said of it.
    Picture,
    /// A tag of the HTML that the text was made from.
    Tag,
}

/// Where a control word sends the text of its group, if it does.
pub(super) fn destination(word: &[u8]) -> Option<To> {
    Some(match word {
        b"fonttbl" => To::Fonts,
        b"header" | b"headerl" | b"headerr" | b"headerf" | b"footer" | b"footerl" | b"footerr"
        | b"footerf" => To::Part(Part::Headers),
        b"footnote" => To::Part(Part::Footnotes),
        // Stands within a footnote, ahead of its text.
        b"ftnalt" => To::Part(Part::Endnotes),
        b"annotation" => To::Part(Part::Comments),
        b"shptxt" | b"dptxbxtext" => To::Part(Part::Boxes),
        b"fldinst" | b"xe" | b"tc" | b"hlsrc" | b"hlfr" | b"hlloc" => To::Aside,
        b"title" => To::Property("title", "title"),
        b"subject" => To::Property("subject", "subject"),
        b"author" => To::Property("author", "author"),
        b"operator" => To::Property("last saved by", "author"),
        b"manager" => To::Property("manager", "manager"),
        b"company" => To::Property("company", "company"),
        b"category" => To::Property("category", "category"),
        b"keywords" => To::Property("keywords", "keywords"),
        b"comment" | b"doccomm" => To::Property("comments", "comments"),
        b"template" => To::Property("template", "template"),
        b"hlinkbase" => To::Property("links", "link"),
        b"propname" => To::PropertyName,
        b"staticval" => To::PropertyValue,
        b"atnauthor" => To::Author,
        b"revtbl" | b"protusertbl" => To::Authors,
        b"docvar" => To::Small("document variables"),
        b"ffdeftext" | b"ffl" | b"ffhelptext" | b"ffstattext" | b"ffname" => To::Small("form fields"),
        b"sn" => To::ShapeName,
        b"sv" => To::ShapeValue,
        b"objdata" => To::Object,
        b"pict" => To::Picture,
        b"htmltag" => To::Tag,
        b"shppict" | b"nonshppict" | b"shpinst" | b"ud" | b"background" | b"do" | b"nesttableprops"
        | b"moMath" | b"moMathPara" | b"userprops" | b"hl" | b"formfield" => To::Here,
        b"colortbl" | b"stylesheet" | b"filetbl" | b"listtable" | b"listoverridetable" | b"objclass"
        | b"objname" | b"objalias" | b"objsect" | b"linkval" | b"ftnsep" | b"ftnsepc" | b"ftncn"
        | b"aftnsep" | b"aftnsepc" | b"aftncn" | b"nonesttables" | b"creatim" | b"revtim" | b"printim"
        | b"buptim" | b"atnid" | b"atndate" | b"atnref" | b"bkmkstart" | b"bkmkend" | b"private"
        | b"datafield" | b"themedata" | b"datastore" | b"xmlnstbl" | b"falt" | b"panose" | b"fontemb" => {
            To::Nowhere
        }
        _ => return None,
    })
}

/// What a control word stands for in the text.
pub(super) enum Said {
    Line,
    Character(char),
}

/// The character or the end of a line that a control word stands for, if it stands for one.
pub(super) fn said(word: &[u8]) -> Option<Said> {
    Some(Said::Character(match word {
        b"par" | b"sect" | b"page" | b"line" | b"column" | b"row" | b"nestrow" => return Some(Said::Line),
        b"cell" | b"nestcell" | b"tab" => '\t',
        b"emdash" => '—',
        b"endash" => '–',
        b"bullet" => '•',
        b"lquote" => '‘',
        b"rquote" => '’',
        b"ldblquote" => '“',
        b"rdblquote" => '”',
        b"emspace" | b"enspace" | b"qmspace" => ' ',
        _ => return None,
    }))
}
