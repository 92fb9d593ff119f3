"""Runs spoiled files through the real loading and says what broke a promise."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import mutator
from sqlalchemy import Engine, text

from lensan.domain import contracts
from lensan.domain.periods import ICT
from lensan.intake import sweep
from lensan.intake.readers import asking

MOMENT = datetime(2021, 12, 30, 9, tzinfo=ICT)
MOST_SECONDS_A_FILE = 30.0
MOST_BYTES = 1 << 30
BATCH = 50


def base_files(world: Path) -> list[tuple[str, Path]]:
    """(source, file) of a landing root, in order."""
    return [
        (path.relative_to(world).parts[0], path)
        for path in sorted(world.rglob("*"))
        if path.is_file()
    ]


def run(
    engine: Engine, world: Path, folder: Path, seeds: range, say: Callable[[str], None] = print
) -> list[str]:
    """Load a spoiled file for each seed; returns what went wrong, with the seed to repeat it by."""
    files = base_files(world)
    wrong: list[str] = []
    made: dict[tuple[str, str], tuple[int, str]] = {}
    for first in range(seeds.start, seeds.stop, BATCH):
        for seed in range(first, min(first + BATCH, seeds.stop)):
            source, path = files[random.Random(seed).randrange(len(files))]
            content, how = mutator.variant(path.read_bytes(), path.suffix, seed)
            relative = path.relative_to(world / source)
            name = relative.with_name(f"{path.stem}~{seed}{path.suffix}")
            target = folder / "landing" / source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            made[source, name.as_posix()] = (seed, how)
        wrong += _sweep(engine, folder, made)
        say(
            f"{min(first + BATCH, seeds.stop) - seeds.start} of {len(seeds)} variants, {len(wrong)} wrong"
        )
    return wrong + _broken_promises(engine, made)


def _sweep(engine: Engine, folder: Path, made: dict[tuple[str, str], tuple[int, str]]) -> list[str]:
    wrong = []
    for contract in contracts.contracts().values():
        landing = folder / "landing" / contract.location
        if not landing.is_dir():
            continue
        started = time.monotonic()
        last = f"{contract.source}: before the first file"

        def progress(line: str) -> None:
            nonlocal started, last
            took, started, last = time.monotonic() - started, time.monotonic(), line
            if took > MOST_SECONDS_A_FILE:
                wrong.append(f"{took:.0f} s: {line}")

        try:
            sweep.sweep(engine, contract, landing, folder / "raw", moment=MOMENT, progress=progress)
        except Exception as error:  # every outcome must be a verdict
            wrong.append(f"{contract.source}, after {last}: {type(error).__name__}: {error}"[:2000])
        for path in landing.rglob("*"):
            if path.is_file():
                path.unlink()
        if (peak := _child_peak_bytes()) > MOST_BYTES:
            wrong.append(f"{contract.source}: the reader took {peak >> 20} MB")
    return wrong


def _child_peak_bytes() -> int:
    process = asking._child._process
    if process is None or process.poll() is not None:
        return 0
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) * 1024 if found else 0


def _broken_promises(engine: Engine, made: dict[tuple[str, str], tuple[int, str]]) -> list[str]:
    wrong = []
    with engine.connect() as connection:
        found = {
            (row.source, row.name): row
            for row in connection.execute(
                text(
                    "select source, name, status, reason, rows_read, rows_accepted, rows_quarantined, "
                    "rows_superseded, rows_ignored, "
                    "(select count(distinct record_id) from ops.quarantine q where q.file_id = f.file_id) as held, "
                    "coalesce((select sum(row_count) from raw.source_run r where r.first_record_id >> 32 = f.file_id), "
                    "(select count(*) from raw.source_row r where r.record_id >> 32 = f.file_id)) as kept "
                    "from ops.source_file f"
                )
            )
        }
    for key, (seed, how) in made.items():
        row = found.get(key)
        label = f"seed {seed} ({how}) of {'/'.join(key)}"
        if row is None or row.status not in ("loaded", "rejected", "duplicate"):
            wrong.append(f"{label}: no verdict")
        elif row.status == "rejected" and not row.reason:
            wrong.append(f"{label}: rejected without a reason")
        elif row.status == "loaded":
            parts = (row.rows_accepted, row.rows_quarantined, row.rows_superseded, row.rows_ignored)
            if row.rows_read != sum(parts) or min(parts) < 0:
                wrong.append(f"{label}: {row.rows_read} rows read are not {parts}")
            if row.rows_quarantined > row.held:
                wrong.append(f"{label}: {row.rows_quarantined} rows held back, {row.held} entries")
            if row.kept > row.rows_read:
                wrong.append(f"{label}: {row.kept} raw rows of {row.rows_read} read")
    return wrong
