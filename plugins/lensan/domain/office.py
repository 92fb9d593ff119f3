"""Whose reports these are: province, office, plan, each name with its time (office.yml of the province's folder).

Nothing else in the package knows a name of theirs. Published reports keep what was printed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path

from lensan.domain import installation
from lensan.domain.yaml_node import Marked, YamlNode, load

FILE = installation.FOLDER / "office.yml"


@dataclass(frozen=True)
class Letterhead:
    """The four lines above a report, in capitals where they are printed so."""

    authority: str
    office: str
    nation: str
    motto: str


@dataclass(frozen=True)
class Signature:
    """Who signs, and the hint below."""

    title: str
    hint: str


@dataclass(frozen=True)
class Plan:
    """The plan that the reports are about; ``title`` without the province."""

    number: str
    date: date
    issuer: str
    title: str


@dataclass(frozen=True)
class Office:
    """What is printed from ``valid_from`` until ``valid_until``, both included (None: still).

    ``province``: Quảng Ninh; ``whole_province``: tỉnh Quảng Ninh, as within a sentence. ``short_office``
    is the author of comments, ``symbol`` what stands behind a report's number, ``place`` that of signing;
    ``signatures`` from left to right; ``copies_to``: whom a report goes to, as *Nơi nhận* lists them.
    """

    valid_from: date
    valid_until: date | None
    province: str
    whole_province: str
    office: str
    short_office: str
    letterhead: Letterhead
    symbol: str
    place: str
    signatures: tuple[Signature, ...]
    copies_to: tuple[str, ...]
    mail_domain: str
    plan: Plan


@dataclass(frozen=True)
class Offices:
    """``code``: the province in include/reference/provinces.csv, and the whole of it among its units.
    ``plan_start``: the first day that counts. ``entries``: in the order of time, without a gap. ``also``: codes of former provinces that are parts of it."""

    code: str
    plan_start: date
    entries: tuple[Office, ...]
    also: frozenset[str] = frozenset()

    def at(self, day: date) -> Office:
        """The office on a day; before the first entry's time that entry."""
        held = [entry for entry in self.entries if entry.valid_from <= day]
        return held[-1] if held else self.entries[0]


def read(path: Path = FILE) -> Offices:
    """The offices of a file. Raises ValueError naming the file, the key and what is expected there."""
    spec = YamlNode(installation.shown(path), load(path))
    spec.only("code", "also", "plan_start", "entries")
    entries: list[Office] = []
    known = Marked({}, {})
    for entry in spec.list("entries"):
        entry.only(*(field.name for field in fields(Office) if field.name != "valid_until"))
        valid_from = entry.day("valid_from")
        if entries and valid_from <= entries[-1].valid_from:
            raise entry.wrong("valid_from", "a later day than in the entry before")
        known = entry.values.over(known)
        entries.append(_office(YamlNode(entry.where, known), valid_from))
    for number, following in enumerate(entries[1:]):
        ended = vars(entries[number]) | {"valid_until": following.valid_from - timedelta(days=1)}
        entries[number] = Office(**ended)
    also = frozenset(spec.texts("also")) if "also" in spec.values else frozenset()
    return Offices(spec.text("code"), spec.day("plan_start"), tuple(entries), also)


def _office(entry: YamlNode, valid_from: date) -> Office:
    head, plan = entry.part("letterhead"), entry.part("plan")
    head.only(*(field.name for field in fields(Letterhead)))
    plan.only(*(field.name for field in fields(Plan)))
    signatures = entry.list("signatures")
    if len(signatures) != 2:
        raise entry.wrong("signatures", "two, left and right")
    for signature in signatures:
        signature.only("title", "hint")
    return Office(
        valid_from=valid_from,
        valid_until=None,
        province=entry.text("province"),
        whole_province=entry.text("whole_province"),
        office=entry.text("office"),
        short_office=entry.text("short_office"),
        letterhead=Letterhead(
            **{field.name: head.text(field.name) for field in fields(Letterhead)}
        ),
        symbol=entry.text("symbol"),
        place=entry.text("place"),
        signatures=tuple(Signature(each.text("title"), each.text("hint")) for each in signatures),
        copies_to=entry.texts("copies_to"),
        mail_domain=entry.text("mail_domain"),
        plan=Plan(plan.text("number"), plan.day("date"), plan.text("issuer"), plan.text("title")),
    )


OFFICES = read()
PROVINCE = OFFICES.code
"""The home province: whose producers count, and the code of the whole province among its units."""
PLAN_START = OFFICES.plan_start


def at(day: date) -> Office:
    """The office on a day (see Offices.at)."""
    return OFFICES.at(day)
