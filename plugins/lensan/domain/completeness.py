"""What is missing or wrong in a province's folder: ``python -m lensan.domain.completeness YEAR``, for the folder that
LENSAN_PROVINCE names. Answers with a JSON list of lines for people, each naming its file.

A process of its own, since a process has one province, and reads a broken one only to fail.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

NEEDED = ("office.yml", "calendar.yml", "units.csv", "targets.csv", "reports/week.yml")
NEEDED_TOO = ("reports/month.yml",)
OPEN = "TODO"
"""Stands in a skeleton where somebody must say what is so."""


def missing(folder: Path) -> list[str]:
    """The files that are not there, and the lines that still say TODO."""
    found = [f"{name}: missing" for name in (*NEEDED, *NEEDED_TOO) if not (folder / name).is_file()]
    if not any((folder / "sources").glob("*.yml")):
        found.append("sources/: no contract; who sends what?")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in (".yml", ".csv", ".sql"):
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [
                f"{path.relative_to(folder)}, line {number}: {line.strip()}"
                for number, line in enumerate(lines, 1)
                if OPEN in line and not line.lstrip().startswith("#")
            ]
    return found


def _province_names() -> dict[str, str]:
    """By code. Read here and not by ``places``, which fails where the folder's units are wrong."""
    from lensan.domain import installation

    with (installation.REFERENCE / "provinces.csv").open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row["name"] for row in csv.DictReader(stream)}


def mistaken_code(code: str, name: str) -> str | None:
    """What is wrong with a province's code, which must be the one that its name had before 2025-07-01: another
    province's producers would count. Null: nothing."""
    names = _province_names()
    if names.get(code) == name:
        return None
    of_name = next((each for each, known in names.items() if known == name), None)
    expected = f"{name} is {of_name}" if of_name else f"{name} is none of its provinces"
    if code in names:
        expected = f"{code} is {names[code]}, {expected}"
    return f"code: {expected} in include/reference/provinces.csv (the codes of before 2025-07-01)"


def _foreign_labels() -> Iterator[str]:
    """Labels that would print another province's name in this one's reports."""
    from lensan.domain import indicators
    from lensan.domain.office import OFFICES

    others = set(_province_names().values()) - {entry.province for entry in OFFICES.entries}
    for each in indicators.indicators():
        for name in sorted(others):
            if f"tỉnh {name}" in each.label:
                file = f"plans/{each.plan}/plan.yml" if each.plan else "plan.yml"
                yield f"{file}, {each.code}: give a label, the library's says tỉnh {name}"


def wrong(year: int) -> Iterator[str]:
    """What the files of this process's province say wrongly, the first slip of each kind of file."""
    for module in ("lensan.domain.office", "lensan.domain.schedule"):
        told = _slip(lambda module=module: import_module(module))  # type: ignore[misc]
        if told:
            # Everything else rests on these two.
            yield told
            return
    from lensan.domain.office import OFFICES

    mistaken = mistaken_code(OFFICES.code, OFFICES.entries[-1].province)
    if mistaken:
        yield f"office.yml, {mistaken}"
    from lensan.domain import (
        contracts,
        indicators,
        installation,
        places,
        plans,
        regions,
        report_forms,
        schedule,
        targets,
        unit_lists,
    )

    slips = list(unit_lists.wrong_units(installation.FOLDER / "units.csv"))
    if not slips and (kept := installation.FOLDER / "regions.csv").exists():
        listed = unit_lists.units(installation.FOLDER / "units.csv")
        slips = list(regions.wrong(kept, listed))
    yield from slips
    if slips:
        return
    if told := _slip(plans.plans):
        yield told
        return
    kinds: list[Callable[[], object]] = [places.places, contracts.contracts, indicators.indicators]
    kinds += [lambda kind=kind: report_forms.form(kind) for kind in plans.kinds()]  # type: ignore[misc]
    kinds += [lambda kind=kind: schedule.of(kind) for kind in plans.kinds()]  # type: ignore[misc]
    told_of = [told for each in kinds if (told := _slip(each))]
    yield from dict.fromkeys(told_of)
    if told_of:
        return
    told = _slip(targets.every)
    if told:
        yield told
    else:
        yield from _years_without_targets(year)
    yield from _foreign_labels()
    known = contracts.contracts().values()
    if not any(each.platform for each in known):
        yield "sources/: no marketplace (a contract with platform)"
    if not any(each.kind == "submission" for each in known):
        yield "sources/: nobody sends the units' forms (a contract of kind submission)"
    if not places.places().units:
        yield "units.csv: no unit"


def _years_without_targets(year: int) -> Iterator[str]:
    """Of the plans that report in a year, those that set no target of it."""
    from lensan.domain import installation, plans, targets

    for plan in plans.plans():
        is_over = plan.end is not None and plan.end.year < year
        if is_over or (plan.key and plan.start.year > year):
            continue
        if not any(
            each.year == year for each in targets.read(plan.folder / "targets.csv", plan.key)
        ):
            name = (plan.folder / "targets.csv").relative_to(installation.FOLDER)
            yield f"{name}: no target of {year}"


def _slip(read: Callable[[], object]) -> str | None:
    try:
        read()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return str(error.args[0]) if error.args else repr(error)
    return None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(list(wrong(int(sys.argv[1]))), ensure_ascii=False))
