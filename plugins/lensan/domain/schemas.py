"""The JSON Schemas of all YAML files, for editors and check-jsonschema: ``python -m lensan.domain.schemas`` writes
include/schemas (make schemas); a test says whether they are current."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from lensan.domain import (
    copy_words,
    difficulty_themes,
    disclosure,
    form_files,
    indicators,
    installation,
    request_terms,
)
from lensan.domain.checks import FigureChecks
from lensan.domain.contracts import Contract, CoreChecks
from lensan.domain.duties import Register
from lensan.domain.office import Offices
from lensan.domain.plans import About
from lensan.domain.schedule import CalendarFile

FOLDER = installation.INCLUDE / "schemas"
PROVINCE, FIGURES = "include/provinces/*", "include/sql/figures"
PLAN = f"{PROVINCE}/plans/*"
MODELS: dict[str, tuple[type[BaseModel], tuple[str, ...]]] = {
    "office": (Offices, (f"{PROVINCE}/office.yml",)),
    "calendar": (CalendarFile, (f"{PROVINCE}/calendar.yml", f"{PLAN}/calendar.yml")),
    "about_plan": (About, (f"{PLAN}/about.yml",)),
    "plan": (indicators.PlanFile, (f"{PROVINCE}/plan.yml", f"{PLAN}/plan.yml")),
    "contract": (Contract, (f"{PROVINCE}/sources/*.yml",)),
    "report": (form_files.FormFile, (f"{PROVINCE}/reports/*.yml", f"{PLAN}/reports/*.yml")),
    "indicator": (indicators.Indicator, (f"{PROVINCE}/indicators/*.yml", f"{FIGURES}/indicators/*.yml")),
    "base": (indicators.Base, (f"{PROVINCE}/bases/*.yml", f"{FIGURES}/bases/*.yml")),
    "core_checks": (CoreChecks, ("include/quality/core.yml",)),
    "figure_checks": (FigureChecks, ("include/quality/figures.yml",)),
    "further_sheets": (form_files.FurtherSheets, ("include/reports/further_sheets.yml",)),
    "copy_words": (copy_words.CopyWords, ("include/reference/copy_words.yml",)),
    "public_package": (disclosure.DisclosureRule, ("include/reference/public_package.yml",)),
    "request_terms": (request_terms.AllTerms, ("include/reference/request_terms.yml",)),
    "difficulty_themes": (
        difficulty_themes.Themes,
        ("include/reference/difficulty_themes.yml",),
    ),
    "adhoc": (form_files.AdhocFile, ("include/reports/adhoc.yml",)),
    "guide": (form_files.Guide, ("include/reports/guide.yml",)),
    "duties": (Register, (f"{PROVINCE}/duties.yml",)),
}  # fmt: skip
"""By name: the model, and which files of the project follow it."""


def text_of(name: str) -> str:
    """include/schemas/<name>.json as it should be."""
    model, files = MODELS[name]
    schema = _without_titles(model.model_json_schema())
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"{', '.join(files)}; made by make schemas from {model.__module__}.{model.__name__}",
    }
    return json.dumps({**head, **schema}, ensure_ascii=False, indent=1) + "\n"


def _without_titles(node: Any) -> Any:
    """Titles say no more than the keys; a docstring's line breaks are none of the text."""
    if isinstance(node, list):
        return [_without_titles(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {}
    for key, value in node.items():
        if key == "title" and isinstance(value, str):
            continue
        is_text = key == "description" and isinstance(value, str)
        found[key] = " ".join(value.split()) if is_text else _without_titles(value)
    return found


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in MODELS:
        (FOLDER / f"{each}.json").write_text(text_of(each), encoding="utf-8")
