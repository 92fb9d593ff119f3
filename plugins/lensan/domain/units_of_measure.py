"""Units of measure as people write them beside numbers and in headers: what they mean, what they convert to.

Source of the rules: docs/rules/sources.md#numbers. A unit that is not known, or is of another
dimension than a column's, is told and never dropped.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple


class Unit(NamedTuple):
    """``size``: how many of its dimension's own unit it is: kg, đồng, one household, one percent."""

    dimension: str
    size: Decimal
    name: str


# Dimension → unit (as printed), size, its spellings. What is written without its marks is listed only
# where it can be no other unit: "ta" may be tạ (100 kg) or tá (a dozen).
_SPELLINGS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "mass": (
        ("mg", "0.000001", "mg miligam milligram"),
        ("g", "0.001", "g gr gm gam gram grams gramme gờ-ram"),
        ("lạng", "0.1", "lạng lang hg"),
        ("kg", "1", "kg kgs kí ký kilôgam kilogam kilogram kilograms ki-lô-gam cân k.g"),
        ("yến", "10", "yến yen"),
        ("tạ", "100", "tạ"),
        ("tấn", "1000", "tấn tan ton tons tonne tonnes"),
    ),
    "money": (
        ("đồng", "1", "đ d đồng dong vnd vnđ ₫ việt_nam_đồng đồng_việt_nam đ_vn"),
        ("USD", "0", "usd $ us$ đô đô_la"),
        ("CNY", "0", "cny nhân_dân_tệ tệ ¥ rmb"),
        ("EUR", "0", "eur euro €"),
    ),
    "share": (("%", "1", "% phần_trăm phan_tram percent pct"),),
    "households": (("hộ", "1", "hộ ho hộ_dân hộ_sxnn hộ_gia_đình hộ_nông_dân ho_sxnn households"),),
    "people": (("người", "1", "người nguoi lượt_người học_viên thành_viên"),),
    "products": (
        ("sản phẩm", "1", "sản_phẩm san_pham sp mặt_hàng mat_hang products sản_phẩm_ocop"),
    ),
    "kinds": (("loại", "1", "loại loai chủng_loại nhóm"),),
    "provinces": (
        ("tỉnh/thành phố", "1", "tỉnh tinh tỉnh/thành_phố tỉnh,_thành_phố tỉnh/tp tỉnh_thành tỉnh,_tp"),
    ),
    "countries": (("quốc gia", "1", "quốc_gia quoc_gia nước countries"),),
    "items": (("mục", "1", "mục hạng_mục tin bài tin_bài bản_tin"),),
    "occasions": (("lần", "1", "lần lan lượt kỳ"),),
    "pieces": (
        (
            "cái", "1",
            "cái chiếc gói hộp túi chai lọ hũ bao thùng bó khay set combo suất phần đơn_vị kiện cặp món "
            "đơn vỉ giỏ cuộn tờ cây bộ goi hop tui lo hu thung khay pcs pc cay bo"
        ),
        ("quả", "1", "quả trái qua trai trứng"),
    ),
    "animals": (("con", "1", "con"),),
    "volume": (("lít", "1", "lít lit l ml m3 m³ khối"),),
    "area": (("ha", "1", "ha hecta héc_ta m2 m² sào mẫu km2"),),
    "time": (("ngày", "1", "ngày tháng năm giờ tuần phút"),),
}  # fmt: skip
_TIMES = {
    "nghìn": 1_000, "ngàn": 1_000, "nghin": 1_000, "ngan": 1_000, "k": 1_000, "triệu": 1_000_000,
    "trieu": 1_000_000, "tr": 1_000_000, "tỷ": 1_000_000_000, "tỉ": 1_000_000_000,
    "chục": 10, "tá": 12, "trăm": 100, "vạn": 10_000,
}  # fmt: skip
_THOUSANDS = re.compile(r"(1[.,]?000(?:[.,]?000)?)(?![\d.,])")
_COUNTED = frozenset(
    [
        "households",
        "people",
        "products",
        "kinds",
        "provinces",
        "countries",
        "items",
        "occasions",
        "pieces",
        "animals",
        "count",
    ]
)
COUNT = Unit("count", Decimal(1), "đơn vị")
"""What a column holds that counts anything: a quantity sold, a base figure."""


def _listed() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for dimension, units in _SPELLINGS.items():
        for name, size, spellings in units:
            for spelling in spellings.split():
                found[spelling.replace("_", " ")] = Unit(dimension, Decimal(size), name)
    return found


_UNITS = _listed()


