"""Reference data with validity dates: units of the province's folder, provinces, countries of include/reference.

A code is never read without its date: since 2025-07-01 districts are abolished, provinces are 34, and
codes are used again with another meaning.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lensan.domain import installation, regions, unit_lists, values
from lensan.domain.office import OFFICES
from lensan.domain.seats import LAST_DAY, Seats, Succession, Validity, fold_commune
from lensan.domain.values import Parsed

PROVINCES_VALID_UNTIL = date(2025, 6, 30)

_DISTRICT_PREFIX = re.compile(
    r"^(thanh pho|thi xa|huyen dao|huyen|quan|tp|tx|h|q|t p|t x)\s+(?=\S)"
)
_PROVINCE_PREFIX = re.compile(r"^(tinh|thanh pho|tp|t p)\s+(?=\S)")
_COUNTRY_PREFIX = re.compile(
    r"^(nuoc|ch|chlb|chnd|chdcnd|chxhcn|lb|lien bang|vuong quoc|cong hoa"
    r"( lien bang| nhan dan| dan chu nhan dan| xa hoi chu nghia)?)\s+(?=\S)"
)
_KIND_BEHIND = re.compile(
    r"(?i),?\s(city|province|tỉnh|thành phố|tp\.?|việt nam|vietnam|viet nam|vn)$"
)
_BRACKETED = re.compile(r"\s?\(([^()]{1,60})\)\s?")
_KINDS = frozenset(("tp", "tx", "h", "huyen", "thi xa", "thanh pho", "tinh", "quan", "dac khu", "huyen dao"))  # fmt: skip
_OF_PROVINCE = re.compile(
    rf"\s(tinh\s)?({'|'.join({values.fold(entry.province) for entry in OFFICES.entries})})$"
)


class _Names:
    """Finds an entry by name or alias: without case and diacritics where that is unambiguous."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._folded: dict[str, set[str]] = defaultdict(set)
        self._joined: dict[str, set[str]] = defaultdict(set)

    def add(self, code: str, name: str, *, is_name: bool = False) -> None:
        self._exact[values.norm(name)].add(code)
        self._folded[values.fold(name)].add(code)
        self._joined[values.fold(name).replace(" ", "")].add(code)
        if is_name:
            self._names[values.fold(name)].add(code)

    def find(self, text: str) -> Parsed:
        found = self.codes(text)
        if len(found) == 1:
            return Parsed(next(iter(found)))
        return Parsed(None, "ambiguous_place" if found else "unknown_place")

    def codes(self, text: str) -> set[str]:
        """All entries that a text may name, of the same time."""
        # A name goes before an alias: Nga is Russia, though NGA is Nigeria's code.
        found = self._names.get(values.fold(text)) or self.ever(text)
        if len(found) > 1:
            found = self._exact.get(values.norm(text), found)
        if not found:
            joined = values.fold(text).replace(" ", "")
            # Đắklắk, Kontum, B.R.V.T; not the two or three letters of a code.
            found = self._joined.get(joined, set()) if len(joined) > 3 else set()
        return found

    def ever(self, text: str) -> set[str]:
        """All entries that a text names, or named at another time: Hoành Bồ."""
        return self._folded.get(values.fold(text), set())


