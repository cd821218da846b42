//! Names of persons, tried at every capitalised word.
//!
//! A given name of the list, and a family name behind it (of the list, or one that ends like one) is a person
//! nearly always; what is a street, a firm or a thing besides is told by what stands around. Half a name counts
//! only where a label, a greeting, a signature or a mail address says that a name stands there.
//!
//! A word is asked about in a set of bits first, since hardly one in a hundred is a name.

mod around;
mod cells;
mod things;
mod tokens;
mod words;

use std::ops::Range;

use super::Scene;
use super::scene::Spoken;
use crate::checks::names;
use crate::model::{Candidate, Evidence, Form, Signals};
use crate::text::fold::space_at;
pub(super) use cells::detect as in_cells;
use tokens::{MOST, Token, capital, collect, letter_ends, token_at};

/// Tried at a run of letters that begins with a capital.
pub(super) fn at_word<'a>(scene: &Scene<'_, 'a>, word: Range<usize>, out: &mut Vec<Candidate<'a>>) {
    let Some(rule) = scene.engine.index.name else {
        return;
    };
    let at = word.start;
    let Some(letters) = scene
        .bytes
        .get(at..tokens::word_end(scene.bytes, at))
        .filter(|w| capital(w))
    else {
        return;
    };
    // Of a double name the first part is asked about.
    let part = letters.split(|&b| b == b'-').next().unwrap_or_default();
    let known = names::may_be(part);
    if !known && !unlisted_place(scene, at, &word) || tied(scene, at) {
        return;
    }
    let limit = scene.bounds(at).end;
    let (tokens, count) = collect(scene, at, limit);
    let Some(first) = tokens.get(..count).and_then(<[Token]>::first) else {
        return;
    };
    if first.particle || continues(scene, at) {
        return;
    }
    let seen = natural(&tokens[..count])
        .or_else(|| reversed(scene, &tokens[..count], limit))
        .or_else(|| lone(&tokens[..count]));
    if let Some(seen) = seen {
        judge(scene, rule, seen, out);
    }
}

/// A name by its form.
struct Seen {
    range: Range<usize>,
    form: Form,
    signals: Signals,
}

/// Where a word of no list is worth a look: where a label's value stands, or before the comma of a register.
fn unlisted_place(scene: &Scene<'_, '_>, at: usize, word: &Range<usize>) -> bool {
    let end = tokens::word_end(scene.bytes, at);
    if scene.byte(end) == b',' && scene.byte(end + 1) == b' ' {
        let word = scene.bytes.get(at..end).unwrap_or_default();
        if names::is_family_like(word) {
            return true;
        }
    }
    let single = word.len() == 1 || scene.byte(end) == b'.';
    if around::value_place(scene, at, single) {
        return true;
    }
    // One word of no list is no name, whatever calls it one.
    let space = space_at(scene.bytes, end);
    let two = space.is_some_and(|space| capital(scene.bytes.get(end + space..).unwrap_or_default()));
    two && (around::role_before(scene, at) || around::closed_before(scene, at))
}

/// Whether something is glued on before, so that it is no word of its own.
fn tied(scene: &Scene<'_, '_>, at: usize) -> bool {
    let Some(previous) = at.checked_sub(1).and_then(|i| scene.bytes.get(i)) else {
        return false;
    };
    matches!(
        previous,
        b'_' | b'@' | b'\\' | b'$' | b'#' | b'.' | b'%' | b'&' | b'0'..=b'9'
    ) || letter_ends(scene.bytes, at, 0)
        || matches!(previous, b'-' | b'\'') && letter_ends(scene.bytes, at - 1, 0)
}

/// Whether the word goes on a name that began before it.
fn continues(scene: &Scene<'_, '_>, at: usize) -> bool {
    let floor = scene.bounds(at).start;
    let Some(word) = tokens::before(scene, at, floor) else {
        return false;
    };
    let Some(token) = token_at(scene, word.start, at) else {
        return false;
    };
    // "Mark Anna Berg": a word that begins a sentence may be no name.
    !token.particle && token.genitive == 0 && token.given() && token.sure() && !tied(scene, word.start)
}

/// What is known of the words of a name.
fn witnesses(tokens: &[Token]) -> Signals {
    let mut signals = Signals::NONE;
    signals.add_if(tokens.iter().any(Token::given), Evidence::GivenName);
    signals.add_if(tokens.iter().any(|t| t.known.family()), Evidence::FamilyName);
    signals.add_if(tokens.iter().any(|t| t.like), Evidence::NameEnding);
    let sure = tokens
        .iter()
        .any(|t| t.sure() || t.like && t.known == names::Known::NOTHING);
    signals.add_if(!sure, Evidence::OrdinaryWord);
    signals
}

