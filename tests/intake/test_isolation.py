"""Whatever happens to one file is that file's verdict: no other waits for it, none is lost."""

from __future__ import annotations

import json
import os
import random
import string
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import corpus
import pytest
from loading import ORDER, ORDERS, PRODUCT, PRODUCTS, SELLER, SELLERS, rows
from sqlalchemy import Engine
from sqlalchemy.exc import DataError
from taking_in import MOMENT

from lensan.domain import contracts, problems
from lensan.intake import file_load, landing, readers, row_rules, sections, store, sweep
from lensan.intake import veil as veils
from lensan.intake.file_load import Outcome
from lensan.intake.readers import asking

Spoil = Callable[[Path], None]
BAD = "b-spoiled_20211118.csv"


def take(engine: Engine, source: str, root: Path, **more: Any) -> dict[str, Outcome]:
    contract = contracts.contract(source)
    outcomes = sweep.sweep(
        engine, contract, root / contract.location, root / "raw", moment=MOMENT, progress=lambda _: None, **more
    )  # fmt: skip
    return {outcome.name: outcome for outcome in outcomes}


def three_files(root: Path) -> None:
    """Sellers, one file of them to be spoiled between two that are good."""
    folder = root / "postmart"
    folder.mkdir()
    for name, seller in (("a_20211118.csv", "GH1"), (BAD, "GH2"), ("c_20211118.csv", "GH3")):
        paper = "02200000000" + seller[-1]
        line = SELLER.replace("GH1", seller).replace("022000000001", paper)
        (folder / name).write_text(SELLERS + line)


