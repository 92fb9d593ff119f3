"""A backup restored into an empty server gives last week's report to the byte. About 25 s."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from office import WEEKS, Office, thursday
from sqlalchemy import Engine
from typer.testing import CliRunner

from lensan import warehouse
from lensan.cli import app
from lensan.domain.settings import Settings, settings
from lensan.intake import landing
from lensan.operations import backup, sealing
from lensan.operations.running import embedded_postgres, processes
from lensan.reports import publishing, rendering
from lensan.warehouse import audit

pytestmark = pytest.mark.system
AT = thursday(WEEKS[2], 20)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def made(office: Office, root: Path) -> Path:
    done = backup.make(url_of(office.engine), settings(office.folder), root, moment=AT)
    assert done["missing"] == 0
    return Path(done["folder"])


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """A home with a server of its own, stopped and deleted afterwards."""
    home = settings(tmp_path / "other")
    yield home
    embedded_postgres.remove(home)


def test_a_restored_home_renders_last_weeks_report_to_the_same_bytes(
    office: Office, tmp_path: Path, empty: Settings
) -> None:
    with office.engine.begin() as connection:
        audit.record(connection, actor="Lan", action="test.act", subject="một")
    folder = made(office, tmp_path / "backups")
    env = {"HOME_DIR": str(empty.home), "WAREHOUSE_URL": ""}
    restored = CliRunner().invoke(app, ["restore", str(folder), "--json"], env=env)
    assert restored.exit_code == 0, restored.output
    assert json.loads(restored.output)[0]["reports"] == 3

    engine = warehouse.connect(embedded_postgres.start(empty).url("warehouse"))
    week = WEEKS[2]
    with engine.connect() as connection:
        ledger = dict(
            connection.exec_driver_sql(
                "select name, sha256 from ops.report_file where period = %s", (week.name,)
            ).all()
        )
    report, _ = publishing.load(engine, week)
    rendered = rendering.render(report)
    assert len(ledger) == 3
    assert {n: hashlib.sha256(c).hexdigest() for n, c in rendered.items()} == ledger
    for name, sha256 in ledger.items():
        path = empty.reports / "week" / week.name / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    assert audit.head(engine) == audit.head(office.engine)
    raw = sorted(p.name for p in landing.find(office.folder / "raw"))
    assert sorted(p.name for p in landing.find(empty.raw_store)) == raw
    # It goes on from there: rights are set, the next week is taken in and published alike.
    with engine.connect() as connection:
        connection.exec_driver_sql("set role lensan_analyst")
        assert connection.exec_driver_sql("select count(*) from mart.stall").scalar_one() > 0
    other = Office(engine, office.world, empty.home)
    for each in (office, other):
        each.until(WEEKS[3].end)
        each.sweep(thursday(WEEKS[3]))
        each.freeze(WEEKS[3])
    assert [
        hashlib.sha256(c).hexdigest() for c in publishing.load(engine, WEEKS[3])[1].values()
    ] == [
        hashlib.sha256(c).hexdigest() for c in publishing.load(office.engine, WEEKS[3])[1].values()
    ]


def test_nothing_is_overwritten_without_force(
    office: Office, tmp_path: Path, new_warehouse: Callable[[], Engine]
) -> None:
    folder = made(office, tmp_path / "backups")
    url = url_of(office.engine)
    with pytest.raises(backup.BackupError, match="not empty"):
        backup.restore(folder, url, settings(tmp_path / "new"), moment=AT)
    stranger = settings(tmp_path / "stranger")
    stranger.raw_store.mkdir(parents=True)
    (stranger.raw_store / "note").write_text("mine")
    with pytest.raises(backup.BackupError, match="not the backup's"):
        backup.restore(folder, url_of(new_warehouse()), stranger, moment=AT)
    with office.engine.begin() as connection:
        connection.exec_driver_sql("delete from ops.report_source")
    done = backup.restore(folder, url, settings(tmp_path / "new"), force=True, moment=AT)
    assert done["reports"] == 3
    with office.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from ops.report_source").scalar_one() > 0


def test_a_spoiled_backup_is_refused_before_anything_is_touched(
    office: Office, tmp_path: Path, new_warehouse: Callable[[], Engine]
) -> None:
    root = tmp_path / "backups"
    folder = made(office, root)
    url = url_of(new_warehouse())
    checked = CliRunner().invoke(app, ["restore", str(folder), "--verify"])
    assert checked.output.splitlines()[-1].startswith("the backup is whole: the warehouse and ")
    for victim in (next((root / "files").glob("*/*")), folder / backup.DUMP):
        good = victim.read_bytes()
        victim.chmod(0o600)
        victim.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(backup.BackupError, match="missing or spoiled"):
            backup.restore(folder, url, settings(tmp_path / "new"), moment=AT)
        checked = CliRunner().invoke(app, ["restore", str(folder), "--verify"])
        assert checked.exit_code == 1 and "missing or spoiled" in checked.output
        victim.unlink()
        with pytest.raises(backup.BackupError, match="missing or spoiled"):
            backup.restore(folder, url, settings(tmp_path / "new"), moment=AT)
        victim.write_bytes(good)
    assert not (tmp_path / "new" / "raw").exists()
    backup.restore(folder, url, settings(tmp_path / "new"), moment=AT)


def test_a_backup_is_for_its_owner_only_and_mends_what_was_spoiled_in_the_last(
    office: Office, tmp_path: Path
) -> None:
    root = tmp_path / "backups"
    folder = made(office, root)
    victim = next((root / "files").glob("*/*"))
    victim.write_bytes(b"spoiled")
    victim.chmod(0o644)
    with pytest.raises(backup.BackupError, match="missing or spoiled"):
        backup.verify(folder)
    later = AT + timedelta(days=1)
    backup.make(url_of(office.engine), settings(office.folder), root, moment=later)
    backup.verify(folder)
    for path in [root, *root.rglob("*")]:
        if path.name != backup.LOCK:
            wanted = 0o700 if path.is_dir() else 0o600
            assert path.stat().st_mode & 0o777 == wanted, path


def test_pruning_waits_for_the_backup_that_is_being_made(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as other:
        with processes.locked(tmp_path / backup.LOCK):
            pruning = other.submit(backup.prune, tmp_path, keep=timedelta(days=1), moment=AT)
            with pytest.raises(TimeoutError):
                pruning.result(timeout=0.2)
        assert pruning.result(timeout=10) == 0


def test_who_checks_or_restores_a_backup_waits_for_whoever_removes_it(tmp_path: Path) -> None:
    folder = tmp_path / "20211118T020000"
    for act in (
        lambda: backup.verify(folder),
        lambda: backup.restore(
            folder, "postgresql://x@127.0.0.1:1/x", settings(tmp_path / "h"), moment=AT
        ),
        lambda: backup.restore_raw(folder, settings(tmp_path / "h")),
    ):
        with ThreadPoolExecutor(1) as other:
            with processes.locked(tmp_path / backup.LOCK):
                waiting = other.submit(act)
                with pytest.raises(TimeoutError):
                    waiting.result(timeout=0.2)
            with pytest.raises(backup.BackupError, match="is no backup"):
                waiting.result(timeout=10)


def test_raw_files_that_are_gone_or_spoiled_come_back_and_nothing_else(
    office: Office, tmp_path: Path
) -> None:
    folder = made(office, tmp_path / "backups")
    home = settings(tmp_path / "home")
    shutil.copytree(office.folder / "raw", home.raw_store)
    gone, spoiled = sorted(p for p in home.raw_store.rglob("*") if p.is_file())[:2]
    gone.unlink()
    spoiled.chmod(0o600)
    spoiled.write_bytes(b"spoiled")
    assert backup.restore_raw(folder, home)["written"] == 2
    for path in (gone, spoiled):
        assert landing.proven(home.raw_store, path.name) == path
    assert backup.restore_raw(folder, home)["written"] == 0
    assert not home.reports.exists()


def test_a_report_is_its_owners_and_the_groups_whatever_the_umask(
    office: Office, tmp_path: Path
) -> None:
    folder = made(office, tmp_path / "backups")
    home = settings(tmp_path / "home")
    before = os.umask(0)
    try:
        restored = backup.verify(folder)["files"]
        for name, entry in restored.items():
            backup._bring_back(folder, home, name, entry, None)
    finally:
        os.umask(before)
    for path in [
        home.reports,
        *home.reports.rglob("*"),
        office.folder / "reports",
        *(office.folder / "reports" / "week").rglob("*"),
    ]:
        assert path.stat().st_mode & 0o007 == 0, path


def test_old_backups_go_with_what_only_they_hold(office: Office, tmp_path: Path) -> None:
    root = tmp_path / "backups"
    url, home = url_of(office.engine), settings(office.folder)
    extra = home.raw_store / "ff" / "only-in-the-first"
    extra.parent.mkdir(exist_ok=True)
    extra.write_text("a person who was forgotten afterwards")
    backup.make(url, home, root, moment=AT)
    extra.unlink()
    second = backup.make(url, home, root, moment=AT + timedelta(days=60))
    before = len(list((root / "files").glob("*/*")))
    assert backup.prune(root, keep=timedelta(days=90), moment=AT + timedelta(days=61)) == 0
    assert backup.prune(root, keep=timedelta(days=30), moment=AT + timedelta(days=400)) == 1
    assert [each["folder"] for each in backup.backups(root)] == [second["folder"]]
    assert len(list((root / "files").glob("*/*"))) == before - 1
    backup.verify(Path(second["folder"]))


def test_an_encrypted_backup_is_read_by_the_key_alone_and_restores_to_the_same_bytes(
    office: Office, tmp_path: Path, empty: Settings
) -> None:
    root, key, other = tmp_path / "backups", tmp_path / "key", tmp_path / "other-key"
    public = sealing.new_key(key)
    sealing.new_key(other)
    home = settings(office.folder)
    first = Path(
        backup.make(url_of(office.engine), home, root, moment=AT, encrypt_to=[public])["folder"]
    )
    # Nothing of what was saved can be read: neither the dump nor a raw file, nor by its beginning.
    assert {path.suffix for path in (root / "files").rglob("*") if path.is_file()} == {".age"}
    assert sorted(path.name for path in first.iterdir()) == ["manifest.json", "warehouse.dump.age"]
    for path in root.rglob("*.age"):
        assert path.read_bytes().startswith(b"age-encryption.org/v1\n")
        assert path.stat().st_mode & 0o777 == 0o600
    assert backup.backups(root)[0]["encrypted"]
    # A second one costs what is new; whether all is whole is told without the private key.
    kept = {path.name for path in (root / "files").rglob("*.age")}
    later = AT + timedelta(days=100)
    second = Path(
        backup.make(url_of(office.engine), home, root, moment=later, encrypt_to=[public])["folder"]
    )
    assert {path.name for path in (root / "files").rglob("*.age")} == kept
    backup.verify(second)
    assert backup.prune(root, keep=timedelta(days=90), moment=later) == 1
    assert not first.exists()
    assert {path.name for path in (root / "files").rglob("*.age")} == kept

    env = {"HOME_DIR": str(empty.home), "WAREHOUSE_URL": ""}
    for wrong in ([], ["--identity", str(other)], ["--identity", str(tmp_path / "none")]):
        refused = CliRunner().invoke(app, ["restore", str(second), *wrong], env=env)
        assert refused.exit_code == 1, refused.output
        assert (
            "identity" in refused.output
            or "does not open" in refused.output
            or "none" in refused.output
        )
    restored = CliRunner().invoke(
        app, ["restore", str(second), "--identity", str(key), "--json"], env=env
    )
    assert restored.exit_code == 0, restored.output
    engine = warehouse.connect(embedded_postgres.start(empty).url("warehouse"))
    report, files = publishing.load(engine, WEEKS[2])
    assert rendering.render(report) == files == publishing.load(office.engine, WEEKS[2])[1]
    assert audit.verify(engine) is None
    for path in landing.find(home.raw_store):
        assert (
            empty.raw_store / path.relative_to(home.raw_store)
        ).read_bytes() == path.read_bytes()
    assert not list(empty.home.glob(".decrypted-*"))

    spoiled = next((root / "files").rglob("*.age"))
    spoiled.write_bytes(spoiled.read_bytes()[:-1] + b"x")
    with pytest.raises(backup.BackupError, match="missing or spoiled"):
        backup.verify(second)
    with pytest.raises(backup.BackupError, match="no public key"):
        backup.make(
            url_of(office.engine), home, root, moment=later + timedelta(1), encrypt_to=["age1x"]
        )
