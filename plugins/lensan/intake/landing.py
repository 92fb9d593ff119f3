"""Where files come from: a landing root's folders, and the raw store that keeps every byte.

Remote locations (lensan.intake.locations) are fetched into the same raw store and then go the same way.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from lensan.domain.periods import ICT

log = logging.getLogger(__name__)
_LITTER = re.compile(r"^(\._|~\$)|^(\.DS_Store|Thumbs\.db|desktop\.ini)$", re.I)
_HALF_DONE = re.compile(
    r"^\.|~$|\.(tmp|part|partial|filepart|crdownload|download|bak|lock)#?$", re.I
)


LONGEST_NAME = 600
"""Letters of a path below a source's location: what an index of the warehouse takes, whatever the letters."""


@dataclass(frozen=True)
class Arrival:
    """A file as found: ``name`` is its path below the source's location, ``export_date`` what its
    name says, else its modification date in Asia/Ho_Chi_Minh."""

    name: str
    path: Path
    sha256: str
    size_bytes: int
    export_date: date
    origin: Path | None = None
    """Where it was found; null: it was fetched."""

    @property
    def in_order(self) -> tuple[date, str, str]:
        """What comes after another stands: by export date, then by the name without its ending (as
        ops.name_in_order), so that "bao-cao (1).xlsx" comes after "bao-cao.xlsx"."""
        return self.export_date, re.sub(r"[.][^./]*$", "", self.name), self.name

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


def is_litter(name: str) -> bool:
    """Whether a file of this name (without folders) is what a system or an office program leaves beside
    people's files. All else that somebody sent in a mail is taken, whatever its name."""
    return _LITTER.search(name) is not None


def is_ignored(name: str) -> bool:
    """Whether a file of this name (without folders) is none of ours: litter, hidden, or half done, as what
    is still being copied into a folder is."""
    return is_litter(name) or _HALF_DONE.search(name) is not None


class SpoiledError(FileNotFoundError):
    """Bytes in the raw store that are gone, or others than those that were received."""


class UnreadFilesError(Exception):
    """Things below a landing root that are no regular files, or cannot be read, and files whose bytes in the
    raw store are spoiled: each with the reason."""

    def __init__(self, unread: Sequence[str]) -> None:
        listed = "".join(f"\n- {each}" for each in unread)
        super().__init__(
            "not everything below the landing root could be read; the rest was loaded. Only regular files "
            "are read, and no links: put the file itself there, or take the entry away, or let this user "
            f"read it.{listed}"
        )


def find(folder: Path) -> Iterator[Path]:
    """All entries below a folder, in the order of their names, whatever they are; a folder that is not
    there has none. No link to a folder is followed."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for name in sorted([*names, *links]):
            if not is_ignored(name):
                yield Path(root) / name


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The regular files below a folder that are there now, each with the name that it is known by."""
    for path in find(folder):
        if not path.is_symlink() and path.is_file():
            yield _shown(path.relative_to(folder).as_posix()), path


def receive(
    folder: Path,
    raw_store: Path,
    arrived_at: datetime | None = None,
    *,
    unread: list[str] | None = None,
    on_new: Callable[[], None] = lambda: None,
) -> Iterator[Arrival]:
    """Copy each file below ``folder`` into the raw store under its SHA-256, once. ``arrived_at``: when
    they are found; no export date lies after it. ``unread`` takes what is no regular file, or cannot be
    read; what has gone since it was found is nobody's. ``on_new`` is called before each is copied. Raises
    UnreadFilesError at the end without ``unread``."""
    left: list[str] = []
    for path in find(folder):
        name = _shown(path.relative_to(folder).as_posix())
        if len(name) > LONGEST_NAME:
            left.append(f"{name[:80]}…: a path of more than {LONGEST_NAME} letters")
            continue
        try:
            sha256, size_bytes, modified_at = _kept(path, raw_store, on_new)
        except FileNotFoundError:
            continue
        except OSError as error:
            left.append(f"{name}: {_why(path, error)}")
            continue
        yield Arrival(
            name,
            raw_path(raw_store, sha256),
            sha256,
            size_bytes,
            export_date(name, modified_at, arrived_at),
            path,
        )
    if unread is not None:
        unread += left
    elif left:
        raise UnreadFilesError(left)


