//! What can be typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::extract::ContentLimits;
use crate::model::Confidence;
use crate::scan::{Isolation, Limits};

const TEMPLATE: &str = "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Finds personal data where it lies and maps it onto your privacy policy.
#[derive(Parser)]
#[command(name = "datakarta", version, help_template = TEMPLATE, propagate_version = true, disable_help_subcommand = true)]
#[command(before_help = "Examples:
  datakarta scan /srv/share -o inventory.json        what lies where, as JSON, with a summary
  datakarta scan backup/ --fail-on special-categories --fail-on incomplete
  find . -newer last -print0 | datakarta scan --files-from - --format jsonl
  datakarta extract letter.pdf --reveal              what the scanner sees of one file
  datakarta rules explain personnummer               how sure it is of what, and why
")]
#[command(
    after_help = "Exit codes: 0 done (findings alone are normal), 1 a --fail-on gate was met, 2 usage, rule or policy error,
3 fatal and no inventory written, 130/143 interrupted with a valid partial inventory."
)]
pub(super) struct Cli {
    /// Colour: auto is on a terminal only, and NO_COLOR turns it off.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: When,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Scan files and folders and write the inventory.
    Scan(Box<ScanArgs>),
    /// Show what the scanner sees of one file: every segment with its location and label.
    Extract(ExtractArgs),
    /// List, check and explain the rules.
    Rules(RulesArgs),
    /// List, show and check privacy policies.
    Policy(PolicyArgs),
    /// Print a JSON Schema.
    Schema {
        /// Of what.
        #[arg(default_value = "inventory")]
        of: SchemaOf,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff).
    Man,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum SchemaOf {
    /// The inventory (`--format json`).
    Inventory,
    /// The events (`--format jsonl`), one line each.
    Events,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScanFormat {
    /// The inventory.
    Json,
    /// One event a line, in the order of the walk.
    Jsonl,
    /// The summary.
    Table,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Band {
    Low,
    Medium,
    High,
}

impl From<Band> for Confidence {
    fn from(band: Band) -> Self {
        match band {
            Band::Low => Self::Low,
            Band::Medium => Self::Medium,
            Band::High => Self::High,
        }
    }
}

#[derive(Args)]
#[command(before_help = "Examples:
  datakarta scan /srv/share -o inventory.json
  datakarta scan /srv/share --exclude '*.iso' --exclude node_modules/ --threads 2
  datakarta scan backup/ -o out.json --fail-on personnummer:100 --fail-on incomplete
  datakarta scan export.csv --format jsonl | jq -c 'select(.event==\"finding\")'
", help_template = TEMPLATE)]
pub(super) struct ScanArgs {
    /// Files and folders to scan.
    #[arg(value_name = "PATH", required_unless_present = "files_from")]
    pub(super) paths: Vec<PathBuf>,
    /// Where to write; `-` is stdout. Written atomically, readable by you alone.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// What to write. Without it: json; the summary where stdout is a terminal and no output is named.
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<ScanFormat>,
    /// The privacy policy to map onto: a file, or the id of a built-in one.
    #[arg(long, value_name = "FILE|NAME", default_value = crate::rules::policy::DEFAULT)]
    pub(super) policy: String,
    /// A folder of rule files laid over the built-in rules.
    #[arg(long, value_name = "DIR")]
    pub(super) rules: Option<PathBuf>,
    /// Report findings from this confidence; lower ones are counted only.
    #[arg(long, value_name = "BAND", default_value = "medium")]
    pub(super) min_confidence: Band,
    /// Write raw values into the output. Think twice: the inventory then is personal data itself.
    #[arg(long)]
    pub(super) reveal: bool,
    /// Threads that read. Without it: one per processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(super) threads: Option<u16>,
    /// Only files that match this glob (repeatable): against the path below the root, or the name where it has no `/`.
    #[arg(long, value_name = "GLOB")]
    pub(super) include: Vec<String>,
    /// Not the files and folders that match this glob (repeatable).
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// Paths to scan from a file, one a line or separated by NUL; `-` is stdin.
    #[arg(long, value_name = "FILE|-")]
    pub(super) files_from: Option<PathBuf>,
    /// Do not leave the file system a root lies on.
    #[arg(long)]
    pub(super) one_file_system: bool,
    /// Follow symbolic links; loops are noticed and nothing is read twice.
    #[arg(long)]
    pub(super) follow_links: bool,
    /// Do not open larger files, such as 500M or 2G; they are told as skipped.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_file_size: Option<u64>,
    #[command(flatten)]
    pub(super) parsing: ParsingArgs,
    /// A file with at least 32 random bytes, readable by you alone, that makes persons comparable between runs.
    #[arg(long, value_name = "FILE")]
    pub(super) key_file: Option<PathBuf>,
    /// A list of findings that are allowed (datakarta.toml), each with a reason and a last day; they are counted apart.
    #[arg(long, value_name = "FILE")]
    pub(super) allow: Option<PathBuf>,
    /// Exit with 1 when at least N (1) of WHAT were found: a category, a kind, `incomplete`, `overdue` or `exposed` (repeatable).
    #[arg(long, value_name = "WHAT[:N]")]
    pub(super) fail_on: Vec<String>,
    /// Progress on stderr: auto is on a terminal only.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) progress: When,
    /// No summary and no progress.
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Tell more: each document that was not read in full (-v), where parsers failed (-vv).
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

/// How documents are read, and how much one may cost.
#[derive(Args)]
#[command(next_help_heading = "Limits per file (what is cut off is told as partial, with the reason)")]
pub(super) struct ParsingArgs {
    /// Parsers in processes of their own: those that could take the scan down, all but plain streams, or none.
    #[arg(long, value_name = "WHICH", default_value = "auto")]
    pub(super) isolate: Isolate,
    /// Recognise the text of pictures and of pages that are pictures, with an installed `tesseract` (seconds a page).
    #[arg(long)]
    pub(super) ocr: bool,
    /// Containers in containers (archives, attachments, embedded documents) [reason: depth-limit].
    #[arg(long, value_name = "N", default_value_t = Limits::default().depth, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(super) max_depth: u8,
    /// Members of all its containers together [member-limit].
    #[arg(long, value_name = "N", default_value_t = Limits::default().members)]
    pub(super) max_members: u64,
    /// Bytes that may come out of its containers, such as 2G; more for large files, see --max-ratio [expansion-limit].
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "2G")]
    pub(super) max_expanded: u64,
    /// The same as a multiple of its size [expansion-limit].
    #[arg(long, value_name = "N", default_value_t = ContentLimits::default().ratio)]
    pub(super) max_ratio: u64,
    /// Bytes of a document that must lie in memory whole [memory].
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "512M")]
    pub(super) max_memory: u64,
    /// Cells of a workbook [content-limit].
    #[arg(long, value_name = "N", default_value_t = ContentLimits::default().cells)]
    pub(super) max_cells: u64,
    /// Bytes of text of a workbook, in which few bytes can say many; 20 times its size where that is more [content-limit].
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "512M")]
    pub(super) max_text: u64,
    /// Operators of all pages of a PDF [content-limit].
    #[arg(long, value_name = "N", default_value_t = ContentLimits::default().operators)]
    pub(super) max_operators: u64,
    /// Memory of a parser process; halved for each document around, down to 128 MiB [memory].
    #[arg(long, value_name = "SIZE", value_parser = parser_memory, default_value = "1G")]
    pub(super) parser_memory: u64,
    /// Seconds without anything read; a second more for each 4 MiB of the file [timeout].
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().stall.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) stall_timeout: u64,
    /// Seconds for a file with all its members [timeout].
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().time.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_time: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Isolate {
    Auto,
    Always,
    Never,
}

