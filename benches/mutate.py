#!/usr/bin/env python3
"""Damages real files and scans them: whatever lies on a share, a scan must end, account for it, and leak nothing.

    benches/mutate.py --datakarta target/release/datakarta --count 100000 --state FILE FILE_OR_FOLDER...

Mutants are made in batches with fixed seeds, formats evenly: cut off, bits flipped, bytes deleted or doubled, tokens and
numbers edited, and the same inside members of zip files and streams of PDF, which are then packed anew, since plain damage
rarely gets past a check sum. Personal data (test numbers, see PLANTS) is planted in texts and in names. A batch is one
`datakarta scan FOLDER --format jsonl -vv`. Reported are

- `exit`: not 0, or ended by a signal;         - `hang`: no end within --timeout, or `memory`: more than --memory;
- `stderr`: a line that is not one of ours;     - `count`: documents enumerated, accounted for and made differ;
- `leak`: a planted value, a number of the test series or an address, in what was written.

A panic that was caught (`a parser panicked at FILE:LINE`) is counted by its place and is no failure. Of a batch that
fails the mutants are scanned one by one, and those that fail again are kept beside the state. With --state a run that
was stopped goes on where it was. Ends with a summary line, and exits with 1 after a failure. Memory is not
told below what this script itself takes. Needs no packages.
"""

import argparse
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter, defaultdict
from pathlib import Path

PLANTS = [b"19811228-9874", b"811228-9874", b"198112289874", b"planterad.person@example.se"]
# What has more letters or digits at it is no number and no address any more, and so not masked.
PLANTED = re.compile(r"(?<![\w.])(?:%s)(?![\w-])" % "|".join(re.escape(word.decode()) for word in PLANTS))
# Numbers of the series that Skatteverket keeps for tests, as fixtures have them, and addresses that are not masked.
NUMBER = re.compile(r"(?<![\d.])(?:19|20)?\d{2}[01]\d[0-3]\d[-+ ]?(?:23[89]|98[01])\d(?![\d.])")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}(?![\w.-])")
OURS = re.compile(r"datakarta: |  ?\S")
PANIC = re.compile(r"a parser panicked at (\S+)")
TOKENS = [b"0", b"-1", b"65535", b"4294967295", b"18446744073709551615", b"1e308", b"\0", b"<", b">", b"]]>", b"<![CDATA[",
          b"&", b"&#0;", b"&#x110000;", b"{", b"}", b"\\bin9999999 ", b"\\u-1", b"(", b")", b"<<", b">>", b"endobj",
          b"stream\n", b"\xff\xff\xff\xff", b"\xff\xfe", b"\r\n", b'"', b"'", b"A" * 5000, b"PK\3\4", b"\x7f\xff\xff\xff"]


def cut(data, pick):
    return data[: pick.randrange(len(data))]


def flip(data, pick):
    data = bytearray(data)
    for _ in range(pick.choice((1, 2, 8, 64))):
        data[pick.randrange(len(data))] ^= 1 << pick.randrange(8)
    return bytes(data)


def delete(data, pick):
    start = pick.randrange(len(data))
    return data[:start] + data[start + pick.choice((1, 2, 4, 64, 512, 4096)) :]


def double(data, pick):
    start, other = pick.randrange(len(data)), pick.randrange(len(data))
    return data[:other] + data[start : start + pick.choice((4, 64, 512, 4096))] + data[other:]


def zero(data, pick):
    start, length = pick.randrange(len(data)), pick.choice((4, 16, 512))
    return data[:start] + bytes(pick.choice((0, 255)) for _ in data[start : start + length]) + data[start + length :]


def token(data, pick):
    """Puts a word that parsers know where it does not belong, over others or between them."""
    start, word = pick.randrange(len(data)), pick.choice(TOKENS)
    return data[:start] + word + data[start + pick.choice((0, len(word))) :]


def figure(data, pick):
    """Edits one of the numbers that stand as text: a length, an index, a count."""
    found = list(re.finditer(rb"\d+", data[:1 << 20]))
    if not found:
        return token(data, pick)
    spot = pick.choice(found)
    return data[: spot.start()] + pick.choice(TOKENS[:6]) + data[spot.end() :]


