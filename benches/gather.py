#!/usr/bin/env python3
"""Takes the documents out of fetched packages; corpus.sh calls it.

    gather.py FETCHED FOLDER FORMAT...

FETCHED/SOURCE/PACKAGE/ holds archives as they came. Each document whose extension is one of FORMAT goes to
FOLDER/FORMAT/HASH-NAME, once by content, at most LIMIT of one format from one package, and FOLDER/origin.tsv
tells its name, SHA-256, size, package and path there. Packages that were gone through before are passed over.
"""

import gzip
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

LIMIT = 400
LARGEST = 24 << 20
DEPTH = 3
ARCHIVES = (".zip", ".whl", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".crate", ".gem", ".jar")


def members(name, stream, depth=0):
    """Yields (path, bytes) of every file in an archive, also of archives in it. `stream` is a binary file."""
    if depth > DEPTH:
        return
    if name.endswith((".zip", ".whl", ".jar")):
        with zipfile.ZipFile(stream) as archive:
            for info in archive.infolist():
                if not info.is_dir() and info.file_size <= LARGEST << 3:
                    yield from member(f"{name}/{info.filename}", lambda: archive.open(info), info.file_size, depth)
    else:
        with tarfile.open(fileobj=stream, mode="r:*") as archive:
            for info in archive:
                if info.isreg():
                    yield from member(f"{name}/{info.name}", lambda: archive.extractfile(info), info.size, depth)


def member(path, opened, size, depth):
    try:
        if path.lower().endswith(ARCHIVES):
            with opened() as stream:
                yield from members(path, io.BytesIO(stream.read()), depth + 1)
        elif size <= LARGEST:
            with opened() as stream:
                content = stream.read()
            # Manuals of Debian are compressed one by one.
            if path.endswith(".gz"):
                path, content = path[:-3], gzip.decompress(content)
            yield path, content
    except Exception as error:  # damaged and encrypted archives are test data too
        print(f"gather.py: {path}: {type(error).__name__}", file=sys.stderr)


def package(path):
    if path.suffix == ".deb":
        command = ["dpkg-deb", "--fsys-tarfile", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            yield from members(path.name, io.BytesIO(process.stdout.read()))
    elif path.name.endswith(ARCHIVES):
        with path.open("rb") as stream:
            yield from members(path.name, stream)


def main(fetched, folder, formats):
    origin = Path(folder, "origin.tsv")
    rows = [line.split("\t") for line in origin.read_text().splitlines()] if origin.exists() else []
    known = {digest for _, digest, *_ in rows}
    for home in sorted(path for path in Path(fetched).glob("*/*") if (path / ".done").exists()):
        done = home / ".gathered"
        if done.exists():
            continue
        found = {}
        for archive in sorted(path for path in home.iterdir() if path.is_file()):
            try:
                for path, content in package(archive):
                    extension = path.rsplit(".", 1)[-1].lower()
                    digest = hashlib.sha256(content).hexdigest()
                    if extension in formats and content and digest not in known:
                        known.add(digest)
                        found.setdefault(extension, []).append((digest, path, content))
            except Exception as error:
                print(f"gather.py: {archive.name}: {type(error).__name__}", file=sys.stderr)
        for extension, documents in found.items():
            (Path(folder) / extension).mkdir(exist_ok=True)
            for digest, path, content in sorted(documents)[:LIMIT]:
                name = re.sub(r"[^\w.+-]", "_", path.rsplit("/", 1)[-1])[-80:]
                target = f"{extension}/{digest[:8]}-{name}"
                (Path(folder) / target).write_bytes(content)
                path = re.sub(r"[\t\r\n]", " ", path.encode("utf-8", "replace").decode())
                rows.append([target, digest, str(len(content)), f"{home.parent.name}/{home.name}", path])
        origin.write_text("".join("\t".join(row) + "\n" for row in sorted(rows)))
        done.touch()
    counts = Counter(row[0].split("/", 1)[0] for row in rows)
    print(f"{len(rows)} documents:", ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], set(sys.argv[3:]))
