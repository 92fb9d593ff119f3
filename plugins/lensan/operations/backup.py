"""Backup and restore of a home: the warehouse's dump, the raw store, the published reports.

A backup root holds one folder for each backup (``warehouse.dump``, ``manifest.json``) and ``files/``,
which all of them share: files are kept by their SHA-256, so that a backup of every night costs what is
new. The manifest names every file with its SHA-256; nothing is restored before all of it was checked.
Airflow's own metadata is not in it: it holds no figure, and connections belong to the deployment.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from gettext import gettext as _
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

import lensan
from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.domain.settings import Settings
from lensan.operations.running import embedded_postgres, processes
from lensan.reports import export, publishing
from lensan.warehouse import audit

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "warehouse.dump"
LOCK = ".lock"
NAME = "%Y%m%dT%H%M%S"


class BackupError(RuntimeError):
    """A backup cannot be made, trusted or restored; the text says why and what to do."""


# ---------------------------------------------------------------- making one


def make(url: str, home: Settings, root: Path, *, moment: datetime) -> dict[str, Any]:
    """Back a home up below ``root``; returns the manifest's head with ``folder`` and ``missing``, the
    raw files the warehouse knows and the home lacks. ``moment`` (aware) names it.

    All of it is for its owner only. Waits for another backup or pruning of the same root. Raises
    BackupError. A backup that dies leaves a folder ``….partial``, which is not a backup.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with processes.locked(root / LOCK):
        return _make(url, home, root, moment)


