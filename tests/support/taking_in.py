"""Takes the sample world, or any landing root, into a warehouse."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from lensan.domain import contracts
from lensan.domain.periods import ICT
from lensan.intake import file_load, sweep
from lensan.producers import history

SAMPLES = Path(__file__).parents[1] / "world"
MOMENT = datetime(2021, 12, 9, 9, tzinfo=ICT)


def take_in(
    engine: Engine, landing: Path, raw_store: Path, *, moment: datetime = MOMENT
) -> list[file_load.Outcome]:
    """Sweep every source below a landing root, then resolve producers."""
    outcomes = []
    for contract in contracts.contracts().values():
        outcomes += sweep.sweep(
            engine,
            contract,
            landing / contract.location,
            raw_store,
            moment=moment,
            progress=lambda text: None,
        )
    history.resolve(engine, moment=moment)
    return outcomes
