"""The raw store proves itself: what is read is what was received, or it is told."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from loading import SELLER, SELLERS, rows
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import contracts
from lensan.intake import landing, sweep

SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda whole: b"",
    "cut off": lambda whole: whole[:-5],
    "another letter": lambda whole: whole.replace(b"G", b"H", 1),
}


def spoil(path: Path, content: bytes) -> None:
    path.chmod(0o640)
    path.write_bytes(content)


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_copy_is_taken_anew_from_the_landing_and_told(
    how: str, warehouse_engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = (SELLERS + SELLER).encode()
    folder, raw_store = tmp_path / "landing", tmp_path / "raw"
    folder.mkdir()
    (folder / "nguoi-ban_20211118.csv").write_bytes(whole)
    sha256, _ = landing.keep([whole], raw_store)
    spoil(landing.raw_path(raw_store, sha256), SPOILED[how](whole))
    with caplog.at_level(logging.WARNING):
        (outcome,) = sweep.sweep(
            warehouse_engine, contracts.contract("postmart"), folder, raw_store,
            moment=MOMENT, progress=print,
        )  # fmt: skip
    assert outcome.status == "loaded"
    assert len(rows(warehouse_engine, "select 1 from core.stall")) == 1
    assert landing.proven(raw_store, sha256).read_bytes() == whole
    assert f"raw file {sha256} was spoiled" in caplog.text


@pytest.mark.parametrize("how", SPOILED)
def test_bytes_that_are_no_longer_what_they_were_are_nobody_s_to_read(
    how: str, tmp_path: Path
) -> None:
    whole = (SELLERS + SELLER).encode()
    sha256, _ = landing.keep([whole], tmp_path / "raw")
    assert landing.proven(tmp_path / "raw", sha256).read_bytes() == whole
    spoil(landing.raw_path(tmp_path / "raw", sha256), SPOILED[how](whole))
    with pytest.raises(
        landing.SpoiledError, match=rf"raw file {sha256} is gone or spoiled; bring it back"
    ):
        landing.proven(tmp_path / "raw", sha256)


def test_without_the_file_a_spoiled_copy_is_no_file_s_content(tmp_path: Path) -> None:
    folder, raw_store = tmp_path / "landing", tmp_path / "raw"
    folder.mkdir()
    path = folder / "nguoi-ban_20211118.csv"
    path.write_bytes(b"abc")
    (arrival,) = landing.receive(folder, raw_store)
    spoil(arrival.path, b"abd")
    path.write_bytes(b"xyz")
    with pytest.raises(landing.SpoiledError):
        landing.prove(arrival)
    assert landing.raw_path(raw_store, hashlib.sha256(b"xyz").hexdigest()).exists()


@pytest.mark.parametrize("how", [*SPOILED, "gone"])
def test_a_spoiled_copy_whose_file_is_gone_is_told_each_time_until_its_bytes_come_again(
    how: str, warehouse_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (SELLERS + SELLER).encode()
    folder, raw_store = tmp_path / "landing", tmp_path / "raw"
    folder.mkdir()
    (folder / "nguoi-ban_20211118.csv").write_bytes(whole)
    sha256 = hashlib.sha256(whole).hexdigest()

    def take(unread: list[str]) -> list[str]:
        outcomes = sweep.sweep(
            warehouse_engine, contracts.contract("postmart"), folder, raw_store,
            moment=MOMENT, progress=print, unread=unread,
        )  # fmt: skip
        return [outcome.status for outcome in outcomes]

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(sweep, "_load_all", _stops)
        take([])
    (folder / "nguoi-ban_20211118.csv").unlink()
    path = landing.raw_path(raw_store, sha256)
    if how == "gone":
        path.unlink()
    else:
        spoil(path, SPOILED[how](whole))
    for _ in range(2):
        unread: list[str] = []
        assert take(unread) == []
        (told,) = unread
        assert f"raw file {sha256} is gone or spoiled" in told
    (folder / "another-name.csv").write_bytes(whole)
    assert sorted(take([]) + take([])) == ["duplicate", "loaded"]
    assert len(rows(warehouse_engine, "select 1 from core.stall")) == 1


def _stops(*_: object) -> None:
    raise KeyboardInterrupt