def _make(url: str, home: Settings, root: Path, moment: datetime) -> dict[str, Any]:
    engine = warehouse.connect(url)
    folder = root / moment.astimezone(ICT).strftime(NAME)
    if folder.exists():
        raise BackupError(
            _("{folder} is there already; wait a second and try again").format(folder=folder)
        )
    partial = folder.with_suffix(".partial")
    partial.mkdir(mode=0o700)
    _own_folder(root / "files")
    with engine.begin() as connection:
        counts = warehouse.rows(connection, "operations/backup/counts")[0]
        known = [row["sha256"] for row in warehouse.rows(connection, "operations/backup/raw_files")]
        version = warehouse.rows(connection, "operations/backup/server")[0]["version"]
    _postgres(
        "pg_dump", url, "--format=custom", "--no-owner", "--no-acl", f"--file={partial / DUMP}"
    )
    (partial / DUMP).chmod(0o600)
    # After the dump: files stand in the raw store before the warehouse knows them.
    files = {path.relative_to(home.home).as_posix(): _keep(path, root) for path in _files_of(home)}
    acts, head = audit.head(engine)
    manifest = {
        "format": FORMAT,
        "made_at": moment.isoformat(),
        "code_version": lensan.__version__,
        "postgresql": version,
        "audit_head": head,
        "counts": counts | {"acts": acts},
        "dump": _entry(partial / DUMP),
        "files": files,
    }
    _write(partial / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    partial.rename(folder)
    missing = [s for s in known if f"{home.raw_store.name}/{s[:2]}/{s}" not in files]
    return {
        "folder": str(folder),
        "files": len(files),
        "bytes": sum(each["bytes"] for each in files.values()) + manifest["dump"]["bytes"],
        "reports": counts["reports"],
        "audit_head": head,
        "missing": len(missing),
    }


def _files_of(home: Settings) -> Iterator[Path]:
    """Raw files and reports, without exports: ``lensan export`` makes those again to the byte."""
    for top in (home.raw_store, home.reports):
        for path in sorted(top.rglob("*")):
            is_export = top == home.reports and path.relative_to(top).parts[0] == export.DATA
            if path.is_file() and not path.name.startswith(".") and not is_export:
                yield path


def _keep(path: Path, root: Path) -> dict[str, Any]:
    """Copy a file into the root's ``files/`` unless it is there to the byte; returns its entry."""
    entry = _entry(path)
    kept = _kept(root, entry["sha256"])
    _own_folder(kept.parent)
    if kept.exists() and _sha256(kept) == entry["sha256"]:
        kept.chmod(0o600)
    else:
        part = kept.with_suffix(".part")
        part.touch(mode=0o600)
        shutil.copyfile(path, part)
        if _sha256(part) != entry["sha256"]:
            raise BackupError(_("{path} changed while it was copied; try again").format(path=path))
        _sync(part)
        part.replace(kept)
    return entry


def _own_folder(path: Path) -> None:
    path.mkdir(exist_ok=True)
    path.chmod(0o700)


def _kept(root: Path, sha256: str) -> Path:
    return root / "files" / sha256[:2] / sha256


def _entry(path: Path) -> dict[str, Any]:
    return {"sha256": _sha256(path), "bytes": path.stat().st_size}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
    _sync(path)


def _postgres(program: str, url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on a database; the password goes by the environment, not by the
    command line, which everybody on the machine can read."""
    path = embedded_postgres.binaries() / program
    if not path.exists():
        found = shutil.which(program)
        if found is None:
            raise BackupError(
                _(
                    "{program} is neither beside the server's binaries nor on the PATH; install PostgreSQL's client programs, or set LENSAN_POSTGRES_BIN"
                ).format(program=program)
            )
        path = Path(found)
    address = make_url(url)
    environment = os.environ | {
        "PGPASSWORD": str(address.password or ""),
        "PGHOST": str(address.host or ""),
        "PGPORT": str(address.port or 5432),
        "PGUSER": str(address.username or ""),
        "PGDATABASE": str(address.database or ""),
    }
    done = subprocess.run(
        [path, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(
            _("{program} ended with {returncode}: {said}").format(
                program=program, returncode=done.returncode, said=done.stderr.strip()[-1000:]
            )
        )


# ---------------------------------------------------------------- checking and restoring


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a backup, after every byte of it was compared; waits for whoever makes or removes one.
    Raises BackupError naming what is missing or spoiled."""
    with _undisturbed(folder.parent):
        return _verified(folder)


@contextlib.contextmanager
def _undisturbed(root: Path) -> Iterator[None]:
    """Nothing is made or removed below a root meanwhile. What cannot be written to is not changed from here,
    such as a disk that was brought for a restore."""
    if not os.access(root, os.W_OK):
        yield
        return
    with processes.locked(root / LOCK):
        yield


def _verified(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.exists():
        raise BackupError(
            _("{folder} is no backup: it has no {MANIFEST}").format(
                folder=folder, MANIFEST=MANIFEST
            )
        )
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise BackupError(
            _("{folder} is of format {format}; this version reads {FORMAT}").format(
                folder=folder, format=manifest["format"], FORMAT=FORMAT
            )
        )
    places = {folder / DUMP: manifest["dump"]["sha256"]} | {
        _kept(folder.parent, entry["sha256"]): entry["sha256"]
        for entry in manifest["files"].values()
    }
    bad = [
        place.name
        for place, sha256 in places.items()
        if not place.exists() or _sha256(place) != sha256
    ]
    if bad:
        raise BackupError(
            _(
                "{number} files of {folder} are missing or spoiled, as {first}; take another backup"
            ).format(number=len(bad), folder=folder, first=bad[0])
        )
    return manifest


def restore(folder: Path, url: str, home: Settings, *, force: bool = False) -> dict[str, Any]:
    """Restore a backup into a warehouse and a home; returns what was restored.

    Both must be empty; with ``force`` what is there is replaced. Nothing is touched before the whole
    backup was checked, and the backup stays until the end. Raises BackupError.
    """
    with _undisturbed(folder.parent):
        return _restored(folder, url, home, force=force)


def _restored(folder: Path, url: str, home: Settings, *, force: bool) -> dict[str, Any]:
    manifest = _verified(folder)
    engine = warehouse.connect(url)
    if not force:
        _refuse_to_overwrite(engine, home, manifest)
    _postgres("pg_restore", url, "--list", f"--file={os.devnull}", str(folder / DUMP))
    with engine.begin() as connection:
        warehouse.run(connection, "operations/backup/clear")
    _postgres(
        "pg_restore", url, "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction",
        f"--dbname={make_url(url).database}", str(folder / DUMP),
    )  # fmt: skip
    warehouse.migrate(engine)
    with engine.begin() as connection:
        if warehouse.may_manage_roles(connection):
            warehouse.apply_roles(connection)
        counts = warehouse.rows(connection, "operations/backup/counts")[0]
    broken = audit.verify(engine, noted=manifest["audit_head"] or None)
    if broken is not None:
        raise BackupError(
            _("restored, but the audit chain is broken: {what}").format(what=broken.what)
        )
    for name, entry in manifest["files"].items():
        _bring_back(folder, home, name, entry["sha256"])
    return {"made_at": manifest["made_at"], **counts, "written": len(manifest["files"])}


def restore_raw(folder: Path, home: Settings) -> dict[str, Any]:
    """Bring the raw files of a backup back that are gone or spoiled in a home, and nothing else; returns how
    many were looked at and written. Raises BackupError."""
    with _undisturbed(folder.parent):
        manifest = _verified(folder)
        raw = [name for name in manifest["files"] if name.startswith(f"{home.raw_store.name}/")]
        written = [_bring_back(folder, home, n, manifest["files"][n]["sha256"]) for n in raw]
    return {"made_at": manifest["made_at"], "raw_files": len(raw), "written": sum(written)}


def _bring_back(folder: Path, home: Settings, name: str, sha256: str) -> bool:
    """Copy a file of a backup to its place in a home, unless it is there to the byte; says whether."""
    target = home.home / name
    if target.exists() and _sha256(target) == sha256:
        return False
    is_raw = name.startswith(f"{home.raw_store.name}/")
    if is_raw:
        target.parent.mkdir(parents=True, exist_ok=True)
    else:
        publishing.own_folder(target.parent, home.reports)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(_kept(folder.parent, sha256), part)
    part.chmod(0o440 if is_raw else publishing.FILE_MODE)
    part.replace(target)
    return True


def _refuse_to_overwrite(engine: Engine, home: Settings, manifest: Mapping[str, Any]) -> None:
    with engine.begin() as connection:
        if warehouse.scalar(connection, "operations/backup/contents"):
            counts = warehouse.rows(connection, "operations/backup/counts")[0]
            if any(counts.values()):
                raise BackupError(
                    _(
                        "the warehouse is not empty ({files} files, {reports} reports); restore into another one, or add --force to replace it"
                    ).format(files=counts["files"], reports=counts["reports"])
                )
    others = [
        path
        for path in _files_of(home)
        if manifest["files"].get(path.relative_to(home.home).as_posix(), {}).get("sha256")
        != _sha256(path)
    ]
    if others:
        raise BackupError(
            _(
                "{home} holds {number} files that are not the backup's, as {name}; restore into another home, or add --force to replace those of the same name"
            ).format(home=home.home, number=len(others), name=others[0].name)
        )


# ---------------------------------------------------------------- which there are, which go


def backups(root: Path) -> list[dict[str, Any]]:
    """The backups below a root, newest first: folder, made_at, reports, bytes of the dump."""
    found = []
    for path in sorted(root.glob(f"*/{MANIFEST}"), reverse=True):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        found.append(
            {
                "folder": str(path.parent),
                "made_at": manifest["made_at"],
                "reports": manifest["counts"]["reports"],
                "files": len(manifest["files"]),
                "audit_head": manifest["audit_head"],
            }
        )
    return found


def prune(root: Path, *, keep: timedelta, moment: datetime) -> int:
    """Remove backups older than ``keep`` but never the newest, and files that none of the others
    names; returns how many backups went. ``moment`` is aware. Waits for a backup that is being made."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with processes.locked(root / LOCK):
        return _prune(root, moment - keep)


def _prune(root: Path, before: datetime) -> int:
    removed = 0
    for each in backups(root)[1:]:
        if datetime.fromisoformat(each["made_at"]) < before:
            shutil.rmtree(each["folder"])
            removed += 1
    named = set()
    for path in root.glob(f"*/{MANIFEST}"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        named |= {entry["sha256"] for entry in manifest["files"].values()}
    if removed:
        for path in (root / "files").glob("*/*"):
            if path.name not in named:
                path.unlink()
    return removed
