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
import tempfile
from collections.abc import Iterator, Mapping, Sequence
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
from lensan.operations import sealing
from lensan.operations.running import embedded_postgres, processes
from lensan.privacy import forgetting
from lensan.producers import history
from lensan.reports import export, publishing
from lensan.warehouse import audit

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "warehouse.dump"
FORGOTTEN = "forgotten.json"
"""Who was forgotten until a backup, as keyed hashes: what an older one brings back is forgotten again."""
LOCK = ".lock"
AGE = ".age"
"""Behind the names of what is encrypted."""
NAME = "%Y%m%dT%H%M%S"


class BackupError(RuntimeError):
    """A backup cannot be made, trusted or restored; the text says why and what to do."""


# ---------------------------------------------------------------- making one


def make(
    url: str, home: Settings, root: Path, *, moment: datetime, encrypt_to: Sequence[str] = ()
) -> dict[str, Any]:
    """Back a home up below ``root``; returns the manifest's head with ``folder`` and ``missing``, the
    raw files the warehouse knows and the home lacks. ``moment`` (aware) names it. ``encrypt_to``: public keys of
    age; dump and files can be read by holders of their private keys alone, the manifest (names, hashes) by all.

    All of it is for its owner only. Waits for another backup or pruning of the same root. Raises
    BackupError. A backup that dies leaves a folder ``….partial``, which is not a backup.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with processes.locked(root / LOCK):
        try:
            return _make(url, home, root, moment, encrypt_to)
        except sealing.KeyRefusedError as error:
            raise BackupError(str(error)) from None


def _make(
    url: str, home: Settings, root: Path, moment: datetime, keys: Sequence[str]
) -> dict[str, Any]:
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
        forgotten = forgetting.notes(connection)
    _postgres(
        "pg_dump", url, "--format=custom", "--no-owner", "--no-acl", f"--file={partial / DUMP}"
    )
    (partial / DUMP).chmod(0o600)
    if forgotten is not None:
        _write(partial / FORGOTTEN, json.dumps(forgotten).encode())
    if keys:
        for name in (DUMP, FORGOTTEN) if forgotten is not None else (DUMP,):
            sealing.encrypt(partial / name, partial / f"{name}{AGE}", keys)
            (partial / f"{name}{AGE}").chmod(0o600)
            (partial / name).unlink()
    # After the dump: files stand in the raw store before the warehouse knows them.
    files = {
        path.relative_to(home.home).as_posix(): _keep(path, root, keys) for path in _files_of(home)
    }
    acts, head = audit.head(engine)
    manifest = {
        "format": FORMAT,
        "made_at": moment.isoformat(),
        "code_version": lensan.__version__,
        "postgresql": version,
        "audit_head": head,
        "counts": counts | {"acts": acts},
        "encrypted_to": list(keys),
        "dump": _entry(partial / (f"{DUMP}{AGE}" if keys else DUMP)),
        "forgotten": {path.name: _entry(path)["sha256"] for path in partial.glob(f"{FORGOTTEN}*")},
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


def _keep(path: Path, root: Path, keys: Sequence[str]) -> dict[str, Any]:
    """Copy a file into the root's ``files/`` unless it is there to the byte; returns its entry.

    Encrypted, its name bears its own hash, the keys' and that of what was written: whether it is whole can be
    told without the private key.
    """
    entry = _entry(path)
    kept = root / "files" / _place(entry)
    _own_folder(kept.parent)
    if keys:
        mark = f"{entry['sha256']}-{sealing.id_of(keys)}"
        whole = [p for p in sorted(kept.parent.glob(f"{mark}-*{AGE}")) if _is_whole(p)]
        if whole:
            return entry | {"kept": whole[0].name}
    elif kept.exists() and _sha256(kept) == entry["sha256"]:
        kept.chmod(0o600)
        return entry
    part = kept.with_suffix(".part")
    part.touch(mode=0o600)
    shutil.copyfile(path, part)
    if _sha256(part) != entry["sha256"]:
        raise BackupError(_("{path} changed while it was copied; try again").format(path=path))
    if keys:
        sealed = kept.with_suffix(".sealed")
        sealed.touch(mode=0o600)
        sealing.encrypt(part, sealed, keys)
        part.unlink()
        part, kept = sealed, kept.with_name(f"{mark}-{_sha256(sealed)}{AGE}")
        entry |= {"kept": kept.name}
    _sync(part)
    part.replace(kept)
    return entry


def _place(entry: Mapping[str, Any]) -> str:
    """Where an entry's bytes lie below the root's ``files/``."""
    return f"{entry['sha256'][:2]}/{entry.get('kept', entry['sha256'])}"


def _is_whole(kept: Path) -> bool:
    """Whether a kept file is what its name says."""
    return kept.exists() and _sha256(kept) == kept.name.removesuffix(AGE).rpartition("-")[2]


def _own_folder(path: Path) -> None:
    path.mkdir(exist_ok=True)
    path.chmod(0o700)


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
    dump = _dump(folder, manifest)
    is_whole = dump.exists() and _sha256(dump) == manifest["dump"]["sha256"]
    places = {folder.parent / "files" / _place(entry) for entry in manifest["files"].values()}
    bad = [] if is_whole else [dump.name]
    for name, sha256 in manifest.get("forgotten", {}).items():
        if not (folder / name).exists() or _sha256(folder / name) != sha256:
            bad.append(name)
    bad += [place.name for place in sorted(places) if not _is_whole(place)]
    if bad:
        raise BackupError(
            _(
                "{number} files of {folder} are missing or spoiled, as {first}; take another backup"
            ).format(number=len(bad), folder=folder, first=bad[0])
        )
    return manifest


def _dump(folder: Path, manifest: Mapping[str, Any]) -> Path:
    return folder / (f"{DUMP}{AGE}" if manifest.get("encrypted_to") else DUMP)


@contextlib.contextmanager
def _readable(source: Path, beside: Path, identity: Path | None) -> Iterator[Path]:
    """A file of a backup as it was before it was encrypted; a copy in a folder for its owner only, for as long as
    the block takes. Raises BackupError."""
    if not source.name.endswith(AGE):
        yield source
        return
    if identity is None:
        raise BackupError(
            _("{folder} is encrypted; give the private key: --identity FILE").format(
                folder=source.parent
            )
        )
    with tempfile.TemporaryDirectory(dir=beside, prefix=".decrypted-") as folder:
        try:
            sealing.decrypt(source, Path(folder) / "file", identity)
        except (sealing.KeyRefusedError, OSError) as error:
            raise BackupError(str(error)) from None
        yield Path(folder) / "file"


def restore(
    folder: Path,
    url: str,
    home: Settings,
    *,
    moment: datetime,
    force: bool = False,
    identity: Path | None = None,
) -> dict[str, Any]:
    """Restore a backup into a warehouse and a home; returns what was restored.

    Both must be empty; with ``force`` what is there is replaced. Nothing is touched before the whole
    backup was checked, and the backup stays until the end. Who was forgotten since, as the warehouse that is replaced
    or the newest backup beside this one tells, is forgotten again at ``moment`` (aware). ``identity``: file with the
    private key of an encrypted one. Raises BackupError.
    """
    with _undisturbed(folder.parent):
        manifest = _verified(folder)
        home.home.mkdir(parents=True, exist_ok=True)
        with _readable(_dump(folder, manifest), home.home, identity) as dump:
            known = _forgotten_since(folder, url, home, identity)
            done = _restored(folder, manifest, dump, url, home, force=force, identity=identity)
            return done | {"forgotten_again": _forget_again(known, url, home, moment)}


def _forget_again(
    known: Sequence[Mapping[str, Any]], url: str, home: Settings, moment: datetime
) -> int:
    engine = warehouse.connect(url)
    try:
        again = sum(
            forgetting.repeat(engine, home.raw_store, each, moment=moment) for each in known
        )
    except ValueError as error:
        raise BackupError(
            _("restored, but who was forgotten since is not forgotten again: {error}").format(
                error=error
            )
        ) from error
    if again:
        history.resolve(engine, moment=moment)
    return again


def _forgotten_since(
    folder: Path, url: str, home: Settings, identity: Path | None
) -> list[dict[str, Any]]:
    """Notes of forgotten persons: of the warehouse that is there, and of the newest backup that has some."""
    found = []
    with warehouse.connect(url).begin() as connection:
        if warehouse.scalar(connection, "operations/backup/has_forgotten"):
            found.append(forgetting.notes(connection))
    kept = sorted(folder.parent.glob(f"*/{FORGOTTEN}*"), reverse=True)
    for path in [path for path in kept if path.parent.suffix != ".partial"][:1]:
        with _readable(path, home.home, identity) as readable:
            found.append(json.loads(readable.read_text(encoding="utf-8")))
    return [each for each in found if each is not None]


def _restored(
    folder: Path,
    manifest: Mapping[str, Any],
    dump: Path,
    url: str,
    home: Settings,
    *,
    force: bool,
    identity: Path | None,
) -> dict[str, Any]:
    engine = warehouse.connect(url)
    if not force:
        _refuse_to_overwrite(engine, home, manifest)
    _postgres("pg_restore", url, "--list", f"--file={os.devnull}", str(dump))
    with engine.begin() as connection:
        warehouse.run(connection, "operations/backup/clear")
    _postgres(
        "pg_restore", url, "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction",
        f"--dbname={make_url(url).database}", str(dump),
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
        _bring_back(folder, home, name, entry, identity)
    return {"made_at": manifest["made_at"], **counts, "written": len(manifest["files"])}


def restore_raw(folder: Path, home: Settings, *, identity: Path | None = None) -> dict[str, Any]:
    """Bring the raw files of a backup back that are gone or spoiled in a home, and nothing else; returns how
    many were looked at and written. Raises BackupError."""
    with _undisturbed(folder.parent):
        manifest = _verified(folder)
        raw = [name for name in manifest["files"] if name.startswith(f"{home.raw_store.name}/")]
        files = manifest["files"]
        written = [_bring_back(folder, home, name, files[name], identity) for name in raw]
    return {"made_at": manifest["made_at"], "raw_files": len(raw), "written": sum(written)}


def _bring_back(
    folder: Path, home: Settings, name: str, entry: Mapping[str, Any], identity: Path | None
) -> bool:
    """Copy a file of a backup to its place in a home, unless it is there to the byte; says whether."""
    target = home.home / name
    if target.exists() and _sha256(target) == entry["sha256"]:
        return False
    is_raw = name.startswith(f"{home.raw_store.name}/")
    if is_raw:
        target.parent.mkdir(parents=True, exist_ok=True)
    else:
        publishing.own_folder(target.parent, home.reports)
    part = target.with_name(f".{target.name}.part")
    with _readable(folder.parent / "files" / _place(entry), home.home, identity) as readable:
        if _sha256(readable) != entry["sha256"]:
            raise BackupError(_("{name} is not what the backup says").format(name=name))
        shutil.copyfile(readable, part)
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
                "encrypted": bool(manifest.get("encrypted_to")),
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
        named |= {entry.get("kept", entry["sha256"]) for entry in manifest["files"].values()}
    if removed:
        for path in (root / "files").glob("*/*"):
            if path.name not in named:
                path.unlink()
    return removed
