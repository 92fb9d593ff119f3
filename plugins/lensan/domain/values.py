"""What stands in a cell → a value: pure functions, each with its rules said once.

Source of the rules: docs/rules/sources.md#text-numbers-dates-as-they-come. Nothing here raises for
anything that may stand in a cell; what cannot be read comes back with the code of the rule it breaks.
All times are Asia/Ho_Chi_Minh unless the text says otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from rapidfuzz.distance import JaroWinkler

from lensan.domain.periods import ICT


class Parsed(NamedTuple):
    """A value, or the rule it breaks. ``warning``: read by a rule that may be wrong."""

    value: Any
    rule: str | None = None
    warning: str | None = None


class CellError(str):
    """An error value of a spreadsheet, as ``#REF!``."""

    __slots__ = ()


class _FormulaWithoutValue:
    def __repr__(self) -> str:
        return "<formula without value>"

    def __str__(self) -> str:
        return "(công thức chưa có kết quả)"


FORMULA_WITHOUT_VALUE = _FormulaWithoutValue()

NOTHING = Parsed(None)
_DASHES = frozenset("-–—−‒―_.…")


# ---------------------------------------------------------------- text

_BLANKS = re.compile(r"[\s\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean_text(value: Any) -> str | None:
    """Text on one line: NFC, blanks single, trimmed; None when nothing is left.

    Numbers become their plain text (1.0 → ``1``), a leading apostrophe is dropped. Legacy fonts must
    be decoded before (legacy_fonts): TCVN3's ư is U+00AD, which is removed here.
    """
    text = _plain(value)
    if text is None:
        return None
    if not text.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = _BLANKS.sub(" ", text).strip()
    if text.startswith("'"):
        text = text[1:].strip()
    return text or None


def clean_multiline(value: Any) -> str | None:
    """Like clean_text, line by line; empty lines are dropped."""
    text = _plain(value)
    if text is None:
        return None
    lines = [clean_text(line) for line in re.split(r"\r\n|\r|\n", text)]
    return "\n".join(line for line in lines if line) or None


def _plain(value: Any) -> str | None:
    if value is None or value is FORMULA_WITHOUT_VALUE or isinstance(value, CellError):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return None
        return (
            str(int(value))
            if value.is_integer() and abs(value) < 1e16
            else format(Decimal(repr(value)), "f")
        )
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_MARKS = {"\u0302", "\u0306", "\u031b"}
_GLIDES = re.compile(r"(?:o(?=[aeAE])|u(?=y))", re.I)


@lru_cache(maxsize=65536)
def unify_tone(text: str) -> str:
    """Tone mark placement unified on the second vowel: hòa → hoà, thủy → thuỷ; NFC."""
    if text.isascii():
        return text
    return " ".join(_unify_word(word) for word in unicodedata.normalize("NFD", text).split(" "))


def _unify_word(word: str) -> str:
    tone = next((character for character in word if character in _TONES), None)
    if tone is None:
        return unicodedata.normalize("NFC", word)
    bare = "".join(character for character in word if character not in _TONES)
    clusters = re.findall(r".[\u0302\u0306\u031b\u0323]*", bare, re.S)
    original = re.findall(r".[\u0300-\u036f]*", word, re.S)
    at = next(i for i, cluster in enumerate(original) if tone in cluster)
    if at + 1 < len(clusters):
        pair = (clusters[at] + clusters[at + 1]).lower()
        starts_qu = clusters[at].lower() == "u" and at > 0 and clusters[at - 1].lower() == "q"
        last = at + 2 == len(clusters)
        if pair in ("oa", "oe", "uy") and last and not starts_qu:
            at += 1
    clusters[at] += tone
    return unicodedata.normalize("NFC", "".join(clusters))


@lru_cache(maxsize=65536)
def norm(text: str) -> str:
    """Normalised: NFC, trimmed, blanks single, case folded, tone placement unified.

    See docs/rules/indicators.md#key-products.
    """
    return unify_tone((clean_text(text) or "").casefold())


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """For matching: no case, no diacritics (đ → d), punctuation as blank, blanks single."""
    text = (clean_text(text) or "").casefold().replace("đ", "d")
    if not text.isascii():
        text = "".join(
            c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
        )
    return " ".join(re.sub(r"[^\w]|_", " ", text).split())


# ---------------------------------------------------------------- numbers

_UNITS = frozenset(
    [
        "đ",
        "d",
        "đồng",
        "dong",
        "vnd",
        "vnđ",
        "%",
        "kg",
        "tấn",
        "tan",
        "tạ",
        "hộ",
        "ho",
        "sản_phẩm",
        "sp",
        "người",
        "loại",
        "quốc_gia",
        "tỉnh",
        "con",
        "quả",
        "đồng/kg",
        "đ/kg",
    ]
)
_UNIT_TAIL = re.compile(r"^(?P<number>[-+−]?[\d.,'\s]*\d)\s*(?P<unit>[^\d\s][^\d]*)$")
_PLAIN_NUMBER = re.compile(r"[-+]?\d+")


def _is_nothing(text: str) -> bool:
    return not text or all(c in _DASHES or c == " " for c in text)


def parse_number(
    value: Any,
    *,
    decimal_comma: bool = False,
    minimum: int | None = None,
    positive: bool = False,
    whole: bool = False,
) -> Parsed:
    """A number as people type it, as Decimal. ``decimal_comma``: the file proves that a lone comma
    before three digits is decimal."""
    parsed = _number(value, decimal_comma)
    number = parsed.value
    if number is None:
        return parsed
    if (minimum is not None and number < minimum) or (positive and number < 0):
        return Parsed(None, "negative")
    if positive and number == 0:
        return Parsed(None, "zero")
    if whole and number != number.to_integral_value():
        return Parsed(None, "fraction_in_count")
    return parsed


def _number(value: Any, decimal_comma: bool) -> Parsed:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return Parsed(None, "text_in_number")
    if isinstance(value, int):
        return Parsed(Decimal(value))
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return Parsed(None, "text_in_number")
        return Parsed(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return Parsed(value)
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    if isinstance(value, CellError):
        return Parsed(None, "error_value")
    if not isinstance(value, str):
        return Parsed(None, "text_in_number")
    text = clean_text(value)
    if text is None or _is_nothing(text):
        return NOTHING
    text = text.replace("−", "-")
    if _PLAIN_NUMBER.fullmatch(text) and text.isascii():
        return Parsed(Decimal(text))
    match = _UNIT_TAIL.match(text)
    if match:
        unit = match["unit"].strip(" .").casefold()
        if unit.replace(" ", "_") not in _UNITS:
            if not re.fullmatch(r"[-+]?\d+(\.\d+)?[eE][-+]?\d+", text):
                return Parsed(None, "text_in_number")
        else:
            text = match["number"]
    return _digits(text, decimal_comma)


def _digits(text: str, decimal_comma: bool) -> Parsed:
    sign = ""
    if text[:1] in "+-":
        sign, text = text[0].replace("+", ""), text[1:].strip()
    if not text.isascii() or not re.fullmatch(r"[\d.,' ]*\d|\d+(\.\d+)?[eE][-+]?\d+", text):
        return Parsed(None, "text_in_number")
    warning = None
    if "e" in text.lower():
        try:
            return Parsed(Decimal(sign + text))
        except InvalidOperation:
            return Parsed(None, "text_in_number")
    grouped = re.sub(r"(?<=\d)[ '](?=\d{3}(?!\d))", "", text)
    if " " in grouped or "'" in grouped:
        return Parsed(None, "text_in_number")
    dots, commas = grouped.count("."), grouped.count(",")
    if dots and commas:
        decimal = "," if grouped.rfind(",") > grouped.rfind(".") else "."
        thousands = "." if decimal == "," else ","
        head, _, tail = grouped.rpartition(decimal)
        if (
            decimal in head
            or thousands in tail
            or not re.fullmatch(rf"\d{{1,3}}(\{thousands}\d{{3}})+", head)
        ):
            return Parsed(None, "text_in_number")
        grouped = head.replace(thousands, "") + "." + tail
    elif dots + commas > 1:
        mark = "." if dots else ","
        if not re.fullmatch(rf"\d{{1,3}}(\{mark}\d{{3}})+", grouped):
            return Parsed(None, "text_in_number")
        grouped = grouped.replace(mark, "")
    elif dots + commas == 1:
        mark = "." if dots else ","
        head, _, tail = grouped.partition(mark)
        if grouped != text and not head:
            return Parsed(None, "text_in_number")
        if len(tail) == 3 and 1 <= len(head) <= 3 and head.strip("0") and grouped == text:
            if mark == "," and decimal_comma:
                grouped = f"{head}.{tail}"
            else:
                grouped = head + tail
                if mark == ",":
                    warning = "thousands_or_decimal"
        else:
            grouped = f"{head or '0'}.{tail}"
    try:
        return Parsed(Decimal(sign + grouped), warning=warning)
    except InvalidOperation:
        return Parsed(None, "text_in_number")


def proves_decimal_comma(value: Any) -> bool:
    """Whether a value shows that its column writes the decimal comma: ``12,5``, ``1.234,50``."""
    if not isinstance(value, str):
        return False
    text = (clean_text(value) or "").strip("+-− %")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", text):
        return True
    match = re.fullmatch(r"(\d+),(\d+)(?:\s*\D*)?", text)
    return bool(match and (len(match[2]) != 3 or len(match[1]) > 3 or not match[1].strip("0")))


def parse_percent(value: Any, *, decimal_comma: bool = False, **limits: Any) -> Parsed:
    """A percentage as points: ``10%``, ``10``; a number cell below 1 stays what it is."""
    return parse_number(value, decimal_comma=decimal_comma, **limits)


def parse_two_parts(value: Any) -> Parsed:
    """``125/34`` → (125, 34); a single number → (n, None). A date is what Excel made of ``12/5``."""
    if isinstance(value, date | time | datetime):
        return Parsed(None, "date_in_two_parts")
    if isinstance(value, str):
        text = clean_text(value)
        if text is None or _is_nothing(text):
            return NOTHING
        parts = re.split(r"\s*/\s*", text)
        if len(parts) == 2:
            first, second = parse_number(parts[0]), parse_number(parts[1])
            if first.value is None or second.value is None:
                return Parsed(None, first.rule or second.rule or "text_in_number")
            return Parsed((first.value, second.value), warning=first.warning or second.warning)
        if len(parts) > 2:
            return Parsed(None, "date_in_two_parts" if len(parts) == 3 else "text_in_number")
    parsed = parse_number(value)
    return parsed if parsed.value is None else parsed._replace(value=(parsed.value, None))


def parse_price_range(value: Any) -> Parsed:
    """``15.000 - 20.000`` → (15000, 20000) đồng a kg; a single price is both ends."""
    if isinstance(value, str):
        text = clean_text(value)
        if text is None or _is_nothing(text):
            return NOTHING
        text = re.sub(r"(?i)^từ\s+", "", text)
        parts = re.split(r"(?i)\s*(?:[-–—~]|đến|den)\s*", text)
        if len(parts) == 2 and parts[0]:
            low, high = parse_number(parts[0]), parse_number(parts[1])
            if low.value is None or high.value is None:
                return Parsed(None, low.rule or high.rule or "text_in_number")
            return (
                Parsed((low.value, high.value))
                if low.value <= high.value
                else Parsed((high.value, low.value))
            )
        if len(parts) > 2:
            return Parsed(None, "text_in_number")
    parsed = parse_number(value)
    return parsed if parsed.value is None else Parsed((parsed.value, parsed.value))


# ---------------------------------------------------------------- dates

_DMY = re.compile(
    r"(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
)
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d{2}:?\d{2})?)?"
)
_YMD = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def parse_moment(
    value: Any,
    *,
    date1904: bool = False,
    not_after: date | None = None,
    not_before: date | None = None,
) -> Parsed:
    """A moment, aware, in Asia/Ho_Chi_Minh; a date is its 00:00. Never mm/dd.

    ``not_after``, ``not_before``: an event's limits, days in Asia/Ho_Chi_Minh.
    """
    parsed = _moment(value, date1904)
    if parsed.value is not None:
        day = parsed.value.date()
        if not_after is not None and day > not_after:
            return Parsed(None, "in_future")
        if not_before is not None and day < not_before:
            return Parsed(None, "too_early")
    return parsed


