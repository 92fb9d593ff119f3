"""A year of an office from a seed: whatever goes wrong, what is promised holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import invariants
import pytest
import simulator
from sqlalchemy import Engine
from troubles import CALM, STORMY, Troubles


def office(
    engine: Engine, folder: Path, seed: int, troubles: Troubles, *, judged: bool = True
) -> simulator.Year:
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return simulator.Year(seed, address, folder / "home", troubles, judged=judged)


@pytest.mark.parametrize(
    ("exports", "is_wrong"),
    [("A1 A2", True), ("A1 B2 A3", False), ("A1 B3 A2", True), ("A1 B2 A3 A4", True)],
)
def test_an_export_is_taken_in_twice_only_where_nothing_else_came_between(
    exports: str, is_wrong: bool
) -> None:
    """Letters are bytes, numbers days; of seed 5 a spoiled export stood between two equal ones."""
    loaded = [("voso/stall", each[0], date(2021, 11, int(each[1]))) for each in exports.split()]
    assert invariants.taken_in_twice(loaded) is is_wrong


def test_in_calm_weeks_nothing_fails_and_each_report_is_mailed_once(
    new_warehouse: Callable[[], Engine], tmp_path: Path
) -> None:
    calm = office(new_warehouse(), tmp_path, 1, CALM)
    calm.run(3)
    assert calm.failed == 0
    assert len({each.subject for each in calm.mails.accepted if "Kết quả" in each.subject}) == 4


@pytest.mark.system
def test_six_weeks_of_storms_break_no_promise(
    new_warehouse: Callable[[], Engine], tmp_path: Path
) -> None:
    year = office(new_warehouse(), tmp_path, 1, STORMY, judged=False)
    year.run(6)
    assert year.judge.weeks == 6
    assert year.failed > 0
    assert year.servers.failed > 0


@pytest.mark.soak
@pytest.mark.system
def test_a_year_of_storms_breaks_no_promise(
    new_warehouse: Callable[[], Engine], tmp_path: Path
) -> None:
    year = office(new_warehouse(), tmp_path, 2, STORMY)
    year.run(52)
    assert year.judge.weeks == 52
