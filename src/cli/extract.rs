//! `datakarta extract`: what the scanner sees of one file.

use std::io::{self, BufWriter, Write};

use serde_json::json;

use super::args::{ExtractArgs, ExtractFormat};
use super::output::shown;
use super::parsers::parsers;
use super::{Exit, Failure, Outcome, say};
use crate::extract::{Flow, Member, Outlet, Picture};
use crate::model::{Issue, Place, Reason, Row, Segment, Text, cell_name};
use crate::report::escape;
use crate::scan::{Limits, Parsers, is_recognised, tell_pages};

/// Runs the command.
pub(super) fn run(args: &ExtractArgs) -> Outcome {
    if !args.reveal {
        return Err(Failure::usage(
            "extract prints the raw text of the file; say --reveal if that is what you want",
        ));
    }
    let parsing = Parsing {
        parsers: parsers(&args.parsing)?,
        limits: args.parsing.limits(),
    };
    let mut printer = Printer {
        out: BufWriter::new(io::stdout()),
        jsonl: args.format == ExtractFormat::Jsonl,
        error: None,
        trail: Vec::new(),
        parsing: &parsing,
        into_members: !args.no_members,
    };
    let outcome = crate::scan::extract(&args.file, &parsing.parsers, &parsing.limits, &mut printer);
    let flushed = printer.out.flush();
    if let Some(error) = printer.error.or(flushed.err()) {
        return Err(Failure::stdout(&error));
    }
    match outcome {
        Ok(_) => Ok(Exit::Done),
        Err(reason) => Err(Failure::fatal(format!(
            "`{}` was not read: {} ({})",
            shown(&args.file),
            reason.text(),
            reason.id()
        ))),
    }
}

/// How members are read.
struct Parsing {
    parsers: Parsers,
    limits: Limits,
}

struct Printer<'p> {
    out: BufWriter<io::Stdout>,
    jsonl: bool,
    error: Option<io::Error>,
    /// The members we are in, from the outermost.
    trail: Vec<String>,
    /// How documents are read.
    parsing: &'p Parsing,
    into_members: bool,
}

impl Printer<'_> {
    fn write(&mut self, location: &str, label: Option<&str>, text: &str) -> Flow {
        let member = self.trail.join("!/");
        let line = if self.jsonl {
            let mut line = json!({ "location": location, "label": label, "text": text });
            if let (false, Some(fields)) = (member.is_empty(), line.as_object_mut()) {
                fields.insert("member".to_owned(), member.into());
            }
            line.to_string()
        } else {
            let label = label
                .map(|label| format!(" [{}]", escape(label)))
                .unwrap_or_default();
            let member = if member.is_empty() {
                member
            } else {
                escape(&member) + ": "
            };
            format!(
                "{member}{location}{label}: {}",
                text.replace(|c: char| c.is_control() && c != '\n' && c != '\t', " ")
            )
        };
        match writeln!(self.out, "{line}") {
            Ok(()) => Flow::Continue,
            Err(error) => {
                self.error = Some(error);
                Flow::Stop
            }
        }
    }

    fn text(&mut self, text: &Text<'_>) -> Flow {
        let own = text.text.get(text.own.clone()).unwrap_or_default();
        let location = match &text.place {
            Place::Lines { line, column, .. } => format!("line {line}, column {column}"),
            Place::Page { page } => format!("page {page}"),
            Place::Field { name } => format!("field {}", escape(name)),
            Place::Part { name } => format!("part {}", escape(name)),
            Place::Stretch { name, line } => format!("part {}, line {line}", escape(name)),
            Place::Cell { sheet, row, column } => format!("{}!{}", escape(sheet), cell_name(*column, *row)),
        };
        self.write(&location, text.label, own)
    }

    fn row(&mut self, row: &Row<'_>) -> Flow {
        for cell in row.cells {
            let location = match row.table.sheet {
                Some(sheet) => format!("{}!{}", escape(sheet), cell_name(cell.column, row.number)),
                None => format!("row {}, column {}", row.number, cell.column),
            };
            if self
                .write(&location, row.table.label(cell.column), cell.text)
                .is_stop()
            {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
}

impl Outlet for Printer<'_> {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        match segment {
            Segment::Text(text) => self.text(text),
            Segment::Row(row) => self.row(row),
        }
    }

    fn member(&mut self, member: Member<'_>) -> Flow {
        let name = String::from_utf8_lossy(member.name).into_owned();
        if !self.into_members {
            return self.write(&format!("member {}", escape(&name)), None, "(not entered)");
        }
        let parsing = self.parsing;
        if self.trail.len() >= usize::from(parsing.limits.depth) {
            return self.unread_member(name.as_bytes(), 0, Reason::DepthLimit);
        }
        self.trail.push(name);
        let outcome = crate::scan::extract_member(member, &parsing.parsers, &parsing.limits, self);
        let flow = match outcome {
            Ok(_) => Flow::Continue,
            Err(reason) => self.write("whole", None, &format!("({})", reason.text())),
        };
        self.trail.pop();
        if self.error.is_some() { Flow::Stop } else { flow }
    }

    fn unread_member(&mut self, name: &[u8], _: u64, reason: Reason) -> Flow {
        self.write(
            &format!("member {}", escape(&String::from_utf8_lossy(name))),
            None,
            &format!("({})", reason.text()),
        )
    }

    fn issue(&mut self, issue: Issue) {
        say(&format!(
            "datakarta: {} ({}, {} times)",
            issue.reason.text(),
            issue.reason.id(),
            issue.count
        ));
    }

    fn tick(&mut self) -> Flow {
        Flow::Continue
    }

    fn wants_pictures(&self) -> bool {
        self.parsing.parsers.ocr().is_some()
    }

    fn picture(&mut self, picture: Picture<'_>) -> bool {
        let Some(ocr) = self.parsing.parsers.ocr() else {
            return false;
        };
        let Ok(text) = ocr.read(picture.bytes, picture.turn != 0, &mut || Flow::Continue) else {
            return false;
        };
        let _ = tell_pages(&text, picture.page, &mut |segment| self.segment(segment));
        is_recognised(&picture, &text)
    }
}