def parse_date(
    value: Any,
    *,
    date1904: bool = False,
    not_after: date | None = None,
    not_before: date | None = None,
) -> Parsed:
    """A date; that of a moment is its day in Asia/Ho_Chi_Minh."""
    parsed = parse_moment(value, date1904=date1904, not_after=not_after, not_before=not_before)
    return parsed if parsed.value is None else parsed._replace(value=parsed.value.date())


def _moment(value: Any, date1904: bool) -> Parsed:
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        return Parsed(value.astimezone(ICT) if value.tzinfo else value.replace(tzinfo=ICT))
    if isinstance(value, date):
        return Parsed(datetime.combine(value, time(), ICT))
    if isinstance(value, bool | time):
        return Parsed(None, "no_such_date")
    if isinstance(value, int | float):
        return _serial(value, date1904)
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    if isinstance(value, CellError):
        return Parsed(None, "error_value")
    if not isinstance(value, str):
        return Parsed(None, "no_such_date")
    text = clean_text(value)
    if text is None or _is_nothing(text):
        return NOTHING
    try:
        if match := _DMY.fullmatch(text):
            day, month, year = int(match[1]), int(match[2]), int(match[3])
            if len(match[3]) == 2:
                year += 2000 if year < 70 else 1900
            return Parsed(
                datetime(
                    year,
                    month,
                    day,
                    int(match[4] or 0),
                    int(match[5] or 0),
                    int(match[6] or 0),
                    tzinfo=ICT,
                )
            )
        if match := _ISO.fullmatch(text):
            moment = datetime(
                int(match[1]),
                int(match[2]),
                int(match[3]),
                int(match[4] or 0),
                int(match[5] or 0),
                int(match[6] or 0),
                int((match[7] or "0")[:6].ljust(6, "0")),
                tzinfo=ICT,
            )
            if match[8]:
                offset = "+00:00" if match[8] in "Zz" else match[8]
                sign = -1 if offset[0] == "-" else 1
                ahead = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
                moment = moment + (timedelta(hours=7) - ahead)
            return Parsed(moment)
        if match := _YMD.fullmatch(text):
            return Parsed(
                datetime(
                    int(match[1]),
                    int(match[2]),
                    int(match[3]),
                    int(match[4] or 0),
                    int(match[5] or 0),
                    int(match[6] or 0),
                    tzinfo=ICT,
                )
            )
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            return _serial(float(text), date1904)
    except (ValueError, OverflowError):
        pass
    return Parsed(None, "no_such_date")


