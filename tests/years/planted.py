"""Do the years find faults? Each of mutations.py is planted into a copy of the tree and looked for.

    python tests/years/planted.py [--only 3,17] [--workers 2]    (make planted-bugs)

A fault is looked for in calm weeks, in weeks of bad mail and of deaths, then in storms of a few seeds, until
something breaks; without any fault nothing may break, which is looked at first. Prints a line for each fault; ends
with 1 where one was not found.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import run
from mutations import MUTATIONS, Mutation
from troubles import CALM, DEADLY, POSTAL, STORMY

TRIES = (
    (CALM, "calm", 1, 2),
    (POSTAL, "mail", 1, 4),
    (DEADLY, "deaths", 1, 4),
    (STORMY, "storm", 1, 4),
    (STORMY, "storm", 4, 6),
    (STORMY, "storm", 5, 10),
    (STORMY, "storm", 6, 10),
)
SERVER = "YEARS_SERVER"
PARTS = ("plugins", "include", "tests/support", "tests/years")


def plant(tree: Path, mutation: Mutation | None) -> None:
    """A copy of the tree with one fault, or none."""
    for part in PARTS:
        shutil.copytree(
            run.PROJECT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    if mutation is None:
        return
    path = tree / mutation.file
    text = path.read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1, f"{mutation.file}: {mutation.old!r} is not there once"
    path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")


def look(url: str) -> str:
    """In the tree of this very file: what breaks first, empty where nothing does."""
    at = run.Joined(url)
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        for number, (troubles, name, seed, weeks) in enumerate(TRIES):
            broke, _ = run.one(
                at, Path(folder) / str(number), seed, weeks, judged=False, troubles=troubles
            )
            if broke:
                return f"{name}, {broke.splitlines()[0]}"
    return ""


def found(number: int | None, url: str) -> str:
    """What breaks first with a fault; with none, what breaks that must not."""
    with tempfile.TemporaryDirectory(prefix="tree-") as folder:
        plant(Path(folder), None if number is None else MUTATIONS[number])
        done = subprocess.run(
            [sys.executable, str(Path(folder) / "tests/years/planted.py"), "--look"],
            capture_output=True, text=True, check=False, env=os.environ | {SERVER: url},
        )  # fmt: skip
    if done.returncode:
        return f"did not start: {done.stderr.strip().splitlines()[-1]}"
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(map(str, range(1, len(MUTATIONS) + 1))))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--look", action="store_true", help="in a copy of the tree, by itself only")
    asked = parser.parse_args()
    if asked.look:
        print(look(os.environ[SERVER]))
        return 0
    numbers = [int(each) - 1 for each in asked.only.split(",")]
    missed = 0
    with run.server() as (at, _), ThreadPoolExecutor(asked.workers) as pool:
        url = at.url("postgres")
        if broken := found(
            None, url
        ):  # else every fault would be found by what is no fault of its own
            print(f"without any fault: {broken}")
            return 1
        for number, said in zip(numbers, pool.map(lambda n: found(n, url), numbers), strict=True):
            missed += not said
            print(
                f"| {number + 1} | {MUTATIONS[number].breaks} | {said or 'NOT FOUND'} |", flush=True
            )
    print(f"{len(numbers) - missed} of {len(numbers)} found")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
