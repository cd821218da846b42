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
    /// Names of which only those are told that hold a number, of the part of that name.
    Names(&'static str),
    /// The name of a place in the text.
    Bookmark,
    ShapeName,
    ShapeValue,
    Object,
    /// Bytes that hold the organisation's own data, and those that a field keeps.
    DataStore,
    DataField,
    /// The digits of a picture, and what is said of it.
    Picture,
    /// A tag of the HTML that the text was made from.
    Tag,
}

impl To {
    /// Whether the text is gathered whole until the group ends.
    pub(super) fn is_gathered(self) -> bool {
        !matches!(
            self,
            Self::Part(_)
                | Self::Aside
                | Self::Nowhere
                | Self::Here
                | Self::Fonts
                | Self::Object
                | Self::DataStore
                | Self::DataField
                | Self::Picture
        )
    }
}

/// What a group holds that says the same twice, first for readers that know no Unicode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twice {
    No,
    /// The next group is the first writing.
    First,
    /// The second is still to come.
    Second,
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
        b"mailmerge" => To::Small("mail merge"),
        b"filetbl" => To::Small("files"),
        b"tblcaption" | b"tbldesc" => To::Small("tables"),
        b"xmlopen" => To::Small("attributes"),
        b"stylesheet" => To::Names("styles"),
        b"listtable" => To::Names("lists"),
        b"bkmkstart" => To::Bookmark,
        b"sn" => To::ShapeName,
        b"sv" => To::ShapeValue,
        b"objdata" => To::Object,
        b"datastore" => To::DataStore,
        b"datafield" => To::DataField,
        b"pict" => To::Picture,
        b"htmltag" => To::Tag,
        b"shppict" | b"nonshppict" | b"shpinst" | b"ud" | b"background" | b"do" | b"nesttableprops"
        | b"moMath" | b"moMathPara" | b"userprops" | b"hl" | b"formfield" | b"cs" | b"ts" | b"ds"
        | b"file" | b"mmconnectstr" | b"mmquery" | b"mmdatasource" | b"mmheadersource" | b"mmmailsubject"
        | b"mmodso" | b"mmodsoudl" | b"mmodsosrc" | b"mmodsotable" | b"mmodsofilter" | b"mmodsofldmpdata"
        | b"mmodsoname" => To::Here,
        b"colortbl" | b"listoverridetable" | b"objclass" | b"factoidname" | b"xmlname" | b"xmlattrname"
        | b"objname" | b"objalias" | b"objsect" | b"linkval" | b"ftnsep" | b"ftnsepc" | b"ftncn"
        | b"aftnsep" | b"aftnsepc" | b"aftncn" | b"nonesttables" | b"creatim" | b"revtim" | b"printim"
        | b"buptim" | b"atnid" | b"atndate" | b"atnref" | b"bkmkend" | b"private" | b"themedata"
        | b"xmlnstbl" | b"falt" | b"panose" | b"fontemb" => To::Nowhere,
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
