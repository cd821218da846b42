//! Tracked changes of a workbook: what stood in cells before, and who changed it.
//!
//! They stand before the tables, and what was deleted is in no table any more.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use quick_xml::events::Event;

use super::{Open, Walk, Xml, event, text};
use crate::extract::Outlet;
use crate::extract::package::notes::Stopped;
use crate::extract::package::parts::push;
use crate::model::{Place, Reason};

/// Texts are gathered to this size before they are pushed.
const GATHER: usize = 64 * 1024;
/// Different authors that are kept, so that each is told once.
const AUTHORS: usize = 10_000;
/// A longer name is no name, and is told where it stands.
const LONGEST_NAME: usize = 256;

/// What was met of the changes.
#[derive(Default)]
struct Changes {
    /// Contents of cells before the change.
    deleted: String,
    /// Comments on changes.
    comments: String,
    authors: BTreeSet<String>,
    author: String,
}

/// Where the reading is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Changes,
    /// What is known of a change.
    Info,
    Author,
    Date,
}

/// Reads tracked changes to their end.
pub(super) fn read<R: Read>(
    reader: &mut Xml<R>,
    walk: &mut Walk<'_>,
    buffer: &mut Vec<u8>,
    failed: &mut Option<Reason>,
    out: &mut dyn Outlet,
) -> Result<(), Stopped> {
    let mut changes = Changes::default();
    let mut within = Within::Changes;
    let mut cell: Option<Open> = None;
    loop {
        walk.tick(out)?;
        if changes.deleted.len() + changes.comments.len() > GATHER {
            changes.tell(out)?;
        }
        let Some(event) = event(reader, buffer, failed) else {
            break;
        };
        match &event {
            Event::Start(element) => match element.local_name().as_ref() {
                "change-info" => within = Within::Info,
                "creator" if within == Within::Info => within = Within::Author,
                "date" if within == Within::Info => within = Within::Date,
                "change-track-table-cell" => cell = Some(Open::new(element, 1)),
                _ => {}
            },
            // A number that has no text.
            Event::Empty(element) if element.local_name().as_ref() == "change-track-table-cell" => {
                changes.cell(&Open::new(element, 1));
            }
            Event::End(element) => match element.local_name().as_ref() {
                "tracked-changes" => break,
                "change-info" => within = Within::Changes,
                "creator" if within == Within::Author => {
                    within = Within::Info;
                    changes.end_author();
                }
                "date" if within == Within::Date => within = Within::Info,
                "change-track-table-cell" => {
                    if let Some(cell) = cell.take() {
                        changes.cell(&cell);
                    }
                }
                _ => {}
            },
            _ => {}
        }
        match (within, &mut cell) {
            (Within::Changes, Some(cell)) => text(&event, &mut cell.shown),
            (Within::Changes, None) => text(&event, &mut changes.deleted),
            (Within::Info, _) => text(&event, &mut changes.comments),
            (Within::Author, _) => text(&event, &mut changes.author),
            (Within::Date, _) => {}
        }
    }
    // Cut off in the middle of a cell.
    if let Some(cell) = cell {
        changes.cell(&cell);
    }
    changes.tell(out)?;
    changes.tell_authors(out)
}

impl Changes {
    fn cell(&mut self, cell: &Open) {
        for reading in cell.readings().iter().filter(|reading| !reading.is_empty()) {
            self.deleted.push_str(reading);
            self.deleted.push('\n');
        }
    }

    fn end_author(&mut self) {
        let author = std::mem::take(&mut self.author);
        let author = author.trim();
        if author.len() > LONGEST_NAME {
            self.comments.push_str(author);
            self.comments.push('\n');
        } else if !author.is_empty() && self.authors.len() < AUTHORS && !self.authors.contains(author) {
            self.authors.insert(author.to_owned());
        }
    }

    fn tell(&mut self, out: &mut dyn Outlet) -> Result<(), Stopped> {
        for (texts, name) in [
            (&mut self.deleted, "deleted text"),
            (&mut self.comments, "tracked changes"),
        ] {
            let name = Cow::Borrowed(name);
            if push(texts.trim(), &Place::Part { name }, None, out).is_stop() {
                return Err(Stopped);
            }
            texts.clear();
        }
        Ok(())
    }

    fn tell_authors(&self, out: &mut dyn Outlet) -> Result<(), Stopped> {
        for author in &self.authors {
            let name = Cow::Borrowed("tracked changes");
            if push(author, &Place::Part { name }, Some("author"), out).is_stop() {
                return Err(Stopped);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{hear, zip};
    use super::super::Ods;

    #[test]
    fn what_stood_in_cells_and_who_changed_it_is_told_once() {
        let info = "<office:change-info><dc:creator>Eva Ek</dc:creator><dc:date>2024-05-06T07:08:09</dc:date><text:p>fel nummer</text:p></office:change-info>";
        let content = format!(
            r#"<office:document-content><office:body><office:spreadsheet><table:tracked-changes><table:cell-content-change><table:cell-address table:column="0"/>{info}<table:previous><table:change-track-table-cell office:value-type="string"><text:p>Bo</text:p><text:p>Öst</text:p></table:change-track-table-cell></table:previous></table:cell-content-change><table:deletion>{info}<table:deletions><table:cell-content-deletion><table:change-track-table-cell office:value-type="float" office:value="198112289874"/></table:cell-content-deletion></table:deletions></table:deletion></table:tracked-changes><table:table table:name="T"><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#
        );
        let told = [
            "deleted text: Bo",
            "deleted text: Öst",
            "deleted text: 198112289874",
            "tracked changes: fel nummer",
            "tracked changes: fel nummer",
            "tracked changes[author]: Eva Ek",
        ];
        let (_, heard) = hear(&Ods, &zip(&[("content.xml", &content)]));
        assert_eq!(heard.lines, [&told[..], &["T!A1=x"]].concat());
        let cut = content.split_once("<text:p>Öst").unwrap().0;
        let (_, heard) = hear(&Ods, &zip(&[("content.xml", cut)]));
        assert!(heard.has("deleted text: Bo") && heard.has("tracked changes[author]: Eva Ek"));
    }
}
