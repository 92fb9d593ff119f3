"""A province's folder: a skeleton to fill in, and what it still lacks (docs/van-hanh.md)."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import Environment, FileSystemLoader

from lensan.cli import further_plan
from lensan.cli.commands import Commands
from lensan.cli.shared import AsJson, app, fail, now, show
from lensan.domain import completeness, indicators, installation, schedule
from lensan.domain.office import OFFICES

_province = Commands(help="A province's folder: a skeleton to fill in, and what it still lacks.")
app.add_typer(_province, name="province")

Folder = Annotated[Path, typer.Argument(help="The folder, anywhere.", metavar="DIR")]
TEMPLATES = installation.INCLUDE / "templates" / "province"
SCHEMAS = installation.INCLUDE / "schemas"
UNIT_HEADER = ("code", "name", "kind", "level", "parent", "lat", "lon", "aliases", "valid_from", "valid_to")  # fmt: skip


@_province.command(
    epilog="Example: lensan province new /srv/lensan/provinces/an-giang --code 89 --also 91 --name 'An Giang' "
    "--office 'Sở KH&CN tỉnh An Giang' --start 2026-01-05 --units units.csv"
)
def new(
    folder: Folder,
    name: Annotated[str, typer.Option(help="The province's name, without tỉnh.")],
    code: Annotated[str, typer.Option(help="Its code in include/reference/provinces.csv.")],
    office: Annotated[str, typer.Option(help="Whose reports they are.")],
    start: Annotated[str, typer.Option(help="The first day that counts, as 2026-01-05.")],
    units: Annotated[Path, typer.Option(help="A CSV of its units: code, name, kind.")],
    also: Annotated[list[str] | None, typer.Option(help="A former province in it.")] = None,
    json_: AsJson = False,
) -> None:
    """Write a commented skeleton of a province's folder, with the contracts and forms of this installation to change.

    What nobody but you can say stands as TODO. The week is due on the weekday of the first day that counts.
    """
    if folder.exists():
        fail(_("{folder} is there already").format(folder=folder))
    try:
        began = date.fromisoformat(start)
        with units.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (ValueError, OSError) as error:
        fail(str(error))
    if not rows or not {"code", "name", "kind"} <= set(rows[0]):
        fail(_("no columns code, name, kind in {units}").format(units=units))
    mistaken = completeness.mistaken_code(code, name)
    if mistaken:
        fail(mistaken)
    template = Environment(loader=FileSystemLoader(TEMPLATES), keep_trailing_newline=True)  # noqa: S701
    folder.mkdir(parents=True)
    for path in sorted(TEMPLATES.glob("*.yml")):
        text = template.get_template(path.name).render(
            code=code,
            also=also or [],
            name=name,
            office=office,
            start=began,
            head=OFFICES.entries[0].letterhead,
        )
        (folder / path.name).write_text(text, encoding="utf-8")
    _copy_sources_and_forms(folder, name)
    _name_province_in_labels(folder / "plan.yml", name)
    _write_calendar(folder, began)
    _name_schemas(folder)
    with (folder / "units.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, UNIT_HEADER, restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            kept = {key: row.get(key) or "" for key in UNIT_HEADER}
            kept["aliases"] = kept["aliases"] or f"{row['kind']} {row['name']}"
            kept["valid_from"] = kept["valid_from"] or str(began)
            writer.writerow(kept)
    (folder / "targets.csv").write_text("year,indicator,share,strict,legal_basis\n", "utf-8")
    found = _lacks(folder)
    show([{"missing": each} for each in found], json_, "")


@_province.command(
    epilog="Example: lensan province plan /srv/lensan/provinces/an-giang kh2 --number 250/KH-UBND --start 2026-11-02"
)
def plan(
    folder: Folder,
    key: Annotated[
        str, typer.Argument(help="What the plan is called in paths and commands, as kh2.")
    ],
    number: Annotated[str, typer.Option(help="The plan's number, as 250/KH-UBND.")],
    start: Annotated[str, typer.Option(help="The first day that counts, as 2026-11-02.")],
    json_: AsJson = False,
) -> None:
    """Write a skeleton of a further plan into a province's folder, beside its first one; exit status 1 while it lacks
    anything.

    Its forms are the first plan's with codes of their own, to be changed. What nobody but you can say stands as TODO.
    """
    try:
        further_plan.write(folder.resolve(), key, number=number, start=date.fromisoformat(start))
    except (ValueError, OSError) as error:
        fail(str(error))
    _tell(_lacks(folder.resolve()), json_)


def _tell(found: list[str], json_: bool) -> None:
    show([{"missing": each} for each in found], json_, _("nothing is missing"))
    if found:
        raise typer.Exit(1)


def _copy_sources_and_forms(folder: Path, name: str) -> None:
    """Those of this installation, its province's name replaced, its people left to be said."""
    for part in ("sources", "reports"):
        shutil.copytree(installation.FOLDER / part, folder / part)
    for path in sorted(folder.rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        for entry in OFFICES.entries:
            text = text.replace(entry.province, name)
        if path.parent.name == "sources":
            text = re.sub(
                r"^contact:.*(\n +.*)*$", f"contact: {completeness.OPEN}", text, flags=re.M
            )
        path.write_text(text, encoding="utf-8")


def _name_province_in_labels(plan: Path, name: str) -> None:
    """Labels of the library are the plan's of this installation: those that name its province get the new name."""
    lines = [
        f'{code}: {{label: "{each.label.replace(entry.province, name)}"}}\n'
        for code, each in indicators.library().items()
        for entry in OFFICES.entries[:1]
        if entry.province in each.label
    ]
    with plan.open("a", encoding="utf-8") as stream:
        stream.writelines(lines)


def _name_schemas(folder: Path) -> None:
    """Let editors find the schemas from where the folder lies."""
    for path in folder.rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\$schema=[./]*schemas", f"$schema={SCHEMAS.as_posix()}", text, count=1)
        path.write_text(text, encoding="utf-8")


def _write_calendar(folder: Path, began: date) -> None:
    """This installation's, with one entry each, that begins with the plan."""
    text = (installation.FOLDER / "calendar.yml").read_text(encoding="utf-8")
    month = date(began.year + began.month // 12, began.month % 12 + 1, 1)
    head, _week, rest = text.partition("\nweek:")
    week, _month, months = rest.partition("\nmonth:")
    week = re.sub(r"(valid_from: )\S+", rf"\g<1>{began + timedelta(weeks=1)}", week, count=1)
    week = re.sub(r"(weekday: )\w+", rf"\g<1>{schedule.WEEKDAYS[began.weekday()]}", week)
    months = re.sub(r"(valid_from: )\S+", rf"\g<1>{month}", months, count=1)
    (folder / "calendar.yml").write_text(f"{head}\nweek:{week}\nmonth:{months}", "utf-8")


@_province.command(epilog="Example: lensan province check /srv/lensan/provinces/an-giang")
def check(folder: Folder, json_: AsJson = False) -> None:
    """What a province's folder lacks or says wrongly, each with its file and line; exit status 1 where there is any."""
    _tell(_lacks(folder.resolve()), json_)


def _lacks(folder: Path) -> list[str]:
    """Missing files and TODOs; where the files are there, also what they say wrongly, asked in a process of that
    province."""
    found = completeness.missing(folder)
    if any(each.endswith(": missing") for each in found):
        return found
    asked = subprocess.run(
        [sys.executable, "-m", "lensan.domain.completeness", str(now().year)],
        env={**os.environ, installation.VARIABLE: f"{folder.resolve()}/"},
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        return [*found, asked.stderr.strip().splitlines()[-1]]
    return [*found, *json.loads(asked.stdout)]
