"""Where files come from: a landing root's folders, and the raw store that keeps every byte.

Remote locations (lensan.intake.locations) are fetched into the same raw store and then go the same way.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from lensan.domain.periods import ICT

_IGNORED_NAMES = re.compile(r"^(\.|~\$)|\.(tmp|part|crdownload)$|^(Thumbs\.db|desktop\.ini)$", re.I)


@dataclass(frozen=True)
class Arrival:
    """A file as found: ``name`` is its path below the source's location, ``export_date`` what its
    name says, else its modification date in Asia/Ho_Chi_Minh."""

    name: str
    path: Path
    sha256: str
    size_bytes: int
    export_date: date

    @property
    def days(self) -> list[date]:
        """All days that its name bears."""
        return days_in_name(self.name)


def export_date(name: str, modified_at: datetime, arrived_at: datetime | None = None) -> date:
    """``YYYYMMDD`` or ``YYYY-MM-DD`` in the file's name, else the modification date.

    See docs/rules/sources.md#export-date.

    A slice named by its first and last day was exported on the last of them or later. No export is
    younger than its arrival: a day in the name that lies after ``arrived_at`` is a slip and not taken.
    """
    arrived_on = arrived_at.astimezone(ICT).date() if arrived_at is not None else date.max
    past = [day for day in days_in_name(name) if day <= arrived_on]
    return max(past) if past else min(modified_at.astimezone(ICT).date(), arrived_on)


def days_in_name(name: str) -> list[date]:
    """All days that a file's name bears: ``20211118``, ``2021-11-18``."""
    found = []
    stem = name.rsplit("/", 1)[-1]
    for year, _, month, day in re.findall(r"(?<!\d)(20\d{2})(-?)(\d{2})\2(\d{2})(?!\d)", stem):
        with contextlib.suppress(ValueError):
            found.append(date(int(year), int(month), int(day)))
    return found


def is_ignored(name: str) -> bool:
    """Whether a file of this name (without folders) is none of ours: hidden, temporary, half done."""
    return _IGNORED_NAMES.search(name) is not None


def find(folder: Path) -> Iterator[Path]:
    """All files below a folder, in the order of their names; a folder that is not there has none."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root) / name
            if not is_ignored(name) and path.is_file():
                yield path


def receive(folder: Path, raw_store: Path, arrived_at: datetime | None = None) -> Iterator[Arrival]:
    """Copy each file below ``folder`` into the raw store under its SHA-256, once. ``arrived_at``: when
    they are found; no export date lies after it."""
    for path in find(folder):
        modified_at = datetime.fromtimestamp(path.stat().st_mtime, ICT)
        name = path.relative_to(folder).as_posix()
        sha256, size_bytes = sha256_of(path), path.stat().st_size
        kept = raw_path(raw_store, sha256)
        if not kept.exists():
            sha256, size_bytes = _store(path, raw_store)
        yield Arrival(
            name,
            raw_path(raw_store, sha256),
            sha256,
            size_bytes,
            export_date(name, modified_at, arrived_at),
        )


def raw_path(raw_store: Path, sha256: str) -> Path:
    """Where the raw store keeps a file."""
    return raw_store / sha256[:2] / sha256


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _store(path: Path, raw_store: Path) -> tuple[str, int]:
    """Copy, hash what was copied, and move into place: a file still growing is stored as it was."""
    with path.open("rb") as stream:
        return keep(iter(lambda: stream.read(1 << 20), b""), raw_store)


def keep(chunks: Iterable[bytes], raw_store: Path) -> tuple[str, int]:
    """Put bytes into the raw store under their SHA-256; returns it and their number.

    They get there whole or not at all: whatever ``chunks`` raises, nothing is kept.
    """
    raw_store.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size_bytes = 0
    with tempfile.NamedTemporaryFile(dir=raw_store, prefix=".incoming-", delete=False) as copy:
        temporary = Path(copy.name)
        try:
            for chunk in chunks:
                copy.write(chunk)
                digest.update(chunk)
                size_bytes += len(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    kept = raw_path(raw_store, digest.hexdigest())
    kept.parent.mkdir(exist_ok=True)
    temporary.chmod(0o440)
    temporary.replace(kept)
    return digest.hexdigest(), size_bytes
