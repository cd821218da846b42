//! Values that are torn apart between lines or spaced out, put together beside the page.

use super::{document, read_well};

/// The text of a page with this content, and what is joined beside it.
fn joined(content: &str) -> (String, Vec<String>) {
    let said = read_well(document(&[content]));
    let mut texts = said.texts.into_iter().map(|(.., text)| text.trim().to_string());
    (texts.next().unwrap_or_default(), texts.collect())
}

/// Each character as a string of its own, from `x` on with this pitch.
fn boxes(text: &str, x: f64, pitch: f64) -> String {
    let put = |(at, c)| format!("BT /F1 12 Tf {} 700 Td ({c}) Tj ET ", x + pitch * at as f64);
    text.chars().enumerate().map(put).collect()
}

#[test]
fn figures_in_boxes_are_given_together_beside_the_page() {
    let label = "BT /F1 12 Tf 50 700 Td (Personnummer:) Tj ET ";
    let (text, joins) = joined(&format!("{label}{}", boxes("198112289874", 150.0, 18.0)));
    assert_eq!(text, "Personnummer: 1 9 8 1 1 2 2 8 9 8 7 4");
    assert_eq!(joins, ["Personnummer: 198112289874"]);
    let two = boxes("811228", 50.0, 18.0) + &boxes("9874", 180.0, 18.0);
    assert_eq!(joined(&two).1, ["811228-9874"]);
    let hyphen = boxes("19811228", 50.0, 18.0) + &boxes("-", 195.0, 1.0) + &boxes("9874", 210.0, 18.0);
    assert_eq!(joined(&hyphen).1, ["19811228-9874"]);
    let equal = boxes("19811228-9874", 50.0, 14.0);
    assert_eq!(joined(&equal).1, ["19811228-9874"]);
}

#[test]
fn figures_at_unequal_distances_stay_apart() {
    let few = boxes("12345", 50.0, 18.0);
    let uneven = boxes("123", 50.0, 18.0) + &boxes("456", 110.0, 15.0) + &boxes("789", 170.0, 19.0);
    let dots = boxes(".........", 50.0, 18.0);
    for content in [few, uneven, dots] {
        assert_eq!(joined(&content).1, [] as [&str; 0]);
    }
}

#[test]
fn type_that_is_set_wide_is_read_as_words() {
    let pieces = |text: &str, gap: i32| -> String {
        let shown = text.chars().map(|c| format!("({c}) {gap} "));
        format!("BT /F1 10 Tf 50 700 Td [{}] TJ ET ", shown.collect::<String>())
    };
    let (text, joins) = joined(&pieces("Kund: 19811228-9874", -150));
    assert_eq!((text.as_str(), joins.len()), ("Kund: 19811228-9874", 0));
    // As far apart as words are, both may be meant.
    let (text, joins) = joined(&pieces("Kund: 811228-9874", -300));
    assert!(text.contains("8 1 1 2 2 8 - 9 8 7 4"));
    assert_eq!(joins, ["Kund: 811228-9874"]);
}

#[test]
fn cells_are_joined_that_are_centred_far_apart_or_in_rows_written_line_by_line() {
    let put = |x: u32, y: u32, text: &str| format!("BT /F1 10 Tf {x} {y} Td ({text}) Tj ET ");
    let centred = put(200, 700, "19811228-") + &put(214, 688, "9874");
    assert_eq!(joined(&centred).1, ["19811228-9874"]);
    let leading = put(200, 700, "19811228-") + &put(200, 682, "9874");
    assert_eq!(joined(&leading).1, ["19811228-9874"]);
    let rows = put(50, 700, "Eva") + &put(200, 700, "19811228-") + &put(300, 700, "eva.test@exa");
    let rows = rows + &put(50, 688, "Test") + &put(200, 688, "9874") + &put(300, 688, "mple.se");
    assert_eq!(joined(&rows).1, ["19811228-9874", "eva.test@example.se"]);
    // Numbers of two rows are two numbers.
    let table = put(50, 700, "a") + &put(200, 700, "123456") + &put(50, 688, "b") + &put(200, 688, "7890");
    assert_eq!(joined(&table).1, [] as [&str; 0]);
    let far = put(200, 700, "19811228-") + &put(200, 670, "9874");
    assert_eq!(joined(&far).1, [] as [&str; 0]);
}

#[test]
fn an_account_number_goes_on_in_the_next_line() {
    let lines = |lines: &[&str]| -> String {
        let shown = lines.iter().map(|line| format!("({line}) Tj T* "));
        format!("BT /F1 10 Tf 12 TL 50 700 Td {} ET", shown.collect::<String>())
    };
    for (torn, whole) in [
        (
            ["IBAN: SE45 5000 0000", "0583 9825 7466"].as_slice(),
            "IBAN: SE45 5000 0000 0583 9825 7466",
        ),
        (
            &["konto SE45 5000 ", "0000 0583 9825 7466 hos oss"],
            "konto SE45 5000 0000 0583 9825 7466 hos oss",
        ),
        (
            &["SE45 5000", "0000 0583", "9825 7466"],
            "SE45 5000 0000 0583 9825 7466",
        ),
        (&["SE4550000000058", "398257466"], "SE4550000000058398257466"),
    ] {
        assert_eq!(joined(&lines(torn)).1, [whole]);
    }
    let whole = lines(&["SE45 5000 0000 0583 9825 7466", "1234 hos"]);
    assert_eq!(joined(&whole).1, [] as [&str; 0]);
}