class Places:
    """Units of the home province, provinces and countries, as the province's folder and include/reference list them.

    A province's name is read as one of the 63 of before 2025-07-01, each of which has one successor
    since: which of both a figure counts is decided by its period, never by a code without a date.
    """

    def __init__(self, province: Path, folder: Path) -> None:
        self.units = unit_lists.units(province / "units.csv")
        for row in self.units:
            row["level"] = row["level"] or _level(row["kind"])
        self._unit = {row["code"]: row for row in self.units}
        self._began = min((row["valid_from"] for row in self.units), default="")
        listed = unit_lists.successions(province / "successions.csv", self.units)
        self.seats = _seats(self.units, listed)
        self.regions = regions.read(province / "regions.csv", self.units)
        self.senders = [*self.units, *self.regions.senders()]
        """Whoever may report, of all times: units and regions."""
        self.provinces = _read(folder / "provinces.csv")
        self.provinces_2025 = _read(folder / "provinces_2025.csv")
        self.countries = _read(folder / "countries.csv")
        self._unit_names, self._province_names, self._country_names = _Names(), _Names(), _Names()
        for row in self.units:
            for name in {row["name"], f"{row['kind']} {row['name']}", *_aliases(row)}:
                self._unit_names.add(row["code"], name, is_name=name == row["name"])
        for row in self.provinces:
            for name in {row["name"], *_aliases(row)}:
                self._province_names.add(row["code"], name, is_name=name == row["name"])
        for row in self.countries:
            for name in {row["name"], row["code"], *_aliases(row)}:
                self._country_names.add(row["code"], name, is_name=name == row["name"])
        self.match_unit = lru_cache(maxsize=8192)(self._match_unit)
        self.match_province = lru_cache(maxsize=8192)(self._match_province)
        self.match_country = lru_cache(maxsize=8192)(self._match_country)

    def _match_unit(self, text: Any, on: date | None = None) -> Parsed:
        """Code of a unit by name or alias. Where units of two times share a name, the one that existed on a date;
        without a date the first that bore it (docs/rules/units.md#names)."""
        cleaned = _cleaned(text)
        if isinstance(cleaned, Parsed):
            return cleaned
        bare = _OF_PROVINCE.sub("", values.fold(cleaned))
        found = self._unit_names.ever(cleaned) or self._unit_names.ever(bare)
        found = found or self._unit_names.codes(cleaned) or self._unit_names.codes(bare)
        if not found:
            found = {
                code
                for code in self._unit_names.ever(_DISTRICT_PREFIX.sub("", bare))
                if self._unit[code]["level"] == "district"
            }
        if not found:
            return self._without_brackets(
                cleaned, lambda part: self.match_unit(part, on), Parsed(None, "unknown_place")
            )
        if len(found) > 1:
            first = min(self._unit[code]["valid_from"] for code in found)
            found = {
                code
                for code in found
                if (
                    self._unit[code]["valid_from"] == first if on is None else self.exists(code, on)
                )
            } or found
        return Parsed(next(iter(found))) if len(found) == 1 else Parsed(None, "ambiguous_place")

    def match_sender(self, text: Any, on: date | None = None) -> Parsed:
        """Code of a region by name or alias, else of a unit (as ``match_unit``): whoever may report."""
        cleaned = _cleaned(text)
        region = None if isinstance(cleaned, Parsed) else self.regions.find(cleaned, on)
        return Parsed(region) if region else self.match_unit(text, on)

    def reports(self, code: str, on: date) -> bool:
        """Whether a unit or a region reports of a period whose last day it is: a region that does stands for its
        units, and no one is reported twice (docs/rules/units.md#regions)."""
        region = next((each for each in self.regions.on(on) if each.code == code), None)
        if region is not None:
            return region.is_reporting
        if not self.exists(code, on):
            return False
        above = self.regions.of_unit(code, on)
        return above is None or not above.is_reporting

    def is_sender(self, code: str, on: date) -> bool:
        """Whether there is a unit or a region of a code on a day, whoever of them reports."""
        return self.exists(code, on) or any(each.code == code for each in self.regions.on(on))

    def sender(self, code: str) -> dict[str, str]:
        """Whoever may report: its row, with code, name and kind at least. Raises KeyError."""
        for row in self.senders:
            if row["code"] == code:
                return row
        raise KeyError(code)

    def exists(self, code: str, on: date) -> bool:
        """Whether a unit of the code exists on a date; before the first ones began these do."""
        day = max(on.isoformat(), self._began)
        return any(
            row["code"] == code
            and row["valid_from"] <= day <= (row["valid_to"] or LAST_DAY.isoformat())
            for row in self.units
        )

    def settled(self, code: str | None, commune: str | None) -> str | None:
        """The unit, or one of the same name that ended, where the commune beside it was a part of that: Phường Hồng
        Gai, Hạ Long is an address of before July 2025."""
        if (
            code is None
            or not commune
            or fold_commune(commune) == values.fold(self._unit[code]["name"])
        ):
            return code
        ended = [
            former
            for former in self._unit_names.ever(self._unit[code]["name"]) - {code}
            if self._unit[former]["valid_from"] < self._unit[code]["valid_from"]
            and self.seats.seat(former, commune) != former
        ]
        return ended[0] if len(ended) == 1 else code

    def match_commune(self, commune: Any, opened_on: date | None, on: date) -> Parsed:
        """The unit of an address without a district, as it is written since communes are units: the commune itself,
        else the one former unit that had a commune so called. Value null: no address of that kind; ambiguous_place
        where the name was another's in the time that the record is of."""
        cleaned = _cleaned(commune)
        if isinstance(cleaned, Parsed):
            return Parsed(None)
        now = {
            code
            for code in self._unit
            if self._unit[code]["level"] == "commune" and self.exists(code, on)
        }
        if not now:
            return Parsed(None)
        named = self._unit_names.codes(cleaned) & now or {
            code for code in now if fold_commune(self._unit[code]["name"]) == fold_commune(cleaned)
        }
        former = self.seats.communes_of(cleaned)
        began = min(self._unit[code]["valid_from"] for code in now)
        is_older = opened_on is not None and opened_on.isoformat() < began
        if len(named) == 1:
            others = {other for reached in former.values() for other in reached} - named
            return (
                Parsed(None, "ambiguous_place")
                if is_older and others
                else Parsed(next(iter(named)))
            )
        if len(former) > 1:
            return Parsed(None, "ambiguous_place")
        return Parsed(next(iter(former), None))

    def _match_province(self, text: Any, on: date | None = None) -> Parsed:
        """GSO code of a province as before 2025-07-01, also for names that are still used since."""
        cleaned = _cleaned(text)
        if isinstance(cleaned, Parsed):
            return cleaned
        found = self._province_named(cleaned)
        if found.value is None:
            found = self._without_brackets(cleaned, self.match_province, found)
        if found.value is None and "," in cleaned:
            # An address ends in its province: "phường 1, quận 3, TP.HCM"; two provinces are none.
            parts = {self._province_named(part).value for part in cleaned[:200].split(",")[1:]}
            parts.discard(None)
            first = self._province_named(cleaned.split(",")[0]).value
            if len(parts) == 1 and first in (None, *parts):
                return Parsed(parts.pop())
        return found

    def _province_named(self, text: str) -> Parsed:
        found = self._province_names.find(text)
        if found.value is None:
            bare = _KIND_BEHIND.sub("", text.strip(" .,"))
            found = self._province_names.find(_PROVINCE_PREFIX.sub("", values.fold(bare)))
        return found

    @staticmethod
    def _without_brackets(text: str, match: Callable[[str], Parsed], found: Parsed) -> Parsed:
        """The place without what stands in brackets, unless that is another such place."""
        bracketed = _BRACKETED.search(text[:200])
        if bracketed is None:
            return found
        named = match(f"{text[: bracketed.start()]} {text[bracketed.end() :]}")
        other = match(bracketed[1]) if values.fold(bracketed[1]) not in _KINDS else Parsed(None)
        if named.value is not None and other.value not in (None, named.value):
            return Parsed(None, "ambiguous_place")
        return named

    def _match_country(self, text: Any) -> Parsed:
        """ISO alpha-2 code, by Vietnamese name, code or alias."""
        cleaned = _cleaned(text)
        if isinstance(cleaned, Parsed):
            return cleaned
        found = self._country_names.find(cleaned)
        if found.value is None:
            found = self._country_names.find(_COUNTRY_PREFIX.sub("", values.fold(cleaned)))
        return (
            self._without_brackets(cleaned, self.match_country, found)
            if found.value is None
            else found
        )

    def unit_name(self, code: str) -> str:
        """The name as printed: TP Hạ Long, TX Đông Triều, Huyện Ba Chẽ, Phường Hạ Long; of a region too. Raises
        KeyError."""
        return _full_name(self.sender(code))

    def unit_rows(self) -> list[dict[str, Any]]:
        """The units as core.unit has them."""
        return [
            {
                "unit_code": row["code"],
                "name": row["name"],
                "kind": row["kind"],
                "level": row["level"],
                "parent_code": row["parent"] or None,
                "latitude": row["lat"] or None,
                "longitude": row["lon"] or None,
                "full_name": _full_name(row),
                "position": number,
                "valid_from": row["valid_from"],
                "valid_to": row["valid_to"] or None,
            }
            for number, row in enumerate(self.units, 1)
        ]

    def seat_rows(self, seats: Iterable[str]) -> list[dict[str, Any]]:
        """Which unit each seat is of, day by day, as core.seat has it."""
        return [row._asdict() for row in self.seats.rows(seats)]

    def province_rows(self) -> list[dict[str, Any]]:
        """The 63 provinces of before 2025-07-01 and the 34 since (Nghị quyết 202/2025/QH15)."""
        former = [
            {
                "province_code": row["code"],
                "gso_code": row["code"],
                "name": row["name"],
                "region": row["region"],
                "position": number,
                "valid_from": None,
                "valid_to": PROVINCES_VALID_UNTIL,
            }
            for number, row in enumerate(self.provinces, 1)
        ]
        return former + [
            {
                "province_code": _since_2025(row["code"]),
                "gso_code": row["code"],
                "name": row["name"],
                "region": row["region"],
                "position": len(former) + number,
                "valid_from": PROVINCES_VALID_UNTIL + timedelta(days=1),
                "valid_to": None,
            }
            for number, row in enumerate(self.provinces_2025, 1)
        ]

    def province_successor_rows(self) -> list[dict[str, Any]]:
        """Each former province with the one that it is part of since July 2025."""
        return [
            {"province_code": former, "successor_code": _since_2025(row["code"])}
            for row in self.provinces_2025
            for former in row["former"].split("|")
        ]

    def country_rows(self) -> list[dict[str, Any]]:
        """The countries as core.country has them, in the order of their names."""
        ordered = sorted(self.countries, key=lambda row: sort_key(row["name"]))
        return [
            {"country_code": row["code"], "name": row["name"], "position": number}
            for number, row in enumerate(ordered, 1)
        ]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _since_2025(code: str) -> str:
    """Codes are used again with another meaning: 24 was Bắc Giang and is Bắc Ninh."""
    return f"2025-{code}"


