"""A year of an office from a seed: whatever goes wrong, what is promised holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import simulator
from sqlalchemy import Engine


def year(engine: Engine, folder: Path, seed: int, troubles: simulator.Troubles) -> simulator.Year:
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return simulator.Year(seed, address, folder / "home", troubles)


def test_a_calm_month(new_warehouse: Callable[[], Engine], tmp_path: Path) -> None:
    calm = year(new_warehouse(), tmp_path, 1, simulator.CALM)
    calm.run(5)
    assert calm.failed == 0
    assert len({each.subject for each in calm.mails.accepted if "Kết quả" in each.subject}) == 6
