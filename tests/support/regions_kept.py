"""A province that keeps regions, in the process of a test: its units' parents and its regions.csv are others for as
long as the test lasts, and a warehouse is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from lensan.domain import regions
from lensan.domain.places import places
from lensan.warehouse import reference_load

HEADER = "code,name,kind,aliases,parents,reports,valid_from,valid_to\n"


@contextmanager
def kept(folder: Path, listed: str, parents: Mapping[str, str] | None = None) -> Iterator[None]:
    """The lines of regions.csv without its header; ``parents``: of units, where not those of units.csv."""
    known = places()
    before = [row["parent"] for row in known.units]
    for row in known.units:
        row["parent"] = (parents or {}).get(row["code"], row["parent"])
    path = folder / "regions.csv"
    path.write_text(HEADER + listed, encoding="utf-8")
    none, units = known.regions, known.senders
    try:
        known.regions = regions.read(path, known.units)
        known.senders = [*known.units, *known.regions.senders()]
        known.match_unit.cache_clear()
        yield
    finally:
        known.regions, known.senders = none, units
        for row, parent in zip(known.units, before, strict=True):
            row["parent"] = parent


def tell(engine: Engine) -> None:
    """Bring the lists as they are now into a warehouse."""
    with engine.begin() as connection:
        reference_load.load(connection)
