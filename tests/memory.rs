//! Memory is bounded by threads, never by the size of a file.

#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::Command;

/// A file of 512 MiB is read whole in an address space of 384 MiB: neither mapping nor loading it could do that.
#[test]
fn a_file_larger_than_the_address_space_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stor.log");
    let line = "2024-01-02 10:11:12 INFO en rad i en logg utan personer, och så en till med å, ä och ö\n";
    let block = line.repeat((1 << 20) / line.len());
    let mut writer = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    for _ in 0..512 {
        writer.write_all(block.as_bytes()).unwrap();
    }
    writer.write_all("kund 19811228-9874\n".as_bytes()).unwrap();
    writer.flush().unwrap();
    let output = folder.path().join("inventory.json");
    let run = Command::new("sh")
        .args([
            "-c",
            "ulimit -v 393216; exec \"$0\" scan \"$1\" --threads 2 -q -o \"$2\"",
        ])
        .arg(env!("CARGO_BIN_EXE_datakarta"))
        .args([&file, &output])
        // Each arena of the allocator reserves 64 MiB of addresses; that is not memory.
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let inventory: serde_json::Value = serde_json::from_slice(&std::fs::read(output).unwrap()).unwrap();
    assert_eq!(inventory["coverage"]["files"]["read"], 1);
    assert_eq!(inventory["persons"]["distinct"], 1);
}