impl ParsingArgs {
    /// The limits that were typed.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            depth: self.max_depth,
            members: self.max_members,
            content: ContentLimits {
                memory: self.max_memory,
                expanded: self.max_expanded,
                ratio: self.max_ratio,
                cells: self.max_cells,
                text: self.max_text,
                operators: self.max_operators,
            },
            parser_memory: self.parser_memory,
            stall: Duration::from_secs(self.stall_timeout),
            time: Duration::from_secs(self.max_time),
        }
    }

    /// The same for the inventory.
    pub(super) fn told(&self) -> crate::inventory::Limits {
        crate::inventory::Limits {
            depth: u64::from(self.max_depth),
            members: self.max_members,
            expanded: self.max_expanded,
            ratio: self.max_ratio,
            memory: self.max_memory,
            cells: self.max_cells,
            text: self.max_text,
            operators: self.max_operators,
            parser_memory: self.parser_memory,
            stall_seconds: self.stall_timeout,
            seconds: self.max_time,
        }
    }

    /// Which parsers run in processes of their own.
    pub(super) fn isolation(&self) -> Isolation {
        match self.isolate {
            Isolate::Auto => Isolation::Auto,
            Isolate::Always => Isolation::Always,
            Isolate::Never => Isolation::Never,
        }
    }
}

