"""Mistakes in contracts, forms, indicators, calendars and offices: each told with file, line and what is expected."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lensan.domain import (
    contracts,
    form_files,
    indicators,
    installation,
    office,
    report_forms,
    schedule,
    schemas,
)
from lensan.domain.yaml_file import Slips

CACHED = (indicators.library, indicators.indicators, report_forms.form, form_files.form_file)
CONTRACT, FORM, OWN = "sources/voso.yml", "reports/week.yml", "indicators/BN.2_orders.yml"
CALENDAR, OFFICE, PLAN = "calendar.yml", "office.yml", "plan.yml"
READ: dict[str, Callable[[Path], object]] = {
    CONTRACT: lambda folder: contracts.read(folder / CONTRACT),
    "sources/registry.yml": lambda folder: contracts.read(folder / "sources/registry.yml"),
    FORM: lambda folder: report_forms.form("week"),
    OWN: lambda folder: indicators.library(),
    CALENDAR: lambda folder: schedule.read(folder / CALENDAR),
    OFFICE: lambda folder: office.read(folder / OFFICE),
    PLAN: lambda folder: indicators.indicators(),
}
MISTAKES = [
    # contracts
    (CONTRACT, "platform: voso", "plattform: voso", "plattform: unknown key, expected one of source, .*; is platform meant?"),
    (CONTRACT, "source: voso", "source: vosso", "source: expected voso, as the file is named"),
    (CONTRACT, "kind: marketplace", "kind: market", "kind: expected one of marketplace, submission, lists, not 'market'"),
    (CONTRACT, "kind: marketplace", "kind: lists", "platform: expected the code of a marketplace where kind says one"),
    (CONTRACT, "fresh_within_days: 1 ", "fresh_within_days: soon ", "fresh_within_days: expected a whole number from 0 to 3660 or null, not 'soon'"),
    (CONTRACT, "type: identifier, required: true", "type: identifier, requierd: true", r"entities.stall.columns.\w+.requierd: unknown key, .*; is required meant\?"),
    (CONTRACT, "type: date, event: true", "type: dat, event: true", r"entities.stall.columns.\w+.type: expected one of text, identifier, .*, not 'dat'"),
    (CONTRACT, "type: date, event: true", "type: date, event: yes please", "event: expected true or false, not 'yes please'"),
    (CONTRACT, "{headers: [owner_name], type: text", "{type: text", "columns.owner_name: the key 'headers' is missing: expected a list of 1, each a text"),
    (CONTRACT, "{headers: [owner_name], type: text", "{headers: owner_name, type: text", "headers: expected a list of 1, each a text .*, not 'owner_name'"),
    (CONTRACT, "{headers: [owner_name], type: text", "{headers: [12], type: text", r"headers\[0\]: expected a text \(a number in quotes\), not '12'"),
    (CONTRACT, "{headers: [owner_name], type: text, required: true}", "text", "owner_name: expected the keys headers, type, .*, not 'text'"),
    (CONTRACT, "unit: đơn vị", "unit: miles", "unit: expected a unit of measure like kg, .*, not 'miles'"),
    (CONTRACT, "amount_vnd: {headers: [amount_vnd]", "amount_vnd: {unit: kg, headers: [amount_vnd]", "amount_vnd: expected a unit that makes đồng, not kg|unit: expected a unit that makes đồng, not kg"),
    (CONTRACT, "location: voso", "location: ftp://files.example/x", "expected a folder or one of sftp://, https://"),
    (CONTRACT, "location: voso", "location: /srv/landing", "expected a folder below the landing root"),
    (CONTRACT, "entities:", "entitis:", "entitis: unknown key, expected one of .*; is entities meant?"),
    (CONTRACT, "title: ", "source: voso\ntitle: ", "the key source stands twice"),
    (CONTRACT, "title: ", "title: [", "expected|did not find"),
    ("sources/registry.yml", "entities_of: districts", "entities_of: nobody", "entities_of: expected another source of this folder"),
    # forms
    (FORM, "word: tuần", "wort: tuần", "wort: unknown key, expected one of kind, word, .*; is word meant?"),
    (FORM, "kind: week", "kind: month", "kind: expected week, as the file is named"),
    (FORM, "  - A.2\n", "  - A.99\n", r"rows\[\d+\]: expected the code of an indicator, not 'A.99'; known: .*II.1"),
    (FORM, "  - {section: B, heading", "  - {section: B, headline", r"rows\[\d+\].headline: unknown key, expected one of section, heading; is heading meant\?"),
    (FORM, "header: TT, width: 5", "header: TT, width: wide", r"columns\[0\].width: expected a number.*, not 'wide'"),
    # indicators and the plan
    (OWN, "in_period: each", "in_period: all", "in_period: expected one of first, each, sum or null, not 'all'"),
    (OWN, "code: BN.2", "code: BN.7", "code: expected what the file's name begins with"),
    (OWN, "channels: [platform]", "channels: [submission]", "channels: expected with platform where there is a .sql"),
    (OWN, "checked_on: 2026-11-27", "checked_on: 27/11/2026", "checked_on: expected a day like 2021-10-18, not '27/11/2026'"),
    (OWN, "province: [sum]", "province: [total]", r"province\[0\]: expected one of sum, distinct, not 'total'"),
    (OWN, "  listing: [product_group]", "  listing: []", "reads.listing: expected a list of 1, each a text like seller_id, not a list"),
    (PLAN, "A.2: {of", "A.2: {from", "A.2.from: unknown key, expected one of of, label"),
    (PLAN, "A.2: {of: II.2", "A.2: {of: II.9", "A.2.of: expected the code of an indicator, not 'II.9'"),
    # calendars and offices
    (CALENDAR, "weekday: Monday", "weekday: Mon", r"week\[0\].due.weekday: expected one of Monday, .*, not 'Mon'"),
    (CALENDAR, 'weekday: Monday, at: "10:00"', "weekday: Monday, at: 10:00", r'week\[0\].due.at: expected a text in quotes like "14:00", not .600.'),
    (CALENDAR, "due: {day: ", "due: {day: 4", r"month\[0\].due.day: expected a whole number from 1 to 28"),
    (CALENDAR, "reminders:", "reminder:", r"week\[0\].reminder: unknown key, expected one of valid_from, draft"),
    (OFFICE, 'code: "27"', "code: 27", r"code: expected a text \(a number in quotes\), not '27'"),
    (OFFICE, "    place: ", "    plase: ", r"entries\[0\].plase: unknown key, .*; is place meant\?"),
    (OFFICE, "      motto: ", "      moto: ", r"entries\[0\].letterhead.moto: unknown key, expected one of authority"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the example's folder, taken for this installation's, to be spoiled."""
    copy = tmp_path / "bac-ninh"
    shutil.copytree(installation.PROVINCES / "bac-ninh", copy)
    monkeypatch.setattr(installation, "FOLDER", copy)
    for each in CACHED:
        each.cache_clear()
    yield copy
    monkeypatch.undo()
    for each in CACHED:
        each.cache_clear()