/// `Given [Given] [von] Family`, `A. Family`, `Given Unknown`.
fn natural(tokens: &[Token]) -> Option<Seen> {
    let first = tokens.first()?;
    if !(first.given() || first.initial) || first.genitive > 0 {
        return None;
    }
    let mut last = None;
    let mut families = 0;
    let mut unknown = None;
    for (i, token) in tokens.iter().enumerate().skip(1) {
        if token.caps && !first.caps && (token.known.word() || !token.known.family()) {
            break;
        }
        if first.caps && !token.caps && !token.particle && !token.initial {
            break;
        }
        if token.particle || token.initial {
            if last.is_some() && token.initial {
                break;
            }
        } else if token.family() && !(token.given() && i + 1 < tokens.len() && tokens[i + 1].family()) {
            families += 1;
            last = Some(i);
            if families == 3 || token.genitive > 0 {
                break;
            }
        } else if token.given() {
            if last.is_some() {
                break;
            }
        } else {
            unknown = (last.is_none() && !token.caps).then_some(i);
            break;
        }
    }
    let end = last.or(unknown).filter(|&i| i < MOST)?;
    let name = tokens.get(..=end)?;
    let mut signals = witnesses(name);
    let initial = name.iter().all(|t| t.initial || t.particle || !t.given()) && first.initial;
    let form = match last {
        Some(_) if initial => Form::NameInitial,
        Some(_) => Form::NameFull,
        // A particle before an unknown family name is as good as a listed one.
        None if name.len() > 2 && name.get(end - 1).is_some_and(|t| t.particle) => {
            signals.add(Evidence::NameEnding);
            Form::NameFull
        }
        None if first.initial => return None,
        None => Form::NameUnlisted,
    };
    Some(Seen {
        range: first.start..name.last()?.end,
        form,
        signals,
    })
}

/// `Family, Given [Given]`, and without the comma where the line begins or all is in capitals.
fn reversed(scene: &Scene<'_, '_>, tokens: &[Token], limit: usize) -> Option<Seen> {
    let first = tokens
        .first()
        .filter(|t| t.family() && t.genitive == 0 && !t.initial)?;
    let start = with_particle(scene, first.start);
    // "Berg-Lind Alva", "LINDQVIST ALVA MARIA".
    let given = |t: &&Token| (t.given() || t.initial) && t.genitive == 0 && t.caps == first.caps;
    let following = tokens.get(1..)?;
    let count = following.iter().take_while(given).count();
    if count > 0 && following[0].given() {
        let whole = tokens.get(..=count)?;
        let alone = following.get(count).is_none_or(|t| !t.family());
        // In a sentence two names side by side may be two things; after a number or at the start of a line they are one.
        let apart = tokens::before(scene, start, scene.bounds(start).start).is_none();
        let listed = first.known.family() && !first.known.given() && (first.sure() || first.caps);
        let fits = listed && alone && (first.caps || apart);
        return fits.then(|| Seen {
            range: start..whole[count].end,
            form: Form::NameReversed,
            signals: witnesses(whole),
        });
    }
    if scene.byte(first.end) != b',' || tokens.len() > 1 && !tokens[1].particle {
        return None;
    }
    let space = space_at(scene.bytes, first.end + 1).unwrap_or(0);
    let (after, found) = collect(scene, first.end + 1 + space, limit);
    let after = after.get(..found)?;
    let count = after.iter().take_while(|t| given(t)).count();
    let last = after.get(..count)?.last()?;
    // The family name of a given name on the line above: "… Daniel\nMack, Daniel".
    if around::wrapped(scene, start)
        || after
            .get(count)
            .is_some_and(|t| !t.particle && scene.byte(t.start.wrapping_sub(1)) == b' ')
    {
        return None;
    }
    // "…, Alva Lindqvist" is the next name of a list; "Berg, Alva och Bo" a list of other things.
    if !after[0].given() || after.get(count).is_some_and(Token::family) {
        return None;
    }
    let mut whole = [Token::default(); MOST + 1];
    whole[0] = *first;
    whole.get_mut(1..=count)?.copy_from_slice(after.get(..count)?);
    let mut signals = witnesses(whole.get(..=count)?);
    signals.add_if(first.known.given() || space == 0, Evidence::OrdinaryWord);
    let rest = scene.bytes.get(last.end..limit).unwrap_or_default();
    let list = rest.starts_with(b" och ") || rest.starts_with(b" and ") || rest.starts_with(b" & ");
    let more = rest.strip_prefix(b", ").is_some_and(capital) && !scene.begins_line(start);
    signals.add_if(list || more, Evidence::OtherContext);
    Some(Seen {
        range: start..last.end,
        form: Form::NameReversed,
        signals,
    })
}

