//! `datakarta extract`: what the scanner sees of one file.

use std::io::{self, BufWriter, Write};

use serde_json::json;

use super::args::{ExtractArgs, ExtractFormat};
use super::output::shown;
use super::{Exit, Failure, Outcome, say};
use crate::extract::{Flow, Member, Outlet};
use crate::model::{Issue, Place, Reason, Row, Segment, Text, cell_name};
use crate::report::escape;

/// Runs the command.
pub(super) fn run(args: &ExtractArgs) -> Outcome {
    if !args.reveal {
        return Err(Failure::usage(
            "extract prints the raw text of the file; say --reveal if that is what you want",
        ));
    }
    let mut printer = Printer {
        out: BufWriter::new(io::stdout()),
        jsonl: args.format == ExtractFormat::Jsonl,
        error: None,
    };
    let outcome = crate::scan::extract(&args.file, &mut printer);
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

struct Printer {
    out: BufWriter<io::Stdout>,
    jsonl: bool,
    error: Option<io::Error>,
}

impl Printer {
    fn write(&mut self, location: &str, label: Option<&str>, text: &str) -> Flow {
        let line = if self.jsonl {
            json!({ "location": location, "label": label, "text": text }).to_string()
        } else {
            let label = label
                .map(|label| format!(" [{}]", escape(label)))
                .unwrap_or_default();
            format!(
                "{location}{label}: {}",
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

impl Outlet for Printer {
    fn segment(&mut self, segment: &Segment<'_>) -> Flow {
        match segment {
            Segment::Text(text) => self.text(text),
            Segment::Row(row) => self.row(row),
        }
    }

    fn member(&mut self, member: Member<'_>) -> Flow {
        self.write(
            &format!("member {}", escape(&String::from_utf8_lossy(member.name))),
            None,
            "(a scan goes into it)",
        )
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
}