/// A size that a process can begin in.
fn parser_memory(text: &str) -> Result<u64, String> {
    let bytes = size(text)?;
    if bytes < 64 << 20 {
        return Err("a parser needs 64M at least".into());
    }
    Ok(bytes)
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExtractFormat {
    Text,
    Jsonl,
}

#[derive(Args)]
#[command(before_help = "Example:
  datakarta extract letter.pdf --reveal
", help_template = TEMPLATE)]
pub(super) struct ExtractArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Needed, since this prints the raw text of the file.
    #[arg(long)]
    pub(super) reveal: bool,
    /// How.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: ExtractFormat,
    /// Do not go into members: archives, attachments, embedded documents.
    #[arg(long)]
    pub(super) no_members: bool,
    #[command(flatten)]
    pub(super) parsing: ParsingArgs,
}

#[derive(Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    pub(super) command: RulesCommand,
    /// A folder of rule files laid over the built-in rules.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) rules: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(super) enum RulesCommand {
    /// List the rules, and the kinds they find.
    List,
    /// Load the rules, look for what is doubtful in them, and run every example.
    Check,
    /// Tell what a kind is found by, and what evidence is worth.
    Explain {
        /// The kind, such as personnummer.
        kind: String,
    },
    /// Judge labelled cases: precision, recall and F1 per kind, and what came out otherwise.
    Score {
        /// A folder of `*.jsonl` files with one case a line, or one such file.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// Show the values of what came out otherwise, not only their shape.
        #[arg(long)]
        reveal: bool,
    },
}

#[derive(Args)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    pub(super) command: PolicyCommand,
}

#[derive(Subcommand)]
pub(super) enum PolicyCommand {
    /// List the built-in policies.
    List,
    /// Print a policy as TOML.
    Show {
        /// A file, or the id of a built-in policy.
        #[arg(default_value = crate::rules::policy::DEFAULT)]
        policy: String,
    },
    /// Check a policy: every kind in one category, every reference defined.
    Check {
        /// A file, or the id of a built-in policy.
        #[arg(default_value = crate::rules::policy::DEFAULT)]
        policy: String,
    },
}

/// A size with a unit: 1024, 500K, 20M, 2G, 1T (binary units).
fn size(text: &str) -> Result<u64, String> {
    let trimmed = text
        .trim()
        .trim_end_matches(['b', 'B'])
        .trim_end_matches(['i', 'I']);
    let digits: String = trimmed.chars().take_while(char::is_ascii_digit).collect();
    let shift = match trimmed
        .get(digits.len()..)
        .unwrap_or_default()
        .to_ascii_uppercase()
        .as_str()
    {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("write a number and K, M, G or T, such as 500M".into()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "write a number and K, M, G or T, such as 500M".to_owned())?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| "larger than any file can be".into())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Sizes are typed with their units, so their defaults stand here a second time.
    #[test]
    fn what_is_not_typed_is_what_the_library_does() {
        for command in [&["datakarta", "scan", "x"][..], &["datakarta", "extract", "x"]] {
            let limits = match Cli::parse_from(command).command {
                Command::Scan(args) => args.parsing.limits(),
                Command::Extract(args) => args.parsing.limits(),
                _ => continue,
            };
            assert_eq!(format!("{limits:?}"), format!("{:?}", Limits::default()));
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(
            (size("500M"), size("2GiB"), size("7")),
            (Ok(500 << 20), Ok(2 << 30), Ok(7))
        );
        assert!(size("2X").is_err() && size("").is_err() && size("99999999999T").is_err());
    }
}