/// `von Sydow, Ellen`: the particle before belongs to the name.
fn with_particle(scene: &Scene<'_, '_>, at: usize) -> usize {
    let floor = scene.bounds(at).start;
    tokens::before(scene, at, floor)
        .filter(|word| {
            token_at(scene, word.start, at).is_some_and(|t| t.particle) && !tied(scene, word.start)
        })
        .map_or(at, |word| word.start)
}

/// One word, or several of which none is a family name's place.
fn lone(tokens: &[Token]) -> Option<Seen> {
    let first = tokens.first()?;
    let same = |t: &&Token| {
        !t.particle && (t.genitive == 0 || t.start == first.start) && (t.given() == first.given())
    };
    let count = tokens.iter().take(3).take_while(same).count();
    let last = match tokens.get(..count)? {
        // "Alva L."
        [.., last] if tokens.get(count).is_some_and(|t| t.initial) && last.given() => tokens.get(count)?,
        [.., last] => last,
        [] => return None,
    };
    if first.initial {
        return None;
    }
    let form = if first.given() && count == 1 || first.family() && !first.given() {
        Form::NameSingle
    } else {
        Form::NameUnlisted
    };
    Some(Seen {
        range: first.start..last.end,
        form,
        signals: witnesses(&tokens[..count]),
    })
}

