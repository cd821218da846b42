//! Compound files that run in circles, and what lies in them: documents, workbooks and presentations of 1997.

use super::make::{PERSON, zlib_repeated};
use super::{Bomb, Expect};

const END: u32 = 0xffff_fffe;
const FREE: u32 = 0xffff_ffff;
const FAT: u32 = 0xffff_fffd;

/// A compound file of these streams, each in sectors of its own (none is small); `twist` may change the table and the directory.
fn compound(
    streams: &[(&str, Vec<u8>)],
    twist: impl FnOnce(&mut Vec<u32>, &mut Vec<u8>, &mut Vec<u8>),
) -> Vec<u8> {
    let mut table: Vec<u32> = Vec::new();
    let mut sectors: Vec<u8> = Vec::new();
    let mut directory = item("Root Entry", 5, 1, END, 0, FREE);
    for (n, (name, data)) in streams.iter().enumerate() {
        let mut data = data.clone();
        // A small one would lie in the small sectors.
        data.resize(data.len().max(4096), 0);
        let size = data.len();
        data.resize(size.next_multiple_of(512), 0);
        let first = table.len() as u32;
        let count = (data.len() / 512) as u32;
        table.extend((1..count).map(|n| first + n));
        table.push(END);
        sectors.extend(data);
        let right = if n + 1 < streams.len() { n as u32 + 2 } else { FREE };
        directory.extend(item(name, 2, FREE, first, size as u64, right));
    }
    directory.resize(directory.len().next_multiple_of(512), 0);
    let at = table.len() as u32;
    let count = (directory.len() / 512) as u32;
    table.extend((1..count).map(|n| at + n));
    table.push(END);
    let mut header = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    header.resize(24, 0);
    header.extend([
        0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    let fats = (table.len() + 1).div_ceil(127) as u32;
    let fat_at = table.len() as u32;
    table.extend((0..fats).map(|_| FAT));
    for number in [fats, at, 0, 4096, END, 0, END, 0] {
        header.extend(number.to_le_bytes());
    }
    for n in 0..109 {
        let sector = if n < fats { fat_at + n } else { FREE };
        header.extend(sector.to_le_bytes());
    }
    assert!(fats <= 109, "too large for a table without a table of its own");
    table.resize(fats as usize * 128, FREE);
    twist(&mut table, &mut directory, &mut header);
    let mut out = header;
    out.extend(sectors);
    out.extend(directory);
    out.extend(table.iter().flat_map(|number| number.to_le_bytes()));
    out
}

fn item(name: &str, kind: u8, child: u32, first: u32, size: u64, right: u32) -> Vec<u8> {
    let mut out: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = out.len() as u16 + 2;
    out.resize(64, 0);
    out.extend(length.to_le_bytes());
    out.extend([kind, 1]);
    for number in [FREE, right, child] {
        out.extend(number.to_le_bytes());
    }
    out.resize(116, 0);
    out.extend(first.to_le_bytes());
    out.extend(size.to_le_bytes());
    out
}

fn as_it_is(_: &mut Vec<u32>, _: &mut Vec<u8>, _: &mut Vec<u8>) {}

fn put(into: &mut [u8], at: usize, bytes: &[u8]) {
    into[at..at + bytes.len()].copy_from_slice(bytes);
}

/// The table's sectors, the small ones, the directory: each a ring.
pub fn rings() -> Vec<Bomb> {
    let mut bombs = Vec::new();
    for (ext, name) in [
        ("doc", "WordDocument"),
        ("xls", "Workbook"),
        ("ppt", "PowerPoint Document"),
    ] {
        let streams = || vec![(name, vec![0u8; 8192]), ("1Table", vec![0u8; 4096])];
        let mut add = |what: &str, bytes| bombs.push(Bomb::new(format!("{what}.{ext}"), bytes, Expect::Any));
        add("kedja", compound(&streams(), |table, _, _| table[3] = 0));
        add("egen sektor", compound(&streams(), |table, _, _| table[0] = 0));
        add(
            "syskon",
            compound(&streams(), |_, directory, _| {
                put(directory, 128 + 68, &[1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
                put(directory, 256 + 68, &[1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
            }),
        );
        add(
            "storlek",
            compound(&streams(), |_, directory, _| {
                put(directory, 128 + 120, &[0xff; 8]);
            }),
        );
        add(
            "miniström",
            compound(&streams(), |_, directory, header| {
                put(directory, 128 + 120, &100u64.to_le_bytes());
                put(directory, 116, &0u32.to_le_bytes());
                put(directory, 120, &[0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0]);
                put(header, 60, &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f]);
            }),
        );
        add(
            "tabell i tabell",
            compound(&streams(), |_, _, header| {
                put(header, 44, &[0xff, 0xff, 0xff, 0x7f]);
                put(header, 68, &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f]);
            }),
        );
        add(
            "sektorstorlek",
            compound(&streams(), |_, _, header| put(header, 30, &[31, 0, 30, 0])),
        );
        add(
            "minsta sektor",
            compound(&streams(), |_, _, header| put(header, 30, &[0, 0, 0, 0])),
        );
    }
    bombs
}

/// A document of 1997: its head, and a table of pieces.
fn document(text: &[u8], pieces: &[(u32, u32)], twist: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut stream = vec![0u8; 2048];
    stream.extend(text);
    put(&mut stream, 0, &[0xec, 0xa5, 0xc1, 0]);
    put(&mut stream, 0x0a, &[0, 2]);
    put(&mut stream, 0x18, &2048u32.to_le_bytes());
    put(&mut stream, 0x20, &[14, 0]);
    put(&mut stream, 0x3e, &[22, 0]);
    let all: u32 = pieces.iter().map(|(_, count)| *count).fold(0, u32::wrapping_add);
    put(&mut stream, 0x4c, &all.to_le_bytes());
    put(&mut stream, 0x98, &[0x5d, 0]);
    let mut places = vec![0u32];
    for (_, count) in pieces {
        places.push(places.last().unwrap().wrapping_add(*count));
    }
    let mut plc: Vec<u8> = places.iter().flat_map(|place| place.to_le_bytes()).collect();
    for (at, _) in pieces {
        plc.extend([0, 0]);
        plc.extend(((at * 2) | 0x4000_0000).to_le_bytes());
        plc.extend([0, 0]);
    }
    let mut table = vec![2];
    table.extend((plc.len() as u32).to_le_bytes());
    table.extend(plc);
    put(&mut stream, 0x1a2, &0u32.to_le_bytes());
    put(&mut stream, 0x1a6, &(table.len() as u32).to_le_bytes());
    twist(&mut stream);
    compound(&[("WordDocument", stream), ("1Table", table)], as_it_is)
}

pub fn documents() -> Vec<Bomb> {
    let text = format!("pnr {PERSON}\r{}", "ord utan namn ".repeat(5000));
    let length = text.len() as u32;
    let bomb = |name: &str, bytes| Bomb::new(name, bytes, Expect::Any);
    // As many pieces as a table of 109 sectors has room for.
    let many: Vec<(u32, u32)> = (0..500_000).map(|_| (2048, length)).collect();
    let short: Vec<(u32, u32)> = (0..500_000).map(|_| (2052, 1)).collect();
    vec![
        bomb("bitar.doc", document(text.as_bytes(), &many, |_| {})).found(),
        bomb("en bokstav.doc", document(text.as_bytes(), &short, |_| {})),
        bomb(
            "lång bit.doc",
            document(text.as_bytes(), &[(2048, 0x7fff_ffff)], |_| {}),
        ),
        bomb(
            "bit utanför.doc",
            document(text.as_bytes(), &[(2048, length), (0x1fff_ffff, 5000)], |_| {}),
        )
        .found(),
        bomb(
            "räkningar.doc",
            document(text.as_bytes(), &[(2048, length)], |stream| {
                put(stream, 0x4c, &[0xff; 40]);
            }),
        ),
        bomb(
            "tabell utanför.doc",
            document(text.as_bytes(), &[(2048, length)], |stream| {
                put(stream, 0x1a2, &[0xff; 8]);
            }),
        ),
        bomb(
            "alla tabeller.doc",
            document(text.as_bytes(), &[(2048, length)], |stream| {
                stream[0x9a..0x9a + 93 * 8].fill(0xff);
            }),
        ),
    ]
}

/// One record of a presentation.
fn record(kind: u16, version: u16, data: &[u8]) -> Vec<u8> {
    claimed(kind, version, data.len() as u32, data)
}

fn claimed(kind: u16, version: u16, length: u32, data: &[u8]) -> Vec<u8> {
    let mut out = version.to_le_bytes().to_vec();
    out.extend(kind.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(data);
    out
}

/// The list of slides, with a text.
fn slide_list() -> Vec<u8> {
    let text = record(4008, 0, format!("pnr {PERSON}").as_bytes());
    record(1000, 15, &record(4080, 15, &text))
}

fn presentation(records: Vec<u8>) -> Vec<u8> {
    let mut stream = slide_list();
    stream.extend(records);
    let user = record(
        4086,
        0,
        &[
            20, 0, 0, 0, 0x5f, 0xc0, 0x91, 0xe3, 0, 0, 0, 0, 0, 0, 0xf4, 3, 3, 0, 0, 0,
        ],
    );
    compound(
        &[("PowerPoint Document", stream), ("Current User", user)],
        as_it_is,
    )
}

pub fn presentations() -> Vec<Bomb> {
    let bomb = |name: &str, bytes| Bomb::new(name, bytes, Expect::Any);
    let mut deep = Vec::new();
    for level in 0..100_000u32 {
        deep.extend(claimed(1006, 15, (100_000 - level) * 8 - 8, &[]));
    }
    let zeros = zlib_repeated(&vec![0; 4 << 20], 256);
    let mut storage = (1u32 << 30).to_le_bytes().to_vec();
    storage.extend(&zeros);
    let mut lying = 10u32.to_le_bytes().to_vec();
    lying.extend(&zeros);
    let mut edits = record(6002, 0, &[0xff, 0xff, 0xff, 0xff].repeat(1000));
    edits.extend(record(4085, 0, &[0u8; 28]));
    // Tables of the present state: one that all point to, and many in each other.
    let tables = |table: Vec<u8>, step: u32| {
        let begin = slide_list().len() as u32;
        let mut records = table;
        let mut last = 0;
        for n in 0..40_000 {
            let here = begin + records.len() as u32;
            let edit = [0, 0, last, begin + n * step, 1, 5, 0];
            records.extend(record(4085, 0, &edit.map(u32::to_le_bytes).concat()));
            last = here;
        }
        presentation(records)
    };
    let nested: Vec<u8> = (0..100_000u32)
        .flat_map(|level| claimed(6002, 0, (100_000 - level) * 8 - 8, &[]))
        .collect();
    vec![
        bomb("längd.ppt", presentation(claimed(1006, 15, 0xffff_ffff, b"abc"))).found(),
        bomb(
            "längd i text.ppt",
            presentation(record(1006, 15, &claimed(4000, 0, 0xffff_fff0, b"abc"))),
        )
        .found(),
        bomb("djup.ppt", presentation(deep)).found(),
        bomb("tomma.ppt", presentation(record(4000, 0, b"").repeat(400_000))).found(),
        bomb("packad.ppt", presentation(record(4113, 16, &storage))).found(),
        bomb("packad lögn.ppt", presentation(record(4113, 16, &lying))).found(),
        bomb("sparad.ppt", presentation(edits)).found(),
        bomb("en tabell.ppt", tables(record(6002, 0, &vec![0; 2 << 20]), 0)),
        bomb("tabell i tabell.ppt", tables(nested, 8)),
        bomb(
            "text.ppt",
            presentation(record(
                1006,
                15,
                &record(4000, 0, &b"o\0r\0d\0 \0".repeat(500_000)),
            )),
        )
        .found(),
    ]
}

/// One record of a workbook.
fn biff(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut out = kind.to_le_bytes().to_vec();
    out.extend((data.len() as u16).to_le_bytes());
    out.extend(data);
    out
}

/// A workbook of one sheet; `globals` stand before it, `cells` in it.
fn workbook(globals: &[u8], cells: &[u8]) -> Vec<u8> {
    compound(&[("Workbook", book(globals, cells))], as_it_is)
}

fn book(globals: &[u8], cells: &[u8]) -> Vec<u8> {
    let start = biff(0x809, &[0, 6, 5, 0, 0, 0, 0xcd, 7, 0, 0, 0, 0, 6, 0, 0, 0]);
    let mut name = vec![0, 0, 0, 0, 0, 0, 5, 0];
    name.extend(b"Blad1");
    let at = (start.len() + name.len() + 4 + globals.len() + 4) as u32;
    put(&mut name, 0, &at.to_le_bytes());
    let mut stream = start;
    stream.extend(biff(0x85, &name));
    stream.extend(globals);
    stream.extend(biff(0x0a, &[]));
    stream.extend(biff(
        0x809,
        &[0, 6, 0x10, 0, 0, 0, 0xcd, 7, 0, 0, 0, 0, 6, 0, 0, 0],
    ));
    let mut label = vec![0, 0, 0, 0, 0, 0, 17, 0, 0];
    label.extend(format!("pnr {PERSON}").bytes());
    stream.extend(biff(0x204, &label));
    stream.extend(cells);
    stream.extend(biff(0x0a, &[]));
    stream
}

/// Four sets of properties, all of which are the same long text.
fn same_text() -> Vec<u8> {
    const SETS: u32 = 4;
    const MANY: u32 = 4096;
    let text = "ord och ".repeat(1 << 17);
    let mut out = vec![0xfe, 0xff, 0, 0];
    out.resize(24, 0);
    out.extend(SETS.to_le_bytes());
    for _ in 0..SETS {
        out.extend([5, 0xd5, 0xcd, 0xd5]);
        out.resize(out.len() + 12, 0);
        out.extend((28 + 20 * SETS).to_le_bytes());
    }
    out.extend([0, MANY].map(u32::to_le_bytes).concat());
    for id in 0..MANY {
        out.extend([2 + id, 8 + 8 * MANY].map(u32::to_le_bytes).concat());
    }
    out.extend([0x1e, text.len() as u32].map(u32::to_le_bytes).concat());
    out.extend(text.bytes());
    out
}

pub fn workbooks() -> Vec<Bomb> {
    let bomb = |name: &str, bytes| Bomb::new(name, bytes, Expect::Any);
    let strings = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 3, 0, 0, b'a', b'b', b'c',
    ];
    let long = [
        1, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0x0d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, b'a',
    ];
    let mut chain = biff(0xfc, &[1, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0]);
    chain.extend(biff(0x3c, &[0]).repeat(200_000));
    let text = biff(
        0xfc,
        &[&[1, 0, 0, 0, 1, 0, 0, 0, 0x10, 0x20, 0], [b'x'; 8208].as_slice()].concat(),
    );
    let cells = biff(0xfd, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).repeat(200_000);
    let corner = biff(0xfd, &[0xff, 0xff, 0xff, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    let row = biff(
        0xbd,
        &[&[0, 0, 0, 0], [0u8; 6].repeat(1000).as_slice(), &[0xff, 0xff]].concat(),
    );
    let sheets = biff(0x809, &[0, 6, 0x10, 0, 0, 0, 0, 0]).repeat(100_000);
    let properties = compound(
        &[
            ("Workbook", book(&[], &[])),
            ("\u{5}SummaryInformation", same_text()),
        ],
        as_it_is,
    );
    vec![
        Bomb::new("egenskaper.xls", properties, Expect::Told).found(),
        bomb("strängar.xls", workbook(&biff(0xfc, &strings), &[])),
        bomb("lång sträng.xls", workbook(&biff(0xfc, &long), &[])),
        bomb("fortsätt.xls", workbook(&chain, &[])),
        bomb("en sträng överallt.xls", workbook(&text, &cells)),
        bomb("hörn.xls", workbook(&[], &corner)).found(),
        bomb("rader.xls", workbook(&[], &row.repeat(100))).found(),
        bomb("blad i blad.xls", workbook(&[], &sheets)).found(),
        bomb(
            "mått.xls",
            workbook(
                &[],
                &biff(
                    0x200,
                    &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0],
                ),
            ),
        )
        .found(),
    ]
}