def _key(text: str) -> str:
    text = unicodedata.normalize("NFC", text).casefold().replace("\u00f0", "đ")
    return " ".join(text.strip(" .()[]").split())


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit | None:
    """The unit a text names as a whole: ``kg``, ``nghìn đồng``, ``đồng/kg``, ``đ/100g``; else None."""
    if len(text) > 60:
        return None
    key = _key(text)
    if key in ("đơn vị", "đếm"):
        return COUNT
    found = _UNITS.get(key)
    if found is not None:
        return found
    money, slash, measure = key.partition("/")
    if slash and measure and len(key) < 40:
        above, below = unit(money), _amount(measure)
        if above is not None and below is not None and below.size:
            dimension = f"{above.dimension}/{below.dimension}"
            return Unit(dimension, above.size / below.size, f"{above.name}/{measure.strip()}")
        return None
    thousands = _THOUSANDS.match(key)
    if thousands is not None:
        word, rest = thousands[1], key[thousands.end() :].strip()
        times: int | None = int(re.sub(r"\D", "", word))
    else:
        word, _, rest = key.partition(" ")
        times = _TIMES.get(word)
    if times is None:
        return None
    counted = unit(rest) if rest else Unit("times", Decimal(1), "")
    if counted is None or (counted.dimension == "times" and rest):
        return None
    return counted._replace(size=counted.size * times, name=f"{word} {counted.name}".strip())


def _amount(text: str) -> Unit | None:
    """What stands below a price's stroke: ``kg``, ``1 kg``, ``100g``."""
    digits = re.match(r"\d{1,6}", text.strip())
    found = unit(text.strip()[digits.end() :] if digits else text)
    if found is None or digits is None or not int(digits[0]):
        return found if digits is None else None
    return found._replace(size=found.size * int(digits[0]))


def factor(given: Unit, expected: Unit) -> Decimal | None:
    """By what a number in ``given`` is multiplied to be in ``expected``; None: it is another thing.

    A bare multiplier (``12k``, ``1,2 triệu``) means money where money is expected.
    """
    money = expected.dimension.startswith("money")
    if given.dimension == "times":
        return given.size if money else None
    if given.dimension == "money" and expected.dimension == "money/mass":
        # "31.000 đ" in a column of đồng a kg: the column says of what.
        return given.size or None
    if expected.dimension == "count":
        return Decimal(1) if given.dimension in _COUNTED and given.size == 1 else None
    if given.dimension != expected.dimension or not given.size or not expected.size:
        return None
    return given.size / expected.size


def is_multiplied(given: Unit) -> bool:
    """Whether a unit bears a multiplier: thousands of tonnes, millions of đồng."""
    first = given.name.split(" ")[0]
    return first in _TIMES or first[:1].isdigit()


# ---------------------------------------------------------------- in headers and labels

_BRACKETED = re.compile(r"[(\[]([^()\[\]]{1,60})[)\]]")
_SAID = re.compile(
    r"(?i)\b(?:đơn vị(?: tính)?|đvt|dvt|tính (?:bằng|theo)|unit)\b\s{0,3}[:.]?\s{0,3}"
)


class HeaderUnit(NamedTuple):
    """``name``: the header without its unit; ``unit``: None where it says none that is known."""

    name: str
    unit: Unit | None


@lru_cache(maxsize=4096)
def in_header(text: str) -> HeaderUnit:
    """The unit of measure in a header or label: ``Khối lượng (g)``, ``net_weight_g``,
    ``Sản lượng dự kiến, ĐVT: tạ``, ``Giá (nghìn đồng/kg)``.

    A word that is a unit only by its place at the end (``Khối lượng kg``) counts where it is one of
    mass, money or share: elsewhere it belongs to the name (``Danh sách hộ``).
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())[:300]
    for match in _BRACKETED.finditer(text):
        inner = _SAID.sub("", match[1])
        found = unit(inner)
        if found is not None:
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            return HeaderUnit(" ".join(rest.split()), found)
    said = _SAID.search(text)
    if said is not None and said.start() > 0:
        found = unit(text[said.end() :])
        if found is not None:
            return HeaderUnit(text[: said.start()].strip(" ,;:-–"), found)
    for mark in ("_", ",", ":", " - ", " – ", " "):
        name, split, last = text.rpartition(mark)
        found = unit(last) if split and name.strip() and not {"(", ")"} & set(last) else None
        if found is not None and found.dimension.split("/")[0] in ("mass", "money", "share"):
            return HeaderUnit(name.strip(" ,;:-–_"), found)
    return HeaderUnit(text, None)
