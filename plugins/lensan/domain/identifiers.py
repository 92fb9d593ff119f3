"""What names a thing or a person: codes, order numbers, phone numbers, numbers on papers.

Source of the rules: docs/rules/sources.md#identifiers. Spreadsheets round, shorten and date what
looks like a number; what cannot be told any more is held back, never used as a key. Nothing here
raises for anything that may stand in a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time
from functools import lru_cache
from typing import Any, NamedTuple

from lensan.domain.values import (
    FORMULA_WITHOUT_VALUE,
    NOTHING,
    CellError,
    Parsed,
    clean_text,
    is_nothing,
    says_none,
    with_latin_letters,
)

EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; what lies beyond becomes 0."""

_SCIENTIFIC = re.compile(r"[-+]?\d(?:[.,]\d{1,20})?[eE]\+?\d{1,3}")
_EXCEL_DATE = re.compile(
    r"\d{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|[Tt]h(?:g|áng)? ?\d{1,2})(?:-\d{2,4})?"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2}"
    r"|\d{4}-\d{2}-\d{2}(?: 00:00(?::00)?)?|\d{1,2}/\d{1,2}/\d{4}"
)
_ERRORS = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!)|Err:\d{3}", re.I)


def parse_identifier(value: Any) -> Parsed:
    """An identifier as its text. ``spoiled_code``: a spreadsheet has rounded it or left a formula;
    ``date_in_code``: has made a date of it. ``-``, ``NULL``, ``Không``, ``0`` are none."""
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    if isinstance(value, CellError):
        return Parsed(None, "error_value")
    if isinstance(value, date | time):
        return Parsed(None, "date_in_code")
    if isinstance(value, bool):
        return Parsed(None, "spoiled_code")
    if isinstance(value, int | float):
        if value != value or abs(value) >= 10**EXACT_DIGITS or value != int(value):
            return Parsed(None, "spoiled_code")
        return Parsed(str(int(value))) if value else NOTHING
    text = clean_text(value)
    if text is None or is_nothing(text) or says_none(text) or not text.strip("0"):
        return NOTHING
    if _ERRORS.fullmatch(text):
        return Parsed(None, "error_value")
    beyond = _beyond(text)
    zeroed = len(beyond) >= 3 and not beyond.strip("0")
    if zeroed or text.startswith("=") or _SCIENTIFIC.fullmatch(text):
        return Parsed(None, "spoiled_code")
    if _EXCEL_DATE.fullmatch(text):
        return Parsed(None, "date_in_code")
    return Parsed(with_latin_letters(text))


def parse_code(value: Any) -> Parsed:
    """An identifier in capitals, without blanks."""
    parsed = parse_identifier(value)
    if parsed.value is None:
        return parsed
    return parsed._replace(value=parsed.value.upper().replace(" ", ""))


def _beyond(text: str) -> str:
    """The digits that a spreadsheet would have lost; empty for all that is no long number."""
    return text[EXACT_DIGITS:] if text.isascii() and text.isdigit() else ""


class IdentifierColumn:
    """What the identifiers of one column prove together.

    Where all long numbers end in zeros beyond the fifteenth digit, a spreadsheet has put them there;
    where texts are padded with zeros to one width, shorter number cells have lost theirs.
    """

    def __init__(self, cells: Iterable[Any] = ()) -> None:
        self._long = self._long_exact = 0
        self._padded_widths: set[int] = set()
        self._numbers = False
        for cell in cells:
            self.see(cell)

    def see(self, cell: Any) -> None:
        """Take a cell into account."""
        if isinstance(cell, str):
            text = cell.strip()
            beyond = _beyond(text)
            self._long += bool(beyond)
            self._long_exact += beyond.strip("0") != ""
            if text.startswith("0") and text.isdigit() and len(self._padded_widths) < 3:
                self._padded_widths.add(len(text))
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            self._numbers = True

    @property
    def has_doubts(self) -> bool:
        """Whether any cell may be doubtful: who has read rows already reads them again."""
        return (self._long >= 3 and not self._long_exact) or (
            self._numbers and len(self._padded_widths) == 1
        )

    @property
    def proves_nothing(self) -> bool:
        """Whether these cells make none doubtful, not even together with others of which that is true."""
        return self._long == self._long_exact and not self._numbers

    def doubt(self, cell: Any) -> str | None:
        """``spoiled_code`` or ``lost_zeros`` for a cell that the column makes doubtful, else None."""
        if isinstance(cell, str):
            spoiled = self._long >= 3 and not self._long_exact and _beyond(cell.strip())
            return "spoiled_code" if spoiled else None
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            return None
        widths = self._padded_widths
        return "lost_zeros" if len(widths) == 1 and abs(cell) < 10 ** (min(widths) - 1) else None


# ---------------------------------------------------------------- phones

OLD_MOBILES = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078", "0123": "083", "0124": "084",
    "0125": "085", "0127": "081", "0129": "082", "0162": "032", "0163": "033", "0164": "034", "0165": "035",
    "0166": "036", "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
