"""Reference data with validity dates: units of the province's folder, provinces, countries of include/reference.

A code is never read without its date: since 2025-07-01 districts are abolished, provinces are 34, and
codes are used again with another meaning.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lensan.domain import installation, values
from lensan.domain.office import OFFICES
from lensan.domain.values import Parsed

PROVINCES_VALID_UNTIL = date(2025, 6, 30)

_UNIT_PREFIX = re.compile(
    r"^(thanh pho|thi xa|huyen dao|huyen|dac khu|quan|tp|tx|h|q|t p|t x)\s+(?=\S)"
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
_COMMUNE_PREFIX = re.compile(r"^(xã|phường|thị trấn|đặc khu|tt|p|x)[\s.]+(?=\S)")
_BARE_COMMUNE_PREFIX = re.compile(r"^(xa|phuong|thi tran|dac khu) (?=\S+ \S)")


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
        # A name goes before an alias: Nga is Russia, though NGA is Nigeria's code.
        found = self._names.get(values.fold(text)) or self._folded.get(values.fold(text), set())
        if len(found) > 1:
            found = self._exact.get(values.norm(text), found)
        if not found:
            joined = values.fold(text).replace(" ", "")
            # Đắklắk, Kontum, B.R.V.T; not the two or three letters of a code.
            found = self._joined.get(joined, set()) if len(joined) > 3 else set()
        if len(found) == 1:
            return Parsed(next(iter(found)))
        return Parsed(None, "ambiguous_place" if found else "unknown_place")


class Places:
    """Units of the home province, provinces and countries, as the province's folder and include/reference list them.

    A province's name is read as one of the 63 of before 2025-07-01, each of which has one successor
    since: which of both a figure counts is decided by its period, never by a code without a date.
    """

    def __init__(self, units: Path, folder: Path) -> None:
        self.units = _read(units)
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
        """Code of a unit that existed on a date (None: whenever), by name or alias."""
        cleaned = _cleaned(text)
        if isinstance(cleaned, Parsed):
            return cleaned
        found = self._unit_names.find(cleaned)
        if found.value is None:
            bare = _OF_PROVINCE.sub("", values.fold(cleaned))
            found = self._unit_names.find(bare)
            if found.value is None:
                found = self._unit_names.find(_UNIT_PREFIX.sub("", bare))
        if found.value is None:
            found = self._without_brackets(cleaned, self.match_unit, found)
        if found.value is not None and on is not None and not self._valid(found.value, on):
            return Parsed(None, "unknown_place")
        return found

    def _valid(self, code: str, on: date) -> bool:
        return any(
            row["code"] == code
            and (
                not row["valid_from"]
                or date.fromisoformat(row["valid_from"]) <= on
                or on.year < 2020
            )
            and (not row["valid_to"] or on <= date.fromisoformat(row["valid_to"]))
            for row in self.units
        )

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
        """The name as printed: TP Hạ Long, TX Đông Triều, Huyện Ba Chẽ. Raises KeyError."""
        for row in self.units:
            if row["code"] == code:
                return _full_name(row)
        raise KeyError(code)

    def unit_rows(self) -> list[dict[str, Any]]:
        """The units as core.unit has them."""
        return [
            {
                "unit_code": row["code"],
                "name": row["name"],
                "kind": row["kind"],
                "full_name": _full_name(row),
                "position": number,
                "valid_from": row["valid_from"],
                "valid_to": row["valid_to"] or None,
            }
            for number, row in enumerate(self.units, 1)
        ]

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
    return Places(installation.FOLDER / "units.csv", installation.REFERENCE)


def fold_commune(text: str) -> str:
    """A commune's comparable name, without its prefix; names repeat between units.

    Phương Nam is a ward's name and folds like a prefix: only Phường is one. Without diacritics
    "Phuong Nam" is the name and "Phuong Hong Gai" bears the prefix.
    """
    bare = _COMMUNE_PREFIX.sub("", values.norm(text))
    folded = values.fold(bare)
    return _BARE_COMMUNE_PREFIX.sub("", folded) if text.isascii() else folded


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