STEPS: dict[str, tuple[Any, str]] = {
    "it is proved": (landing, "prove"),
    "it is opened": (readers, "open_document"),
    "its tables are found": (sections, "of_document"),
    "it is claimed": (file_load, "_claimed"),
    "it is compared": (file_load, "_same_bytes"),
    "it is understood": (file_load, "understood"),
    "it is veiled": (veils, "veil"),
    "its facts are asked": (file_load, "_facts"),
    "its rows are checked": (row_rules, "check"),
    "it is stored": (store, "keep"),
    "its doubts are stored": (store, "keep_doubts"),
    "what waited is released": (store, "release_waiting"),
    "core is asked": (file_load, "_ask_core"),
    "it is told": (problems, "sentence"),
}
ERRORS: list[Exception] = [
    KeyError("Nguyễn Văn An"),
    RecursionError("too deep"),
    MemoryError(),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    DataError("insert", {}, ValueError("nul")),
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_fault_at_any_step_of_one_files_way_is_that_files_verdict(
    step: str,
    error: Exception,
    tmp_path: Path,
    warehouse_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    three_files(tmp_path)
    module, name = STEPS[step]
    right = getattr(module, name)
    done: list[str] = []
    current: list[str] = []

    def noted(*arguments: Any, **named: Any) -> Any:
        current[:] = [named["arrival"].name if "arrival" in named else arguments[2].name]
        return load(*arguments, **named)

    def fails(*arguments: Any, **named: Any) -> Any:
        of_arguments = [each.name for each in arguments if isinstance(each, landing.Arrival)]
        about = [named["name"]] if "name" in named else of_arguments or current
        is_set_aside = step == "it is told" and arguments[0].rule == "unexpected"
        if about == [BAD] and not is_set_aside:
            done.append(step)
            raise error
        return right(*arguments, **named)

    load, read = file_load.load, sections.read

    def opened(contract: Any, arrival: landing.Arrival) -> Any:
        current[:] = [arrival.name]
        return read(contract, arrival)

    if step == "it is told":
        (tmp_path / "postmart" / BAD).write_bytes(b"%PDF-1.4")
    monkeypatch.setattr(file_load, "load", noted)
    monkeypatch.setattr(sections, "read", opened)
    monkeypatch.setattr(module, name, fails)
    found = take(warehouse_engine, "postmart", tmp_path)
    assert done, "the step is not on the file's way"
    others = {found[name].status for name in found if name != BAD}
    assert (len(found), others) == (3, {"loaded"})
    assert found[BAD].status == "rejected"
    (kept,) = rows(
        warehouse_engine, "select status, rule from ops.source_file where name = :bad", bad=BAD
    )
    assert kept == {"status": "rejected", "rule": "unexpected"}
    assert len(rows(warehouse_engine, "select 1 from core.stall")) == 2
    assert take(warehouse_engine, "postmart", tmp_path) == {}, "it is settled"


def _letters(count: int) -> str:
    return "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=count))


FILES: dict[str, Callable[[Path], bytes | None]] = {
    "a key longer than an index takes": lambda path: (SELLERS + SELLER.replace("GH1", _letters(9000))).encode(),
    "an owner longer than an index takes": lambda path: (SELLERS + SELLER.replace("Văn An", _letters(9000))).encode(),
    "a commune longer than an index takes": lambda path: (SELLERS + SELLER.replace("Hồng Gai", _letters(9000))).encode(),
    "an order longer than an index takes": lambda path: (ORDERS + ORDER.replace("DH1", _letters(9000))).encode(),
    "a product longer than an index takes": lambda path: (PRODUCTS + PRODUCT.replace("Chả mực Hạ Long", _letters(9000))).encode(),
    "NUL behind the first lines": lambda path: (SELLERS + SELLER * 99 + "\0").encode(),
    "numbers beyond all columns": lambda path: (ORDERS + ORDER.replace(",4,,", f",{'9' * 400},,")).encode(),
    "years beyond all calendars": lambda path: (SELLERS + SELLER.replace("2021", "0001")).encode(),
    "a text of escapes": lambda path: (SELLERS + SELLER.replace("Gian hàng An", "\\N\\.\\x00\\")).encode(),
    "half a letter": lambda path: (json.dumps({"shop_id": "\ud800", "owner_name": "\udfff"}) + "\n").encode(),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_what_no_table_can_hold_ends_no_sweep(
    what: str, tmp_path: Path, warehouse_engine: Engine
) -> None:
    three_files(tmp_path)
    path = tmp_path / "postmart" / BAD
    path.write_bytes(FILES[what](path) or b"")
    found = take(warehouse_engine, "postmart", tmp_path)
    assert {found[name].status for name in found if name != BAD} == {"loaded"}
    assert found[BAD].status in ("loaded", "rejected")
    assert len(found) == 3
    assert take(warehouse_engine, "postmart", tmp_path) == {}


def test_a_path_longer_than_an_index_takes_is_told_and_stops_nothing(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    three_files(tmp_path)
    root = tmp_path / "postmart"
    long = [_letters(3000)[at : at + 200] for at in range(0, 3000, 200)]
    here = os.open(root, os.O_RDONLY)
    for name in long:
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with open(os.open("d.csv", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as file:  # noqa: PTH123
        file.write(SELLERS + SELLER)
    os.close(here)
    unread: list[str] = []
    found = take(warehouse_engine, "postmart", tmp_path, unread=unread)
    assert {outcome.status for outcome in found.values()} == {"loaded"}
    assert len(found) == 3
    (told,) = unread
    assert told.endswith("a path of more than 600 letters")


def test_a_file_that_keeps_its_reader_busy_delays_no_other_source_and_holds_no_lock(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices" / "a.csv").write_text(corpus.csv_text() + '"a","b"\n' * 3_000_000)
    (tmp_path / "prices" / "b.csv").write_text(corpus.csv_text())
    three_files(tmp_path)
    monkeypatch.setattr(asking, "TIMEOUT_S", 2.5)
    monkeypatch.setattr(asking, "SECONDS_A_MEGABYTE", 0)
    asked = threading.Event()
    answer = asking._Child._answer

    def noted(child: asking._Child, path: Path, *more: Any) -> dict[str, Any]:
        asked.set()
        return answer(child, path, *more)

    monkeypatch.setattr(asking._Child, "_answer", noted)
    found: dict[str, Outcome] = {}
    busy = threading.Thread(target=lambda: found.update(take(warehouse_engine, "prices", tmp_path)))
    busy.start()
    assert asked.wait(20)
    locks = rows(
        warehouse_engine,
        "select 1 from pg_locks join pg_database on pg_database.oid = database "
        "where locktype = 'advisory' and datname = current_database()",
    )
    others = take(warehouse_engine, "postmart", tmp_path / ".")
    busy.join(60)
    assert locks == []
    assert {outcome.status for outcome in others.values()} == {"loaded"}
    assert {name: outcome.status for name, outcome in found.items()} == {
        "a.csv": "rejected",
        "b.csv": "loaded",
    }
    (kept,) = rows(warehouse_engine, "select rule from ops.source_file where status = 'rejected'")
    assert kept["rule"] == "too_slow"
