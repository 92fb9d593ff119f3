"""How one hand writes a value: the clean way, or one of the many ways that mean the same.

Every way is one that docs/rules/sources.md#text-numbers-dates-as-they-come accepts. A hand keeps to
its habits through a file, as people and export programs do, and varies within them.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from lensan.domain import installation
from lensan.samples import home, legacy
from lensan.samples.sheets import Lettered

WORDS = {
    "postmart": {
        "household": "Hộ SXNN", "business_household": "Hộ kinh doanh", "cooperative": "HTX",
        "coop_group": "THT", "company": "Doanh nghiệp",
        "agri": "Nông sản", "input": "Vật tư đầu vào", "other": "Khác",
        "pending": "Chờ xử lý", "shipping": "Đang giao", "completed": "Hoàn thành",
        "cancelled": "Đã hủy", "returned": "Hoàn trả",
    },
    "voso": {
        "household": "HOUSEHOLD", "business_household": "BUSINESS_HOUSEHOLD",
        "cooperative": "COOPERATIVE", "coop_group": "COOP_GROUP", "company": "COMPANY",
        "agri": "AGRI", "input": "INPUT", "other": "OTHER",
        "pending": "PENDING", "shipping": "SHIPPING", "completed": "COMPLETED",
        "cancelled": "CANCELLED", "returned": "RETURNED",
    },
    "lists": {
        "household": "Hộ SXNN", "business_household": "Hộ kinh doanh", "cooperative": "HTX",
        "coop_group": "THT", "company": "Doanh nghiệp",
        "digital_skills": "Kỹ năng số", "packing": "Đóng gói - kết nối - giao nhận",
    },
}  # fmt: skip


@cache
def places(kind: str) -> dict[str, tuple[str, list[str]]]:
    """Code → name and aliases, of ``units``, ``provinces`` or ``countries``."""
    folder = installation.FOLDER if kind == "units" else installation.REFERENCE
    with (folder / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: (row["name"], [a for a in (row["aliases"] or "").split("|") if a])
            for row in csv.DictReader(file)
        }


@cache
def unit_kind(code: str) -> str:
    """Thành phố, Thị xã or Huyện."""
    with (installation.FOLDER / "units.csv").open(encoding="utf-8", newline="") as file:
        return next(row["kind"] for row in csv.DictReader(file) if row["code"] == code)


def bare(text: str) -> str:
    """The text without its diacritics."""
    text = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in text if not unicodedata.combining(c))


_OLD_PLACES = {
    toned + second: first + toned_second
    for firsts, second, first, seconds in (
        ("òóỏõọ", "a", "o", "àáảãạ"),
        ("òóỏõọ", "e", "o", "èéẻẽẹ"),
        ("ùúủũụ", "y", "u", "ỳýỷỹỵ"),
    )
    for toned, toned_second in zip(firsts, seconds, strict=True)
}
_MOVABLE = re.compile(rf"(?<![qQ])({'|'.join(_OLD_PLACES)})(?!\w)")


def move_tones(text: str) -> str:
    """The tone marks where the other school puts them: Hòa → Hoà, thủy → thuỷ."""
    return _MOVABLE.sub(lambda match: _OLD_PLACES[match[1]], text)


class Hand:
    """Writes values. ``medium``: csv, json or sheet; a clean hand has no habits at all.

    ``spell`` gives text for csv; for json and sheets also numbers, dates and datetimes. A value that
    is nothing (None, NaN, NaT, phone 0) is None.
    """

    def __init__(
        self,
        draw: np.random.Generator,
        *,
        messy: bool,
        medium: str,
        words: str,
        encoding: str = "utf-8",
    ) -> None:
        self.draw = draw
        self.messy = messy
        self.medium = medium
        self.words = WORDS[words] if words in WORDS else home.words(words)
        self.platform = words
        self._memory: dict[tuple[str, Any], Any] = {}
        self._proved: set[str] = set()
        plain = not messy
        self.numbers = "plain" if plain else self._one(["plain", "vn", "vn3", "en", "blank"])
        self.dates = "iso" if words == "voso" else "dmy"
        if messy:
            self.dates = self._one(["dmy", "short", "dash", "iso", "offset", "utc"])
        self.header_case = (
            "as is" if plain else self._one(["as is", "as is", "upper", "lower", "bare"])
        )
        self.decomposed = messy and encoding != "cp1258" and draw.random() < 0.25
        self.moves_tones = messy and draw.random() < 0.4
        self.blanks = messy and draw.random() < 0.4
        self.bare_places = messy and draw.random() < 0.2
        self.titles = messy and draw.random() < 0.5
        self.legacy: str | None = None
        if messy and medium == "sheet" and draw.random() < 0.35:
            self.legacy = self._one(["tcvn3", "vni"])
        self.zero_width = encoding != "cp1258"

    def _one(self, choices: list[str]) -> str:
        return str(self.draw.choice(choices))

    def header(self, text: str) -> str:
        """A header as this hand writes it; sheets keep diacritics, only exports lose them."""
        match self.header_case:
            case "upper":
                text = text.upper()
            case "lower":
                text = text.lower()
            case "bare" if self.medium != "json":
                text = bare(text)
        return unicodedata.normalize("NFD", text) if self.decomposed else text

    def column(self, kind: str, values: list[Any]) -> list[Any]:
        """A column of values, spelled; the same value mostly comes out the same."""
        memory = self._memory
        out = []
        for value in values:
            key = (kind, value)
            found = memory.get(key, memory)
            if found is memory:
                found = self.spell(kind, value)
                if len(memory) < 100_000 and not (kind == "weight" and self.numbers == "vn3"):
                    memory[key] = found
            out.append(found)
        return out

    def spell(self, kind: str, value: Any) -> Any:
        """One value of a kind: text, name, commune, unit, province, country, word, code, number,
        weight, count, percent, date, moment, phone, paper."""
        if value is None or value != value:
            return None
        return getattr(self, f"_{kind}")(value)

    # ------------------------------------------------------------ text

    def _text(self, text: str) -> Any:
        if self.messy:
            if self.moves_tones and self.draw.random() < 0.7:
                text = move_tones(text)
            if self.legacy and self.draw.random() < 0.6:
                coded = legacy.to_tcvn3(text) if self.legacy == "tcvn3" else legacy.to_vni(text)
                if coded is not None and not coded[0].isascii():
                    return Lettered(*coded)
            if self.blanks and self.draw.random() < 0.3:
                text = self._blanked(text)
            if self.decomposed:
                text = unicodedata.normalize("NFD", text)
        return text

    def _blanked(self, text: str) -> str:
        match int(self.draw.integers(0, 4 if self.zero_width else 3)):
            case 0:
                return f" {text} "
            case 1:
                return text.replace(" ", "  ", 1)
            case 2:
                return text.replace(" ", "\u00a0", 1)
            case _:
                return text + "\u200b"

    def _name(self, name: str) -> Any:
        if self.titles and self.draw.random() < 0.4:
            if name.startswith("HTX "):
                name = name.replace("HTX", "Hợp tác xã", 1)
            elif name.startswith("THT "):
                name = name.replace("THT", "Tổ hợp tác", 1)
            elif not name.startswith("Công ty"):
                name = f"{self._one(['Ông', 'Bà', 'Hộ', 'HKD', 'Cơ sở'])} {name}"
        elif self.messy and self.draw.random() < 0.1:
            name = name.upper()
        return self._text(name)

    def _category(self, text: str) -> Any:
        if self.messy and self.draw.random() < 0.15:
            text = text.upper() if self.draw.random() < 0.5 else text.lower()
        return self._text(text)

    def _commune(self, commune: str) -> Any:
        if self.messy and self.draw.random() < 0.4:
            commune = f"{self._one(['Xã', 'Phường', 'xã', 'phường'])} {commune}"
        return self._text(commune)

    def _place(self, name: str, aliases: list[str]) -> Any:
        if not self.messy:
            return name
        luck = self.draw.random()
        if luck < 0.3 and aliases:
            name = self._one(aliases)
        elif luck < 0.4:
            name = name.upper()
        if self.bare_places and self.draw.random() < 0.5:
            return bare(name)
        return self._text(name)

    def _unit(self, code: str) -> Any:
        return self._place(*places("units")[code])

    def _district(self, text: str) -> Any:
        """A unit's code, or the name of a district elsewhere as it is."""
        if not text.isdigit():
            return self._text(text)
        name, aliases = places("units")[text]
        if text in home.SHARED_NAMES:
            name = f"{unit_kind(text)} {name}"
        return self._place(name, aliases)

    def _province(self, code: int | str) -> Any:
        return self._place(*places("provinces")[f"{int(code):02d}"]) if int(code) else None

    def _country(self, code: str) -> Any:
        """ISO code for Voso, the Vietnamese name for Postmart."""
        if self.platform == "voso":
            return code.lower() if self.messy and self.draw.random() < 0.2 else code
        name = places("countries")[code][0]
        # Not the short ones: NGA in capitals is Nigeria's code, Nga is Russia.
        if self.messy and len(name) > 3 and self.draw.random() < 0.15:
            name = name.upper()
        return self._text(name)

    def _word(self, word: str) -> Any:
        text = self.words[word]
        return text if self.platform == "voso" else self._text(text)

    def _code(self, code: str) -> Any:
        return f" {code}" if self.blanks and self.draw.random() < 0.1 else code

    # ------------------------------------------------------------ numbers

    def _number(self, value: float) -> Any:
        value = round(float(value), 2)
        whole = value == int(value)
        if self.medium != "csv":
            as_text = self.messy and self.draw.random() < (0.25 if self.medium == "sheet" else 0.1)
            if not as_text:
                return int(value) if whole else value
        return self._digits(value, whole)

    def _digits(self, value: float, whole: bool) -> str:
        plain = str(int(value)) if whole else f"{value:.2f}".rstrip("0")
        style = self.numbers
        if style == "plain":
            return plain
        grouped = f"{int(value):,}" if whole else f"{value:,.2f}".rstrip("0")
        if style == "en":
            return grouped
        blank = " " if style == "blank" else "."
        return grouped.replace(",", "\0").replace(".", ",").replace("\0", blank)

    def _weight(self, value: float) -> Any:
        """Where this hand pads to three decimals, its first fraction proves the decimal comma."""
        text = self._number(value)
        if self.numbers == "vn3" and isinstance(text, str) and "," in text:
            if "weight" not in self._proved:
                self._proved.add("weight")
            elif self.medium == "csv":
                head, fraction = text.split(",")
                return f"{head},{fraction:0<3}"
        return text

    def _count(self, value: float) -> Any:
        if self.medium == "csv":
            return str(int(value))
        as_text = self.messy and self.draw.random() < 0.15
        return str(int(value)) if as_text else int(value)

    def _percent(self, value: float) -> Any:
        if self.messy and self.draw.random() < 0.3:
            return f"{value:g}%"
        return f"{value:g}" if self.medium == "csv" else value

    # ------------------------------------------------------------ dates

    def _date(self, value: np.datetime64 | date) -> Any:
        day = _as_datetime(value).date()
        if self.medium == "sheet" and not (self.messy and self.draw.random() < 0.2):
            return day
        match "dmy" if self.medium == "sheet" else self.dates:
            case "short":
                return f"{day.day}/{day.month}/{day:%y}"
            case "dash":
                return f"{day:%d-%m-%Y}"
            case "iso" | "offset" | "utc":
                return day.isoformat()
            case _:
                return f"{day:%d/%m/%Y}"

    def _moment(self, value: np.datetime64) -> Any:
        moment = _as_datetime(value)
        if self.medium == "sheet":
            if not self.messy or self.draw.random() < 0.8:
                return moment
            return f"{moment:%d/%m/%Y %H:%M}"
        match self.dates:
            case "short":
                return f"{moment.day}/{moment.month}/{moment:%y %H:%M}"
            case "dash":
                return f"{moment:%d-%m-%Y %H:%M:%S}"
            case "dmy":
                return f"{moment:%d/%m/%Y %H:%M}"
            case "utc":
                return f"{moment - timedelta(hours=7):%Y-%m-%dT%H:%M:%SZ}"
            case "iso" if self.messy:
                return f"{moment:%Y-%m-%d %H:%M:%S}"
            case _:
                return f"{moment:%Y-%m-%dT%H:%M:%S}+07:00"

    # ------------------------------------------------------------ people

    def _phone(self, number: int) -> Any:
        """``number`` without its leading 0."""
        if not number:
            return None
        digits = f"{int(number):09d}"
        if not self.messy:
            return f"0{digits}"
        match int(self.draw.integers(0, 8)):
            case 0:
                return f"0{digits[:3]} {digits[3:6]} {digits[6:]}"
            case 1:
                return f"+84{digits}"
            case 2:
                return f"84{digits}"
            case 3:
                return int(digits) if self.medium == "sheet" else digits
            case _:
                return f"0{digits}"

    def _paper(self, paper: str) -> Any:
        if self.messy:
            luck = self.draw.random()
            if luck < 0.1:
                return f"'{paper}"
            if luck < 0.25 and len(paper) == 12 and paper.startswith("0"):
                return int(paper) if self.medium == "sheet" else paper[1:]
        return paper


def _as_datetime(value: Any) -> datetime:
    """Wall-clock time, as spreadsheets and exports hold it."""
    moment: datetime = np.datetime64(value, "s").item()
    return moment