def _serial(number: float, date1904: bool) -> Parsed:
    """An Excel serial: days since 1899-12-30 (1900 system, right from March 1900 on) or 1904-01-01."""
    if number != number or not 1 <= number < 2_958_466:
        return Parsed(None, "no_such_date")
    start = datetime(1904, 1, 1, tzinfo=ICT) if date1904 else datetime(1899, 12, 30, tzinfo=ICT)
    if not date1904 and number < 60:
        start += timedelta(days=1)
    try:
        return Parsed(start + timedelta(seconds=round(number * 86400)))
    except OverflowError:
        return Parsed(None, "no_such_date")


def parse_month(value: Any) -> Parsed:
    """``11/2021``, ``tháng 11/2021``, ``2021-11`` or a date → the first day of the month."""
    if isinstance(value, datetime | date):
        return Parsed(date(value.year, value.month, 1))
    if isinstance(value, str):
        text = clean_text(value)
        if text is None or _is_nothing(text):
            return NOTHING
        text = re.sub(r"(?i)^tháng\s*", "", text)
        match = re.fullmatch(r"(\d{1,2})\s*(?:[/\-.]|năm)\s*(\d{4})", text)
        numbers = (match[1], match[2]) if match else None
        if numbers is None and (match := re.fullmatch(r"(\d{4})[/\-.](\d{1,2})", text)):
            numbers = (match[2], match[1])
        if numbers is not None:
            month, year = int(numbers[0]), int(numbers[1])
            if 1 <= month <= 12 and 2000 <= year <= 2100:
                return Parsed(date(year, month, 1))
            return Parsed(None, "no_such_date")
    parsed = parse_date(value)
    return parsed if parsed.value is None else parsed._replace(value=parsed.value.replace(day=1))


