//! What a rule file says of a pattern, made ready to be tried.

use toml::Spanned;

use super::load::RuleError;

/// A pattern is compiled to match at the anchor only, within size limits: a rule file cannot make the scan slow.
pub(super) fn compile(
    pattern: &Spanned<String>,
    slow: bool,
    fail: &dyn Fn(usize, String) -> RuleError,
) -> Result<regex::bytes::Regex, RuleError> {
    let offset = pattern.span().start;
    let anchored = if slow {
        pattern.get_ref().clone()
    } else {
        format!(r"\A(?:{})", pattern.get_ref())
    };
    let regex = regex::bytes::RegexBuilder::new(&anchored)
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 20)
        .build()
        .map_err(|error| {
            let text = error.to_string();
            let last = text
                .lines()
                .last()
                .unwrap_or("not a regular expression")
                .trim_start_matches("error: ");
            fail(
                offset,
                format!("the pattern does not compile: {last}; see the syntax of the regex crate"),
            )
        })?;
    if regex.capture_names().flatten().any(|name| name != "value")
        || regex.capture_names().flatten().count() > 1
    {
        return Err(fail(
            offset,
            "a pattern may have one named group only, `value`".into(),
        ));
    }
    Ok(regex)
}

/// The lengths of the runs of digits a pattern begins with, as bits; `None` for lengths no run has.
pub(super) fn run_lengths(lengths: &[u8]) -> Option<u32> {
    let sound = !lengths.is_empty() && lengths.iter().all(|length| (1..32).contains(length));
    sound.then(|| lengths.iter().fold(0, |mask, length| mask | 1 << length))
}