def _aliases(row: dict[str, str]) -> list[str]:
    return [alias for alias in row["aliases"].split("|") if alias]


def _full_name(row: dict[str, str]) -> str:
    short = {"Thành phố": "TP", "Thị xã": "TX"}.get(row["kind"], row["kind"])
    return f"{short} {row['name']}"


def _level(kind: str) -> str:
    return "commune" if kind in ("Xã", "Phường", "Thị trấn", "Đặc khu") else "district"


def _seats(units: list[dict[str, str]], successions: list[dict[str, str]]) -> Seats:
    return Seats(
        (
            Validity(
                row["code"],
                row["name"],
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else LAST_DAY,
            )
            for row in units
        ),
        (Succession(**row) for row in successions),
    )


def _cleaned(text: Any) -> str | Parsed:
    if text is values.FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    if isinstance(text, values.CellError):
        return Parsed(None, "error_value")
    cleaned = values.clean_text(text)
    if cleaned is None or values.is_nothing(cleaned) or values.says_none(cleaned):
        return Parsed(None)
    return cleaned


@cache
def places() -> Places:
    """The project's reference data, read once."""
    return Places(installation.FOLDER, installation.REFERENCE)


_LETTERS = {letter: number for number, letter in enumerate("aăâbcdđeêghiklmnoôơpqrstuưvxyfjwz", 1)}


def sort_key(text: str) -> tuple[tuple[int, ...], str]:
    """Vietnamese alphabetical order: the servers' collations do not know it."""
    import unicodedata

    bare = []
    for character in values.clean_text(text.casefold()) or "":
        decomposed = unicodedata.normalize("NFD", character)
        kept = "".join(c for c in decomposed if c not in values._TONES)
        letter = unicodedata.normalize("NFC", kept)
        bare.append(_LETTERS.get(letter, 0 if letter == " " else 100))
    return tuple(bare), text
