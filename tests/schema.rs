//! The published schemas are those the program has. (That every output agrees with them is checked wherever a test
//! reads one, see the harness.)

use std::path::Path;

use crate::harness::{Run, count, fixtures, inventory};

/// `BLESS=1 cargo test schema` writes them anew.
#[test]
fn the_published_schemas_are_current() {
    for (args, name) in [
        (&["schema"][..], "inventory.schema.json"),
        (&["schema", "events"], "events.schema.json"),
    ] {
        let ran = Run::new().args(args).run();
        let current = ran.code(0).text();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &current).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            published == current,
            "docs/{name} is old: run with BLESS=1 and read the difference"
        );
    }
}

#[test]
fn the_schema_refuses_what_is_not_an_inventory() {
    let schema = jsonschema::validator_for(&datakarta::inventory::json_schema()).unwrap();
    let ran = Run::new()
        .args(["scan".as_ref(), fixtures("formats/csv").as_os_str()])
        .run();
    let whole = ran.code(0).inventory();
    assert!(count(&whole["coverage"]["files"]["enumerated"]) > 5);
    for field in ["schema", "coverage", "categories", "documents", "run"] {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(field);
        assert!(!schema.is_valid(&less), "without `{field}`");
    }
    let mut more = whole.clone();
    more["documents"][0]["secret"] = "x".into();
    assert!(!schema.is_valid(&more));
}

#[test]
fn an_empty_folder_gives_a_whole_inventory() {
    let ran = Run::new().args(["scan", "tree", "-o", "out.json"]).run();
    ran.code(0);
    let inventory = inventory(&std::fs::read(ran.dir.path().join("out.json")).unwrap());
    assert_eq!(count(&inventory["coverage"]["files"]["enumerated"]), 0);
    assert_eq!(inventory["categories"].as_array().unwrap().len(), 7);
}
