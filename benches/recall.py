#!/usr/bin/env python3
"""How much of what an independent reader finds in real files `datakarta extract` finds too.

    benches/recall.py --datakarta target/release/datakarta --cache REFERENCES FOLDER...

Every file below the folders whose extension is known is read twice: by the reader of its format (see FORMATS), whose
answer is kept in the cache, and by `datakarta extract`. Each reading is a process of its own with a limit of time;
LibreOffice, whose start is long, is given twenty files first. Compared is what both could read:

- words: the distinct ones of the reader (`\\w+` after NFKC, lower case, words hyphenated at line ends joined) that
  datakarta found too. The mean is over files; the other figure over words, a file weighing 3,000 words at most.
- digits: of these words the ones with four digits or more. E-mail: addresses. Both over all files together.
- CPU: user and system time of datakarta to that of the reader, its start included; MiB: the most that datakarta took,
  or this script if that is more.

A reader is no truth: it leaves out headers, comments or hidden text, and numbers lists or shows today's date as it
likes. `--list` shows what is behind a figure. Files of which the reader knows fewer than five words are not compared.

Needs pdftotext (poppler-utils), soffice (libreoffice), catppt (catdoc), and of PyPI: openpyxl, xlrd, pyxlsb, odfpy,
python-docx, python-pptx. `corpus.sh` fetches files.
"""

import argparse
import datetime
import decimal
import gzip
import hashlib
import html
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
import unicodedata
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

TIMEOUT = 30  # seconds, for datakarta and for a reader
MEMORY = 4 << 30  # bytes of address space; LibreOffice is not bound
CAP = 3000  # words that a file weighs at most
FEWEST = 5  # words of a reader from which on a file is compared
CACHE_VERSION = "1"

# Of each format the extensions that stand for it, and its readers.
FORMATS = {
    "pdf": ("pdf", ["pdftotext"]),
    "docx": ("docx docm dotx dotm", ["LibreOffice", "python-docx"]),
    "doc": ("doc dot", ["LibreOffice"]),
    "odt": ("odt ott fodt sxw", ["LibreOffice"]),
    "rtf": ("rtf", ["LibreOffice"]),
    "pptx": ("pptx pptm ppsx potx", ["python-pptx"]),
    "ppt": ("ppt pps", ["catppt", "LibreOffice"]),
    "odp": ("odp otp", ["zipfile"]),
    "odg": ("odg", ["zipfile"]),
    "xlsx": ("xlsx xlsm xltx xlam", ["openpyxl"]),
    "xlsb": ("xlsb", ["pyxlsb"]),
    "xls": ("xls xlt xlw", ["xlrd"]),
    "ods": ("ods ots", ["odfpy"]),
    "epub": ("epub", ["zipfile"]),
}
FORMAT = {extension: name for name, (extensions, _) in FORMATS.items() for extension in extensions.split()}


# Readers that are libraries of Python: each prints, in a process of its own.


def cell(value):
    """A value as it stands in a cell: 15 digits, no exponent, no midnight. Times of the day are left out."""
    if isinstance(value, float):
        return format(decimal.Decimal(f"{value:.15g}"), "f").removesuffix(".0")
    if value is None or isinstance(value, (bool, datetime.time, datetime.timedelta)):
        return ""
    return str(value).removesuffix(" 00:00:00")


def openpyxl_cells(path):
    import openpyxl

    with open(path, "rb") as file:
        for sheet in openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets:
            for row in sheet.iter_rows(values_only=True):
                print(*map(cell, row), sep="\n")


def xlrd_cells(path):
    import xlrd

    book = xlrd.open_workbook(path, logfile=sys.stderr)
    for sheet in book.sheets():
        for kind, value in ((entry.ctype, entry.value) for row in sheet.get_rows() for entry in row):
            if kind == xlrd.XL_CELL_DATE and value >= 1:
                try:
                    value = xlrd.xldate_as_datetime(value, book.datemode)
                except (xlrd.xldate.XLDateError, OverflowError, ValueError):
                    pass
            if kind in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                print(cell(value))