/// Looks around a name and says what was seen, if it can be one.
fn judge<'a>(scene: &Scene<'_, 'a>, rule: u16, seen: Seen, out: &mut Vec<Candidate<'a>>) {
    let Seen {
        mut range,
        mut form,
        mut signals,
    } = seen;
    let genitive = match (scene.byte(range.end), scene.byte(range.end + 1)) {
        (b'\'', b's') if !scene.word_at(range.end + 2) => 2,
        (b's', _) if !scene.word_at(range.end + 1) => 1,
        _ => 0,
    };
    let after = range.end + genitive;
    let next = scene.byte(after);
    let digits = next == b'-' && scene.byte(after + 1).is_ascii_digit();
    if digits
        || scene.word_at(after)
        || matches!(next, b'_' | b'@' | b'\\' | b'(')
        || next == b':' && scene.byte(after + 1) == b':'
    {
        return;
    }
    let place = around::value_place(scene, range.start, true);
    let mail = around::mail_follows(scene, range.end);
    // What is said around a word costs more than all before: most words can come to nothing whatever it is.
    let listed = signals.has(Evidence::GivenName)
        || signals.has(Evidence::FamilyName)
        || signals.has(Evidence::NameEnding);
    let mut role = around::role_before(scene, range.start);
    let open = place || mail || role || around::closed_before(scene, range.start);
    if form == Form::NameUnlisted && !listed && !open {
        return;
    }
    let greets = |range: &Range<usize>| around::greeted(scene, range.start) || around::signed(scene, range);
    let mut greeted = greets(&range);
    let alone = form == Form::NameSingle && !open && !greeted;
    if alone && !around::introduced(scene, range.start) {
        return;
    }
    if things::brand(scene, &range)
        || things::date_follows(scene, &range)
        || things::names_something_else(scene, after)
        || things::named_after(scene, range.start)
    {
        return;
    }
    if form == Form::NameUnlisted && things::ends_as_a_thing(scene, &range) {
        return;
    }
    let (rule, spoken, said_form) = said(scene, rule, &range, place, form);
    form = said_form;
    let labelled = spoken.labelled() && !spoken.contradicted();
    let unlisted = !signals.has(Evidence::GivenName) && !signals.has(Evidence::FamilyName);
    if form == Form::NamePart
        && unlisted
        && !spoken.signals.has(Evidence::Column)
        && !around::enclosed(scene, &range)
    {
        return;
    }
    // Without a colon or a column a word that speaks against it may belong to anything.
    let strict = place && around::value_place(scene, range.start, false);
    signals.add_if(strict && spoken.contradicted(), Evidence::OtherLabel);
    if labelled {
        signals = signals.merge(
            spoken
                .signals
                .without(Evidence::OtherContext)
                .without(Evidence::OtherLabel),
        );
    } else {
        signals.add_if(spoken.signals.has(Evidence::Context), Evidence::Context);
    }
    if mail && matches!(form, Form::NameSingle | Form::NameUnlisted) {
        let start = whole_before_mail(scene, range.start);
        if start < range.start {
            range.start = start;
            form = Form::NameUnlisted;
            signals.add(Evidence::NameEnding);
            greeted = greets(&range);
            role = around::role_before(scene, range.start);
        }
    }
    signals.add_if(greeted, Evidence::Greeting);
    signals.add_if(role, Evidence::Role);
    let whole = matches!(form, Form::NameFull | Form::NameReversed);
    let half = form == Form::NameUnlisted
        && signals.has(Evidence::GivenName)
        && !signals.has(Evidence::OrdinaryWord);
    // Words that nothing is known of, where a label stands before: anything stands after labels. Two with a title before,
    // or where a letter is signed, are a name in whatever language.
    let two = scene
        .bytes
        .get(range.clone())
        .is_some_and(|name| name.contains(&b' '));
    let column =
        labelled && spoken.signals.has(Evidence::Column) && cells::of_persons(scene, rule, spoken.label);
    let ordinary = signals.has(Evidence::GivenName) && signals.has(Evidence::OrdinaryWord);
    let doing = ordinary && around::does(scene, range.end);
    // `Namn: Cilla Bergdorf`, and nothing else on the line.
    let filled = labelled && strict && around::enclosed(scene, &range);
    let called = two
        && (role || greeted || column || doing || filled)
        && around::apart(scene, &range)
        && cells::capitals(scene, &range);
    if form == Form::NameUnlisted && unlisted && !signals.has(Evidence::NameEnding) && !called {
        return;
    }
    let beside = mail || (whole || half || labelled) && around::contact_beside(scene, &range);
    if !whole
        && !called
        && !greeted
        && !mail
        && !(labelled && (place || beside && around::introduced(scene, range.start)))
    {
        let surmise = half && unlisted_end(scene, &range);
        if !(half && beside)
            && !(surmise
                && (around::in_prose(scene, &range)
                    || around::opens_sentence(scene, &range)
                    || around::apart(scene, &range)))
            && !(role && form == Form::NameSingle && signals.has(Evidence::GivenName))
            && !(two && beside && form == Form::NameUnlisted && signals.has(Evidence::GivenName))
        {
            return;
        }
    }
    signals.add_if(beside, Evidence::ContactBeside);
    let said = labelled || greeted || beside;
    let doubtful = signals.has(Evidence::OrdinaryWord) && !said && !role && !around::in_prose(scene, &range);
    signals.add_if(
        doubtful || !labelled && things::argument(scene, range.start),
        Evidence::OtherContext,
    );
    scene.push(out, rule, range, form, signals, spoken.label);
}

/// Before a mail address in brackets all of the name counts, listed or not: `Guillem Jover <…>`.
fn whole_before_mail(scene: &Scene<'_, '_>, at: usize) -> usize {
    let floor = scene.bounds(at).start;
    let mut start = at;
    for _ in 0..3 {
        let Some(word) = tokens::before(scene, start, floor) else {
            break;
        };
        let fits =
            token_at(scene, word.start, start).is_some_and(|t| t.particle || !t.caps && t.genitive == 0);
        if !fits || tied(scene, word.start) || around::opens(scene, &word) {
            break;
        }
        start = word.start;
    }
    start
}

/// Whether the last word is of no list: two given names in a sentence are a rose or a ship as often.
fn unlisted_end(scene: &Scene<'_, '_>, range: &Range<usize>) -> bool {
    let start = tokens::word_start(scene.bytes, range.end, range.start);
    !names::known(scene.bytes.get(start..range.end).unwrap_or_default()).name()
}

/// What is said around it, by the rule that has most to say: a name, or a given or family name alone.
fn said(
    scene: &Scene<'_, '_>,
    rule: u16,
    range: &Range<usize>,
    place: bool,
    form: Form,
) -> (u16, Spoken, Form) {
    let spoken = scene.spoken(range, rule);
    if place && matches!(form, Form::NameSingle | Form::NameUnlisted) {
        let parts = [scene.engine.index.given_name, scene.engine.index.family_name];
        for part in parts.into_iter().flatten() {
            let said = scene.spoken(range, part);
            if said.labelled() && !said.contradicted() {
                return (part, said, Form::NamePart);
            }
        }
    }
    (rule, spoken, form)
}
