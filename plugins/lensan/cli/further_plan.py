"""The skeleton of a further plan in a province's folder (docs/decisions/0038-two-plans.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from gettext import gettext as _
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader

from lensan.domain import installation, plans

TEMPLATES = installation.INCLUDE / "templates" / "province"
SCHEMAS = installation.INCLUDE / "schemas"
_LETTERS = "KLMNPQRSTUVWXYZ"


def write(province: Path, key: str, *, number: str, start: date) -> Path:
    """Write plans/<key> of a province's folder: the forms of its first plan with codes that no plan of it has, no
    targets, what nobody else can say left as TODO. Raises ValueError saying what is wrong."""
    if not plans.KEY.fullmatch(key):
        raise ValueError(
            _("a plan's key is of small letters and digits, as kh2, not {key!r}").format(key=key)
        )
    folder = province / plans.FOLDER.name / key
    if folder.exists():
        raise ValueError(_("{folder} is there already").format(folder=folder))
    forms = {
        each: (province / "reports" / f"{each}.yml").read_text("utf-8") for each in plans.CADENCES
    }
    rows: dict[str, list[Any]] = {
        each: yaml.safe_load(text)["rows"] for each, text in forms.items()
    }
    codes = _codes(rows.values(), _letter(province))
    (folder / "reports").mkdir(parents=True)
    for each, text in forms.items():
        stem = yaml.safe_load(text)["file_stem"]
        head = text.partition("\nrows:")[0].replace(
            f"file_stem: {stem}", f"file_stem: {stem}-{key}"
        )
        head = re.sub(r"\$schema=\S+", f"$schema={SCHEMAS.as_posix()}/report.json", head, count=1)
        lines = [f"  - {_row(row, codes)}\n" for row in rows[each]]
        (folder / "reports" / f"{each}.yml").write_text(f"{head}\nrows:\n{''.join(lines)}", "utf-8")
    renamed = [f"{mine}: {_flow(_entry(province, code))}\n" for code, mine in codes.items()]
    said = f"# yaml-language-server: $schema={SCHEMAS.as_posix()}/plan.json\n"
    (folder / "plan.yml").write_text(said + "".join(renamed), "utf-8")
    (folder / "targets.csv").write_text("year,indicator,share,strict,legal_basis\n", "utf-8")
    template = Environment(loader=FileSystemLoader(TEMPLATES), keep_trailing_newline=True)  # noqa: S701
    about = template.get_template(f"{plans.ABOUT}.j2")
    text = about.render(schemas=SCHEMAS.as_posix(), number=number, start=start)
    (folder / plans.ABOUT).write_text(text, "utf-8")
    return folder


def _letter(province: Path) -> str:
    """The first letter that no code of any plan begins with."""
    taken = set()
    for path in province.rglob("reports/*.yml"):
        rows = yaml.safe_load(path.read_text("utf-8"))["rows"]
        taken |= {row[0] for row in rows if isinstance(row, str)}
    return next(letter for letter in _LETTERS if letter not in taken)


def _codes(forms: Iterable[Sequence[Any]], letter: str) -> dict[str, str]:
    """By code of the first plan the new one: sections numbered in the order of the forms, the month's last."""
    every = [row for rows in forms for row in rows if isinstance(row, str)]
    sections = list(dict.fromkeys(code.partition(".")[0] for code in every))
    return {
        code: f"{letter}{sections.index(section) + 1}{dot}{number}"
        for code in dict.fromkeys(every)
        for section, dot, number in [code.partition(".")]
    }


def _row(row: str | Mapping[str, str], codes: Mapping[str, str]) -> str:
    return codes[row] if isinstance(row, str) else _flow(row)


def _entry(province: Path, code: str) -> dict[str, Any]:
    """Which indicator of the library a code of the first plan is, and what that plan calls or asks differently."""
    file = province / "plan.yml"
    said = yaml.safe_load(file.read_text("utf-8")) if file.is_file() else None
    return {"of": code, **((said or {}).get(code) or {})}


def _flow(said: Mapping[str, Any]) -> str:
    return yaml.safe_dump(
        dict(said), allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000
    ).strip()