def plant(data, pick):
    """Writes personal data over a stretch of letters, in one byte or two."""
    word = pick.choice(PLANTS)
    for text, pattern in pick.sample(((word, rb"[ -;=?-~]{%d,}"), (word.decode().encode("utf-16le"), rb"(?:[ -~]\0){%d,}")), 2):
        found = list(re.finditer(pattern % len(word), data[:1 << 20]))
        if found:
            start = pick.choice(found).start()
            return data[:start] + text + data[start + len(text) :]
    return data + b" " + word


PLAIN = [cut, flip, delete, double, zero, token, figure, plant]


def repack(data, pick):
    """Damages members of a zip file and packs it anew."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        infos = [info for info in source.infolist() if not info.is_dir() and info.file_size]
        chosen = set(pick.sample(range(len(infos)), min(len(infos), pick.choice((1, 1, 2, 4)))))
        for index, info in enumerate(infos):
            content = source.read(info)
            target.writestr(info.filename, pick.choice(PLAIN)(content, pick) if index in chosen else content)
    return packed.getvalue()


def restream(data, pick):
    """Damages what a stream of a PDF unpacks to, and packs it anew."""
    found = list(re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL))
    for spot in pick.sample(found, min(len(found), 8)):
        unpack = zlib.decompressobj()
        try:
            content = unpack.decompress(spot[1], 4 << 20)
        except zlib.error:
            continue
        if content:
            return data[: spot.start(1)] + zlib.compress(pick.choice(PLAIN)(content, pick)) + data[spot.end(1) :]
    return pick.choice(PLAIN)(data, pick)


def mutate(data, pick):
    kinds = list(PLAIN)
    if data[:2] == b"PK":
        kinds += [repack] * 8
    if data[:4] == b"%PDF":
        kinds += [restream] * 6
    name = "+".join
    made = []
    for kind in (pick.choice(kinds) for _ in range(pick.choice((1, 1, 1, 2)))):
        try:
            data = kind(data, pick) or b"\0"
            made.append(kind.__name__)
        except Exception:  # a zip that Python does not read: damage as it comes
            data = flip(data, pick)
            made.append("flip")
    return data, name(made)


def make_batch(folder, files, seed, size):
    """Writes the mutants of a batch; the same ones for the same seed and files."""
    pick = random.Random(seed)
    for index in range(size):
        path = pick.choice(files[pick.choice(sorted(files))])
        data, kind = mutate(path.read_bytes(), pick)
        name = f"{index:04}-{kind}-{re.sub(r'[^A-Za-z0-9.]', '_', path.name)[-60:]}"
        if index % 10 == 0:
            name = f"{index:04} {pick.choice(PLANTS).decode()} {name[5:]}"
        (folder / name).write_bytes(data)


def scan(binary, folder, timeout, memory):
    """Scans, and answers with what is wrong, the caught panics and the coverage."""
    command = [binary, "scan", str(folder), "--format", "jsonl", "-vv", "--threads", "1"]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        bound = lambda: resource.setrlimit(resource.RLIMIT_AS, (memory << 22, memory << 22))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True, preexec_fn=bound)
        end, pid, wrong = time.monotonic() + timeout, 0, []
        while not pid:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if not pid and time.monotonic() > end:
                os.killpg(process.pid, signal.SIGKILL)
                pid, status, usage = os.wait4(process.pid, 0)
                wrong.append("hang")
            elif not pid:
                time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        told, errors = out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace")
    if process.returncode and "hang" not in wrong:
        wrong.append(f"exit {process.returncode}")
    if usage.ru_maxrss >> 10 > memory:
        wrong.append(f"memory {usage.ru_maxrss >> 10} MiB")
    strangers = [line for line in errors.splitlines() if not OURS.match(line)]
    if strangers and not wrong:
        wrong.append(f"stderr {strangers[0][:80]!r}")
    written = told + errors
    leaks = PLANTED.findall(written) + NUMBER.findall(written) + ADDRESS.findall(written)
    if leaks:
        wrong.append(f"leak of {len(leaks)}")
    coverage = {}
    if not wrong or wrong[0].startswith("leak"):
        try:
            coverage = json.loads(told.splitlines()[-1])["coverage"]
            made = sum(1 for _ in folder.iterdir())
            for what in ("files", "bytes", "members"):
                count = coverage[what]
                if count["enumerated"] != sum(count[status] for status in ("read", "partial", "skipped", "failed")):
                    wrong.append(f"count of {what}")
            if coverage["files"]["enumerated"] != made:
                wrong.append(f"count {coverage['files']['enumerated']} of {made}")
        except (IndexError, KeyError, ValueError) as error:
            wrong.append(f"count: no end event ({type(error).__name__})")
    return wrong, Counter(PANIC.findall(errors)), coverage, usage.ru_maxrss >> 10


def blame(folder, options, keep):
    """Scans the mutants of a failed batch one by one, and keeps those that fail alone."""
    guilty = []
    for path in sorted(folder.iterdir()):
        with tempfile.TemporaryDirectory() as alone:
            shutil.copy(path, alone)
            wrong = scan(options.datakarta, Path(alone), min(options.timeout, 40), options.memory)[0]
        if wrong:
            guilty.append(f"{path.name}: {', '.join(wrong)}")
            if keep:
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, keep)
    return guilty or ["none of them alone"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--datakarta", required=True, metavar="BINARY")
    parser.add_argument("--count", type=int, default=3000, help="mutants altogether (3000)")
    parser.add_argument("--batch", type=int, default=300, help="mutants of one scan (300)")
    parser.add_argument("--seed", type=int, default=4711)
    parser.add_argument("--largest", type=int, default=256, metavar="KIB", help="leave out larger files (256)")
    parser.add_argument("--timeout", type=int, default=300, metavar="SECONDS", help="for a batch (300)")
    parser.add_argument("--memory", type=int, default=1024, metavar="MIB", help="at most resident (1024)")
    parser.add_argument("--formats", help="only files with these extensions, separated by commas")
    parser.add_argument("--state", type=Path, help="goes on from this file; failing mutants go to the folder FILE.kept")
    options = parser.parse_args()
    files = defaultdict(list)
    for start in options.files:
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            extension = path.suffix[1:].lower()
            if path.is_file() and 0 < path.stat().st_size <= options.largest << 10 and not path.name.endswith(".plants.json"):
                if not options.formats or extension in options.formats.split(","):
                    files[extension].append(path)
    if not files:
        parser.error("no files")
    done = {}
    if options.state and options.state.exists():
        done = {line["batch"]: line for line in map(json.loads, options.state.read_text().splitlines())}
    start, batches = time.monotonic(), -(-options.count // options.batch)
    for batch in range(batches):
        if batch in done:
            continue
        with tempfile.TemporaryDirectory(prefix="mutants-") as name:
            folder = Path(name)
            make_batch(folder, files, f"{options.seed}:{batch}", options.batch)
            began = time.monotonic()
            wrong, panics, coverage, memory = scan(options.datakarta, folder, options.timeout, options.memory)
            line = {"batch": batch, "wrong": wrong, "panics": panics, "files": coverage.get("files", {}), "memory": memory,
                    "seconds": round(time.monotonic() - began, 1)}
            if wrong:
                line["guilty"] = blame(folder, options, options.state and Path(f"{options.state}.kept"))
        done[batch] = line
        if options.state:
            with options.state.open("a") as state:
                state.write(json.dumps(line) + "\n")
        for text in [f"{', '.join(wrong)}"] * bool(wrong) + line.get("guilty", []):
            print(f"batch {batch}: {text}")
        print(f"{batch + 1}/{batches} batches, {line['seconds']} s, {memory} MiB, {time.monotonic() - start:.0f} s so far", flush=True)
    panics = sum((Counter(line["panics"]) for line in done.values()), Counter())
    counts = sum((Counter(line["files"]) for line in done.values()), Counter())
    failed = [line for line in done.values() if line["wrong"]]
    for place, count in panics.most_common():
        print(f"caught {count} x {place}")
    print(f"{len(done) * options.batch} mutants of {sum(map(len, files.values()))} files in {len(files)} formats: "
          f"{counts['read']} read, {counts['partial']} partial, {counts['skipped']} skipped, {counts['failed']} failed; "
          f"{sum(panics.values())} panics caught at {len(panics)} places; at most {max(line['memory'] for line in done.values())} MiB; "
          f"{len(failed)} of {len(done)} batches wrong")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