# ---------------------------------------------------------------- phones and papers

_OLD_MOBILES = {
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",
    "0162": "032",
    "0163": "033",
    "0164": "034",
    "0165": "035",
    "0166": "036",
    "0167": "037",
    "0168": "038",
    "0169": "039",
    "0186": "056",
    "0188": "058",
    "0199": "059",
}


def parse_phone(value: Any) -> Parsed:
    """A phone number in national form. ``912345678`` (Excel ate the 0), ``+84912…`` are the same."""
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    text = clean_text(value)
    if text is None or _is_nothing(text):
        return NOTHING
    text = re.sub(r"(?<=\d)\.0$", "", text)  # a number that was turned into text
    whole = _phone(text)
    if whole:
        return Parsed(whole)
    for part in re.split(r"[/;,\n]| - | hoặc ", text):
        phone = _phone(part)
        if phone:
            return Parsed(phone, warning="several_phones")
    return Parsed(None, "bad_phone")


def _phone(text: str) -> str | None:
    if not re.fullmatch(r"[+\d\s().\-'/]*", text):
        return None
    digits = re.sub(r"\D", "", text)
    if digits.startswith("0084"):
        digits = digits[2:]
    if digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    elif not digits.startswith("0") and len(digits) in (9, 10):
        digits = "0" + digits
    if len(digits) == 11 and digits[:4] in _OLD_MOBILES:
        digits = _OLD_MOBILES[digits[:4]] + digits[4:]
    if re.fullmatch(r"0[35789]\d{8}|02\d{8,9}", digits):
        return digits
    return None