def pyxlsb_cells(path):
    import pyxlsb

    with pyxlsb.open_workbook(path) as book:
        for name in book.sheets:
            with book.get_sheet(name) as sheet:
                for row in sheet.rows(sparse=True):
                    print(*(cell(entry.v) for entry in row if not str(entry.v).startswith("0x")), sep="\n")


def odfpy_text(path):
    """Paragraphs; of cells with a number the number, since 2033001 may be shown as `2.033.001`."""
    from odf import opendocument, table, teletype, text

    document = opendocument.load(path)
    blocks = [block for kind in (text.H, text.P) for block in document.getElementsByType(kind)]
    for block in blocks:
        parent = block.parentNode
        value = parent.qname == table.TableCell().qname and parent.getAttribute("value")
        print(cell(float(value)) if value else teletype.extractText(block))


def docx_paragraphs(path):
    import docx

    document = docx.Document(path)
    # Tables hold cells that hold tables; what lies in merged cells comes twice.
    blocks = [document]
    while blocks:
        block = blocks.pop()
        for paragraph in block.paragraphs:
            print(paragraph.text)
        for table in block.tables:
            blocks += [cell for row in table.rows for cell in row.cells]


def pptx_shapes(path):
    import pptx

    shapes = []
    for slide in pptx.Presentation(path).slides:
        shapes += slide.shapes
        if slide.has_notes_slide:
            shapes += slide.notes_slide.shapes
    for shape in shapes:
        if hasattr(shape, "shapes"):
            shapes += shape.shapes
        if shape.has_text_frame:
            print(shape.text_frame.text)
        if getattr(shape, "has_table", False):
            for cell in shape.table.iter_cells():
                print(cell.text)


def zipped_text(path):
    """The text between the tags, of EPUB and OpenDocument."""
    inline = "a|abbr|b|big|code|em|font|i|small|span|strong|su[bp]|tt|u|text:a|text:span"
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name == "content.xml" or name.lower().endswith((".html", ".xhtml", ".htm")):
                page = archive.read(name).decode("utf-8", "replace")
                page = re.sub(rf"(?s)<!--.*?-->|<(script|style)\b.*?</\1>|</?(?:{inline})\b[^>]*>", "", page)
                print(html.unescape(re.sub(r"<[^>]*>", "\n", page)))


LIBRARIES = {
    "openpyxl": openpyxl_cells,
    "xlrd": xlrd_cells,
    "pyxlsb": pyxlsb_cells,
    "odfpy": odfpy_text,
    "python-docx": docx_paragraphs,
    "python-pptx": pptx_shapes,
    "zipfile": zipped_text,
}


# Processes.


