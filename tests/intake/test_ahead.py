"""A file is loaded while the process that opens files still reads it: one verdict, and nobody waits for both."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from loading import ORDERS, PRODUCT, PRODUCTS, SELLER, SELLERS, put, rows
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import contracts
from lensan.intake import file_load, sweep
from lensan.intake.file_load import Outcome
from lensan.intake.fresh_lines import FreshLines
from lensan.intake.gate import Unreadable
from lensan.intake.readers import asking, handed
from lensan.intake.readers.handed import BehindError, Handed

LINES = 4_000
"""Some 300 KB: a head that is read line by line, and a block."""
EXPORT = "don-hang_20211118.csv"
LOCKS = (
    "select 1 from pg_locks join pg_database on pg_database.oid = database "
    "where locktype = 'advisory' and datname = current_database()"
)


@pytest.fixture
def landing(tmp_path: Path, warehouse_engine: Engine) -> Path:
    """An export whose stalls and listings are known."""
    lines = (
        f"DH{n:06},1,2021-11-12 08:30,2021-11-13 09:00,GH1,SP1,{n % 9 + 1},2.5,Hà Nội,,Hoàn thành"
        for n in range(LINES)
    )
    root = put(
        tmp_path / "landing",
        {"gian-hang_20211110.csv": SELLERS + SELLER, "san-pham_20211110.csv": PRODUCTS + PRODUCT},
    )
    take(warehouse_engine, root)
    return put(root, {EXPORT: ORDERS + "\n".join(lines) + "\n"})


def take(engine: Engine, root: Path) -> dict[str, Outcome]:
    contract = contracts.contract("postmart")
    outcomes = sweep.sweep(engine, contract, root, root.parent / "raw", moment=MOMENT)
    return {outcome.name: outcome for outcome in outcomes}


def lines_of(engine: Engine) -> int:
    (found,) = rows(engine, "select count(*) as lines from core.order_line_version")
    return int(found["lines"])


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when the first lines are in core."""
    event = threading.Event()
    keep = FreshLines.keep

    def noted(lines: FreshLines, *more: Any) -> None:
        keep(lines, *more)
        event.set()

    monkeypatch.setattr(FreshLines, "keep", noted)
    return event


def test_what_cannot_be_read_to_its_end_leaves_nothing_though_its_lines_were_in_core(
    landing: Path,
    warehouse_engine: Engine,
    begun: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = asking._Child._answer

    def ends_badly(child: asking._Child, *more: Any) -> dict[str, Any]:
        answer(child, *more)
        assert begun.wait(60), "no line was loaded before all was read"
        raise Unreadable("too_slow", "as a reader that is ended")

    monkeypatch.setattr(asking._Child, "_answer", ends_badly)
    assert take(warehouse_engine, landing)[EXPORT].status == "rejected"
    (kept,) = rows(
        warehouse_engine, "select rule from ops.source_file where name = :name", name=EXPORT
    )
    assert kept["rule"] == "too_slow"
    assert lines_of(warehouse_engine) == 0
    for table in ("core.sale_by_category", "raw.source_run", "raw.plain_rows", "ops.quarantine"):
        assert rows(warehouse_engine, f"select from {table}") == [], table
    triggers = rows(
        warehouse_engine,
        "select tgenabled from pg_trigger where tgrelid = 'core.order_line_version'::regclass",
    )
    assert {row["tgenabled"] for row in triggers} == {"O"}
    monkeypatch.setattr(asking._Child, "_answer", answer)
    put(landing, {EXPORT: (landing / EXPORT).read_text() + "\n"})
    assert take(warehouse_engine, landing)[EXPORT].status == "loaded"
    assert lines_of(warehouse_engine) == LINES


def test_a_reader_that_falls_behind_is_waited_for_without_a_lock(
    landing: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, load = asking._Child._answer, file_load._load
    goes_on = threading.Event()
    locks: list[Any] = []

    def slow(child: asking._Child, path: Path, *more: Any) -> dict[str, Any]:
        *others, told = more

        def told_late(message: list[Any]) -> None:
            if message[0] == "pieces" and message[1] > 1:
                goes_on.wait(60)
            told(message)

        return answer(child, path, *others, told_late)

    def noted(*arguments: Any) -> Outcome | None:
        try:
            return load(*arguments)
        except BehindError:
            locks.append(rows(warehouse_engine, LOCKS))
            goes_on.set()
            raise

    monkeypatch.setattr(handed, "MOST_WAITED_S", 0.2)
    monkeypatch.setattr(asking._Child, "_answer", slow)
    monkeypatch.setattr(file_load, "_load", noted)
    found = take(warehouse_engine, landing)
    assert locks == [[]]
    assert found[EXPORT].status == "loaded"
    assert lines_of(warehouse_engine) == LINES


def pieces_of(handing: Handed) -> Iterator[str]:
    return handing.passed(iter(["head", "block", "rest"]))


def test_no_piece_is_read_here_before_it_was_read_there() -> None:
    handing = Handed()
    answer: Future[dict[str, Any]] = Future()
    handing.expect(answer)
    handing.told(["encoding", "utf-8"])
    handing.told(["pieces", 1])
    pieces = pieces_of(handing)
    assert next(pieces) == "head"
    threading.Timer(0.1, handing.told, [["pieces", 2]]).start()
    assert next(pieces) == "block"
    threading.Timer(0.1, answer.set_exception, [Unreadable("too_much_memory", "of 1 GB")]).start()
    with pytest.raises(Unreadable):
        next(pieces)


def test_what_is_waited_for_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed, "MOST_WAITED_S", 0.05)
    handing = Handed()
    handing.expect(Future())
    for _ in range(2):
        with pytest.raises(BehindError):
            next(pieces_of(handing))
    handing.told(["pieces", 3])
    assert list(pieces_of(handing)) == ["head", "block", "rest"]
    with pytest.raises(BehindError):
        handing.whole(in_time=True)