class PaperNumber(NamedTuple):
    kind: str
    number: str


def parse_paper_number(value: Any) -> Parsed:
    """CCCD 12 digits, CMND 9 digits, MST 10 or 13; 11 digits are a CCCD that lost its leading 0."""
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    text = clean_text(value)
    if text is None or _is_nothing(text):
        return NOTHING
    text = re.sub(r"(?<=\d)\.0$", "", text)  # a number that was turned into text
    digits = re.sub(r"[\s.'\-]", "", re.sub(r"(?i)^(cccd|cmnd|cmt|mst)\s*[:.]?\s*", "", text))
    if not digits.isascii() or not digits.isdigit():
        return Parsed(None, "bad_paper_number")
    if len(digits) == 11:
        digits = "0" + digits
    if len(digits) == 12:
        return (
            Parsed(PaperNumber("CCCD", digits))
            if digits[0] == "0"
            else Parsed(None, "bad_paper_number")
        )
    if len(digits) == 9:
        return Parsed(PaperNumber("CMND", digits))
    if len(digits) in (10, 13):
        return Parsed(PaperNumber("MST", digits))
    return Parsed(None, "bad_paper_number")


# ---------------------------------------------------------------- words and names


def word_list(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Folded spelling → canonical word, from a contract's list."""
    return {fold(spelling): word for word, spellings in words.items() for spelling in spellings}


def parse_word(value: Any, words: Mapping[str, str]) -> Parsed:
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    if isinstance(value, CellError):
        return Parsed(None, "error_value")
    text = clean_text(value)
    if text is None or _is_nothing(text):
        return NOTHING
    word = words.get(fold(text))
    return Parsed(word) if word is not None else Parsed(None, "unknown_word")


_NAME_FORMS = (
    (re.compile(r"^hop tac xa\b"), "htx"),
    (re.compile(r"^to hop tac\b"), "tht"),
    (
        re.compile(
            r"^(ho kinh doanh ca the|ho kinh doanh|hkd|ho sxnn|ho san xuat nong nghiep|co so( san xuat)?|ho gia dinh|ho)\b"
        ),
        "",
    ),
)
_TITLES = re.compile(r"^(ong|ba|anh|chi)\b(?=\s+\S)")


@lru_cache(maxsize=65536)
def producer_name(name: str) -> str:
    """The comparable name: folded, titles and forms unified (Ông, Bà, Hộ, HKD, Cơ sở; HTX, THT)."""
    text = fold(name)
    original = text
    for pattern, form in _NAME_FORMS:
        # Hồ is a family name and folds like Hộ: only the word that is written Hộ is a form.
        if (
            form == ""
            and text.startswith("ho ")
            and not text.startswith(("ho kinh", "ho sxnn", "ho san", "ho gia"))
        ):
            if norm(name).startswith("hộ ") or norm(name).startswith("ho "):
                text = text[3:] if norm(name).startswith("hộ ") else text
            continue
        text = pattern.sub(form, text).strip()
    text = _TITLES.sub("", text).strip()
    return text or original


def similarity(left: str, right: str) -> float:
    """Jaro-Winkler of the comparable names, 0 to 1."""
    return float(JaroWinkler.similarity(producer_name(left), producer_name(right)))


def diacritics_contradict(left: str, right: str) -> bool:
    """Whether both names bear diacritics and differ in them: Hùng and Hưng are two people."""
    if left.isascii() or right.isascii():
        return False
    ours, theirs = norm(left).split(), norm(right).split()
    if len(ours) > len(theirs):
        ours = ours[len(ours) - len(theirs) :]
    elif len(theirs) > len(ours):
        theirs = theirs[len(theirs) - len(ours) :]
    return any(a != b and fold(a) == fold(b) for a, b in zip(ours, theirs, strict=True))