def run(command, timeout=TIMEOUT, memory=MEMORY):
    """Runs a command in a process group of its own, and ends that group when its time is up."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        bound = (lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory))) if memory else None
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True, preexec_fn=bound
        )
        end, late, pid = time.monotonic() + timeout, False, 0
        while not pid:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if not pid and not late and time.monotonic() > end:
                os.killpg(process.pid, signal.SIGKILL)
                late = True
            if not pid:
                time.sleep(0.004)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return SimpleNamespace(
            output=out.read(),
            errors=err.read(1 << 16).decode("utf-8", "replace"),
            code=process.returncode,  # negative: the signal
            cpu=usage.ru_utime + usage.ru_stime,
            memory=usage.ru_maxrss >> 10,  # MiB
            late=late,
        )


def libre_office(paths, profile, timeout=TIMEOUT):
    """Text as LibreOffice saves it, of slides by way of PDF; its start is long, so it may be given several files."""
    target = "pdf" if paths[0].suffix[1:].lower() in FORMATS["ppt"][0].split() else "txt:Text (encoded):UTF8"
    with tempfile.TemporaryDirectory() as folder:
        command = ["soffice", "--headless", f"-env:UserInstallation={Path(profile).as_uri()}", "--convert-to"]
        done = run([*command, target, "--outdir", folder, *map(str, paths)], timeout, memory=None)
        texts = {result.stem: result.read_bytes() for result in Path(folder).glob("*.txt")}
        for result in Path(folder).glob("*.pdf"):
            texts[result.stem] = run(["pdftotext", "-enc", "UTF-8", str(result), "-"]).output
        return done, texts


def read_by(reader, path, profile):
    if reader == "pdftotext":
        return run(["pdftotext", "-enc", "UTF-8", str(path), "-"])
    if reader == "catppt":
        return run(["catppt", "-d", "utf-8", str(path)])
    if reader == "LibreOffice":
        done, texts = libre_office([path], profile)
        done.output, done.code = next(iter(texts.values()), b""), 0 if texts else 1
        return done
    return run([sys.executable, __file__, "--read", reader, str(path)])


class Cache:
    """What the readers say of files: the text, or None, and the CPU time."""

    def __init__(self, folder):
        self.folder = folder
        self.profile = tempfile.mkdtemp()
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, reader, digest):
        return self.folder / f"{digest}-{reader}-{CACHE_VERSION}.json.gz"

    def put(self, reader, digest, output, cpu):
        answer = [None if output is None else output.decode("utf-8", "replace"), cpu]
        self.path(reader, digest).write_bytes(gzip.compress(json.dumps(answer).encode(), mtime=0))

    def get(self, reader, digest, path):
        try:
            return json.loads(gzip.decompress(self.path(reader, digest).read_bytes()))
        except (OSError, ValueError):
            done = read_by(reader, path, self.profile)
            self.put(reader, digest, None if done.code else done.output, done.cpu)
            return self.get(reader, digest, path)

    def fill(self, files, at_once=20):
        """Lets LibreOffice read many files at once; what it does not read so is tried alone."""
        files = [(digest, path) for digest, path in files if not self.path("LibreOffice", digest).exists()]
        for start in range(0, len(files), at_once):
            batch = files[start : start + at_once]
            with tempfile.TemporaryDirectory() as folder:
                copies = [Path(shutil.copy(path, Path(folder, digest + path.suffix))) for digest, path in batch]
                done, texts = libre_office(copies, self.profile, TIMEOUT * 4)
            for digest, text in texts.items():
                # Fields show the name of the file, and the name here is ours.
                self.put("LibreOffice", digest, text.replace(digest.encode(), b""), done.cpu / len(batch))


# Comparing.

HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad]\s*\n\s*(?=[^\W\d_])")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def words_of(text):
    """The distinct words of a text, those of them with four digits and more, and the addresses."""
    text = unicodedata.normalize("NFKC", HYPHEN.sub("", text)).replace("\u00ad", "").lower()
    words = set(re.findall(r"\w+", text))
    return words, {word for word in words if sum(map(str.isdigit, word)) >= 4}, set(EMAIL.findall(text))


@dataclass
class Row:
    count: Counter = field(default_factory=Counter)
    wrong: Counter = field(default_factory=Counter)
    recalls: list = field(default_factory=list)  # (recall, weight, path, missing)
    memory: int = 0


def extracted(done):
    """All text of `extract`'s lines, or None where nothing was read."""
    texts = []
    for line in done.output.decode("utf-8", "replace").splitlines():
        try:
            texts.append(json.loads(line).get("text") or "")
        except ValueError:  # the last line of a run that was ended
            continue
    return None if done.code and not texts else "\n".join(texts)


def compare(row, path, done, said, reader, reader_cpu):
    row.count["files"] += 1
    row.memory = max(row.memory, done.memory)
    text = extracted(done)
    if "panicked" in done.errors:
        row.wrong["panic"] += 1
    if done.late:
        row.wrong["timeout"] += 1
    elif done.code < 0:
        row.wrong[signal.Signals(-done.code).name] += 1
    elif done.code:
        reason = re.search(r"\(([a-z_ -]+)\)\s*$", done.errors)
        row.wrong[reason[1] if reason else f"exit {done.code}"] += 1
    theirs = words_of(said or "")
    if reader == "LibreOffice":  # It numbers lists, notes and pages itself.
        theirs[0].difference_update([word for word in theirs[0] if re.fullmatch(r"\d{1,2}|\w", word)])
    if len(theirs[0]) < FEWEST:
        row.count["datakarta"] += said is None and bool(text and text.strip())
    elif text is None:
        row.count["reader"] += 1
    else:
        row.count["both"] += 1
        ours = words_of(text)
        for name, those, these in zip(("digits", "e-mail"), theirs[1:], ours[1:], strict=True):
            row.count[name] += len(those & these)
            row.count["their " + name] += len(those)
        missing = theirs[0] - ours[0]
        row.recalls.append((1 - len(missing) / len(theirs[0]), min(len(theirs[0]), CAP), path, missing))
        row.count["cpu"] += done.cpu
        row.count["their cpu"] += reader_cpu