@pytest.mark.parametrize(("file", "old", "new", "told"), MISTAKES)
def test_a_mistake_is_told_with_file_line_and_what_is_expected(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Slips) as refused:
        READ[file](folder)
    line = text[: text.index(old)].count("\n") + new.rstrip("\n").count("\n") + 1
    said = [each for each in refused.value.told if re.search(told, each)]
    assert said, refused.value.told
    where = rf"{re.escape(str(folder / file))}, line (\d+)"
    found = re.match(where, said[0])
    assert found, said
    assert int(found[1]) in (line - 1, line, line + 1), said


def test_all_mistakes_of_a_file_are_told_at_once(folder: Path) -> None:
    path = folder / CONTRACT
    text = path.read_text(encoding="utf-8")
    text = text.replace("kind: marketplace", "kind: market").replace("type: date", "type: dat")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Slips) as refused:
        contracts.read(path)
    assert len(refused.value.told) > 5


@pytest.mark.parametrize("name", schemas.MODELS)
def test_the_schemas_for_editors_are_current(name: str) -> None:
    written = (schemas.FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert written == schemas.text_of(name), "make schemas"


def test_every_yaml_file_names_its_schema_for_editors() -> None:
    seen = set()
    for name, (_, globs) in schemas.MODELS.items():
        for path in [path for each in globs for path in installation.PROJECT.glob(each)]:
            first = path.read_text(encoding="utf-8").partition("\n")[0]
            named = first.removeprefix("# yaml-language-server: $schema=")
            assert (path.parent / named).resolve() == schemas.FOLDER / f"{name}.json", path
            seen.add(path)
    other = set(installation.INCLUDE.glob("**/*.yml")) - seen
    assert {path.parent.name for path in other} == {"messages", "province"}
