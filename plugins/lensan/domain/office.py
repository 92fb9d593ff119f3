"""Whose reports these are: province, office, plan, each name with its time (office.yml of the province's folder).

Nothing else in the package knows a name of theirs. Published reports keep what was printed.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from lensan.domain import installation
from lensan.domain.yaml_file import Day, Spec, Text, YamlFile, as_before, only_first, slip

FILE = installation.FOLDER / "office.yml"


class Letterhead(Spec):
    """The four lines above a report, in capitals where they are printed so."""

    authority: Text
    office: Text
    nation: Text
    motto: Text


class Signature(Spec):
    """Who signs, and the hint below."""

    title: Text
    hint: Text


class PlanPrinted(Spec):
    """The plan that the reports are about; ``title`` without the province."""

    number: Text
    date: Day
    issuer: Text
    title: Text


class Office(Spec):
    """What is printed from ``valid_from`` until the day before the next entry's. What an entry leaves out is as in
    the entry before.

    ``province``: Quảng Ninh; ``whole_province``: tỉnh Quảng Ninh, as within a sentence. ``short_office``
    is the author of comments, ``symbol`` what stands behind a report's number, ``place`` that of signing;
    ``signatures`` from left to right; ``copies_to``: whom a report goes to, as *Nơi nhận* lists them.
    """

    model_config = ConfigDict(json_schema_extra=only_first("valid_from"))

    valid_from: Day
    province: Text
    whole_province: Text
    office: Text
    short_office: Text
    letterhead: Letterhead
    symbol: Text
    place: Text
    signatures: tuple[Signature, Signature]
    copies_to: Annotated[tuple[Text, ...], Field(min_length=1)]
    mail_domain: Text
    plan: PlanPrinted


class Offices(Spec):
    """``code``: the province in include/reference/provinces.csv, and the whole of it among its units.
    ``plan_start``: the first day that counts; ``plan_end``: the last day that is
    reported on, left out while the plan goes on. ``entries``: in the order of time, without a gap. ``also``: codes of
    former provinces that are parts of it."""

    code: Text
    plan_start: Day
    plan_end: Day | None = None
    entries: Annotated[tuple[Office, ...], BeforeValidator(as_before), Field(min_length=1)]
    also: frozenset[Text] = frozenset()

    @model_validator(mode="after")
    def _in_the_order_of_time(self) -> Offices:
        if self.plan_end is not None and self.plan_end <= self.plan_start:
            raise slip("expected a later day than plan_start", "plan_end")
        for number, entry in enumerate(self.entries[1:], 1):
            if entry.valid_from <= self.entries[number - 1].valid_from:
                told = "expected a later day than in the entry before"
                raise slip(told, "entries", number, "valid_from")
        return self

    def at(self, day: date) -> Office:
        """The office on a day; before the first entry's time that entry."""
        held = [entry for entry in self.entries if entry.valid_from <= day]
        return held[-1] if held else self.entries[0]

    def until(self, entry: Office) -> date | None:
        """The last day of an entry; None: it still holds."""
        later = [each.valid_from for each in self.entries if each.valid_from > entry.valid_from]
        return later[0] - timedelta(days=1) if later else None


def read(path: Path = FILE) -> Offices:
    """The offices of a file. Raises Slips with file, line and what is expected."""
    return YamlFile(path).read(Offices)


OFFICES = read()
PROVINCE = OFFICES.code
"""The home province: whose producers count, and the code of the whole province among its units."""
PLAN_START = OFFICES.plan_start


def at(day: date) -> Office:
    """The office on a day (see Offices.at)."""
    return OFFICES.at(day)