# Telling.


def ratio(part, whole, digits=3):
    return f"{part / whole:.{digits}f}" if whole else "-"


HEADS = "format,reader,files,both read,reader alone,datakarta alone,mean,micro,digits,e-mail,< 0.9,not read,CPU,MiB"


def cells(name, row):
    count, weights = row.count, [weight for _, weight, *_ in row.recalls]
    return [
        *name,
        *(str(count[what]) for what in ("files", "both", "reader", "datakarta")),
        ratio(sum(recall for recall, *_ in row.recalls), len(row.recalls)),
        ratio(sum(recall * weight for recall, weight, *_ in row.recalls), sum(weights)),
        ratio(count["digits"], count["their digits"]),
        ratio(count["e-mail"], count["their e-mail"]),
        str(sum(recall < 0.9 for recall, *_ in row.recalls)),
        ", ".join(f"{number} {reason}" for reason, number in row.wrong.most_common()) or "-",
        ratio(count["cpu"], count["their cpu"], 2),
        str(row.memory),
    ]


def print_table(rows, markdown):
    table = [HEADS.split(","), *(cells(name, row) for name, row in rows.items())]
    if markdown:
        table.insert(1, ["---"] * len(table[0]))
        for line in table:
            print("|", " | ".join(line), "|")
        return
    widths = [max(map(len, column)) for column in zip(*table)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def print_worst(rows, number):
    for name, row in rows.items():
        print(f"\n{' / '.join(name)}")
        for recall, _, path, missing in sorted(row.recalls, key=lambda entry: (entry[0], str(entry[2])))[:number]:
            if missing:
                print(f"{recall:.3f} {path}: {' '.join(sorted(missing)[:10])}")


def main():
    if sys.argv[1:2] == ["--read"]:
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
        LIBRARIES[sys.argv[2]](sys.argv[3])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--datakarta", required=True, metavar="BINARY")
    parser.add_argument("--cache", required=True, type=Path, help="where the readers' answers are kept")
    parser.add_argument("--formats", help="only these, separated by commas")
    parser.add_argument("--sample", type=int, metavar="N", help="at most N files of a format, always the same ones")
    parser.add_argument("--list", type=int, default=0, metavar="N", help="the N worst files of each format")
    parser.add_argument("--markdown", action="store_true", help="the table as it stands in docs/FORMATS.md")
    options = parser.parse_args()
    wanted = options.formats.split(",") if options.formats else list(FORMATS)
    found = defaultdict(dict)  # format to digest to path: a file that lies in two folders counts once
    for path in sorted(path for folder in options.folders for path in folder.rglob("*")):
        name = FORMAT.get(path.suffix[1:].lower())
        if name in wanted and path.is_file():
            found[name].setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    rows, cache = {}, Cache(options.cache)
    try:
        for name in wanted:
            files = sorted(found[name].items())
            if options.sample and len(files) > options.sample:
                files = sorted(random.Random(4711).sample(files, options.sample))
            if "LibreOffice" in FORMATS[name][1]:
                cache.fill(files)
            for digest, path in files:
                done = run([options.datakarta, "extract", str(path), "--reveal", "--format", "jsonl"])
                for reader in FORMATS[name][1]:
                    said, cpu = cache.get(reader, digest, path)
                    compare(rows.setdefault((name, reader), Row()), path, done, said, reader, cpu)
    finally:
        shutil.rmtree(cache.profile, ignore_errors=True)
    print_table(rows, options.markdown)
    if options.list:
        print_worst(rows, options.list)


if __name__ == "__main__":
    main()