def _shown(name: str) -> str:
    """A name that can be stored and logged: bytes that are no UTF-8, and what controls a terminal, as U+FFFD."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "\ufffd", text)


def _why(path: Path, error: OSError) -> str:
    if path.is_symlink():
        return "a link"
    return "no regular file" if error.errno == errno.EINVAL else error.strerror or str(error)


def _kept(
    path: Path, raw_store: Path, on_new: Callable[[], None] = lambda: None
) -> tuple[str, int, datetime]:
    """SHA-256, size and time of change of a regular file that is in the raw store now. It is opened once:
    what is read is what was looked at, no link is followed, and no pipe is waited for. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:  # noqa: PTH123
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        sha256, size_bytes = hashlib.file_digest(stream, "sha256").hexdigest(), found.st_size
        if not raw_path(raw_store, sha256).exists():
            on_new()
            stream.seek(0)
            # What is copied is digested again: a file still growing is stored as it was.
            sha256, size_bytes = keep(iter(lambda: stream.read(1 << 20), b""), raw_store)
    return sha256, size_bytes, datetime.fromtimestamp(found.st_mtime, ICT)


def raw_path(raw_store: Path, sha256: str) -> Path:
    """Where the raw store keeps a file."""
    return raw_store / sha256[:2] / sha256


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def proven(raw_store: Path, sha256: str) -> Path:
    """Where the raw store keeps a file, whose bytes are read to see that they are what was received.
    Raises SpoiledError where they are not."""
    path = raw_path(raw_store, sha256)
    if not _is_whole(path, sha256):
        raise SpoiledError(
            f"raw file {sha256} is gone or spoiled; bring it back: lensan restore FOLDER-OF-A-BACKUP --raw"
        )
    return path


def prove(arrival: Arrival) -> None:
    """Make sure that an arrival's bytes are those it was found with. A copy that is gone or spoiled is taken
    anew from where the file was found, and that is logged. Raises SpoiledError where it cannot be."""
    raw_store = arrival.path.parent.parent
    if _is_whole(arrival.path, arrival.sha256):
        return
    if arrival.origin is not None:
        arrival.path.unlink(missing_ok=True)
        _kept(arrival.origin, raw_store)
        if arrival.path.exists():
            log.warning(
                "raw file %s was spoiled; it is taken anew from the landing", arrival.sha256
            )
    proven(raw_store, arrival.sha256)


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return sha256_of(path) == sha256
    except FileNotFoundError:
        return False


FLUSHED_AT_ONCE = 16 << 20
"""Bytes after which the disk begins to write a file, while more of it is read."""


def keep(chunks: Iterable[bytes], raw_store: Path) -> tuple[str, int]:
    """Put bytes into the raw store under their SHA-256; returns it and their number.

    They get there whole or not at all: whatever ``chunks`` raises, nothing is kept.
    """
    raw_store.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size_bytes = flushed = 0
    flushing: Future[None] | None = None
    with (
        tempfile.NamedTemporaryFile(dir=raw_store, prefix=".incoming-", delete=False) as copy,
        ThreadPoolExecutor(1, "flushes") as flusher,
    ):
        temporary = Path(copy.name)
        try:
            for chunk in chunks:
                copy.write(chunk)
                digest.update(chunk)
                size_bytes += len(chunk)
                if size_bytes - flushed >= FLUSHED_AT_ONCE and (
                    flushing is None or flushing.done()
                ):
                    if flushing is not None:
                        flushing.result()
                    flushed = size_bytes
                    flushing = flusher.submit(os.fdatasync, copy.fileno())
            copy.flush()
            if flushing is not None:
                flushing.result()
            os.fsync(copy.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    kept = raw_path(raw_store, digest.hexdigest())
    kept.parent.mkdir(exist_ok=True)
    temporary.chmod(0o440)
    temporary.replace(kept)
    return digest.hexdigest(), size_bytes