_DIGIT_RUN = re.compile(r"(?<![^\W_])\+?\(?\+?\d[\d\s().\-_'/]{0,60}")
_SEPARATORS = re.compile(r"[/;,\n(]| - ")
_PHONE_WORDS = re.compile(
    r"(?i)(?<![^\W_])(?:sđt|đt|sdt|dt|đtdđ|tel|phone|mobile|hotline|zalo|số)(?=[\s:.\d])"
)


def parse_phone(value: Any) -> Parsed:
    """A phone number in national form. ``912345678`` (Excel ate the 0), ``+84912…``, ``ĐT: 0912…`` are
    the same; of several the first is taken with a warning, and one that no operator gives out is warned of.
    Eight equal digits stand for none known."""
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    text = clean_text(value)
    if text is None or is_nothing(text):
        return NOTHING
    text = re.sub(r"(?<=\d)\.0$", "", text)  # a number that was turned into text
    whole = _phone(text)
    if whole:
        return Parsed(whole, warning=None if _is_given_out(whole) else "unassigned_phone")
    found: list[str] = []
    others = False
    text = _PHONE_WORDS.sub(" ", text[:200])
    for run in _DIGIT_RUN.finditer(text):
        end = run.start() + len(run[0].rstrip(" ().-_'/"))
        if text[end : end + 1].isalpha():
            others = True
            continue
        for part in [run[0]] if _phone(run[0]) else _SEPARATORS.split(run[0]):
            phone = _phone(part)
            if phone is not None:
                found.append(phone)
            elif re.search(r"\d", part):
                others = True
    if not found:
        return Parsed(None, "bad_phone")
    if others or len(set(found)) > 1:
        return Parsed(found[0], warning="several_phones")
    return Parsed(found[0], warning=None if _is_given_out(found[0]) else "unassigned_phone")


def _phone(text: str) -> str | None:
    if len(text) > 60 or not re.fullmatch(r"[+\d\s().\-_'/#]*", text):
        return None
    digits = re.sub(r"\D", "", text)
    if digits.startswith("0084"):
        digits = digits[2:]
    if digits.startswith("840") and len(digits) in (12, 13):
        digits = digits[2:]  # +84 (0)912 …
    elif digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    elif not digits.startswith("0") and len(digits) in (9, 10):
        digits = "0" + digits
    if len(digits) == 11 and digits[:4] in OLD_MOBILES:
        digits = OLD_MOBILES[digits[:4]] + digits[4:]
    if re.fullmatch(r"0[35789]\d{8}|02\d{8,9}", digits) and len(set(digits[-8:])) > 1:
        return digits
    return None


def _is_given_out(digits: str) -> bool:
    """Whether Vietnam's numbering plan knows the range of a number in national form."""
    return _is_range(digits[:_RANGE_DIGITS], len(digits))


_RANGE_DIGITS = 6
"""The plan gives out numbers by no more than these."""


@lru_cache(maxsize=65536)
def _is_range(first: str, length: int) -> bool:
    # Imported by the first number that is read: most commands read none.
    import phonenumbers

    number = phonenumbers.parse(first.ljust(length, "1"), "VN")
    return bool(phonenumbers.is_valid_number(number))


# ---------------------------------------------------------------- papers


class PaperNumber(NamedTuple):
    """``kind``: CCCD (12 digits), CMND (9) or MST (10 or 13)."""

    kind: str
    number: str


_PAPER_WORDS = re.compile(
    r"(?i)^(?:số )?(?:cccd|cmnd|cmt|mst|căn cước(?: công dân)?|mã số thuế|hộ chiếu)(?: ?số)?\s?[:.]?\s?"
)
_DUMMIES = frozenset(("123456789", "012345678912", "012345678910", "0123456789"))


def parse_paper_number(value: Any) -> Parsed:
    """CCCD 12 digits, CMND 9 digits, MST 10 or 13; 11 digits are a CCCD that lost its leading 0.

    Ten digits that may be a CCCD of province 001 to 008 without its two zeros, and are no valid tax
    code, are ``two_papers``. Digits that stand for no number (000000000000) are no paper.
    """
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    text = clean_text(value)
    if text is None or is_nothing(text):
        return NOTHING
    text = re.sub(r"(?<=\d)\.0$", "", text)  # a number that was turned into text
    digits = re.sub(r"[\s.'\-]", "", _PAPER_WORDS.sub("", text[:60]))
    if not digits.isascii() or not digits.isdigit():
        return Parsed(None, "bad_paper_number")
    if len(digits) == 11:
        digits = "0" + digits
    if len(set(digits)) == 1 or digits in _DUMMIES:
        return Parsed(None, "bad_paper_number")
    if len(digits) == 12 and digits[0] == "0":
        return Parsed(PaperNumber("CCCD", digits))
    if len(digits) == 9:
        return Parsed(PaperNumber("CMND", digits))
    if len(digits) == 10 and re.match(r"[12468][0-3]", digits) and not _is_tax_code(digits):
        return Parsed(None, "two_papers")
    if len(digits) in (10, 13):
        return Parsed(PaperNumber("MST", digits))
    return Parsed(None, "bad_paper_number")


def _is_tax_code(digits: str) -> bool:
    """The check digit of Thông tư 105/2020/TT-BTC."""
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    rest = sum(w * int(d) for w, d in zip(weights, digits, strict=False)) % 11
    return 10 - rest == int(digits[9])
