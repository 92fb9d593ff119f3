"""What stands in a cell → text, words and names: pure functions, each with its rules said once.

Source of the rules: docs/rules/sources.md#text-numbers-dates-as-they-come. Numbers are read by ``quantities``, dates by ``dates``,
what names a thing or a person by ``identifiers``. Nothing here raises for anything that may stand in a
cell; what cannot be read comes back with the code of the rule it breaks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, Self

from rapidfuzz.distance import JaroWinkler


class Parsed(NamedTuple):
    """A value, or the rule it breaks. ``warning``: read by a rule that may be wrong."""

    value: Any
    rule: str | None = None
    warning: str | None = None


class CellError(str):
    """An error value of a spreadsheet, as ``#REF!``."""

    __slots__ = ()


class DoubtfulText(str):
    """Text that its reader could have read otherwise. ``rule``: the doubt, for a warning."""

    __slots__ = ("rule",)
    rule: str

    def __new__(cls, text: str, rule: str) -> Self:
        made = super().__new__(cls, text)
        made.rule = rule
        return made


class _FormulaWithoutValue:
    def __repr__(self) -> str:
        return "<formula without value>"

    def __str__(self) -> str:
        return "(công thức chưa có kết quả)"


FORMULA_WITHOUT_VALUE = _FormulaWithoutValue()

NOTHING = Parsed(None)
_DASHES_AND_BLANK = "-–—−‒―_.… "
_NULLS = frozenset(
    ("NULL", "Null", "null", "(NULL)", "(null)", "\\N", "N/A", "n/a", "None", "nil", "NaN", "nan", "undefined")
)  # fmt: skip
_NONE_WORDS = frozenset(
    (
        "không", "không có", "không có số", "không rõ", "không ghi", "không áp dụng", "khong", "khong co",
        "chưa", "chưa có", "chưa rõ", "chưa cập nhật", "chưa đăng ký", "chưa cấp", "chưa đóng", "chua co",
        "k có", "ko có", "ko", "(trống)", "(không)", "không đóng", "còn hoạt động", "đang hoạt động",
    )
)  # fmt: skip


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
    if text.isascii():
        text = " ".join(text.split())
    else:
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).translate(_SAME_LETTERS)
        if _FOREIGN.search(text) and _LATIN.search(text):
            text = with_latin_letters(text)
        text = _BLANKS.sub(" ", text).strip()
    if text.startswith("'"):
        text = text[1:].strip()
    elif text.startswith('="') and text.endswith('"') and text.count('"') == 2:
        text = text[2:-1].strip()  # how programs keep a spreadsheet from changing a number
    return text or None


# Đ of other alphabets, and the full-width letters and digits of East Asian keyboards.
_SAME_LETTERS = {
    **{ord(a): b for a, b in zip("ÐƉðɖ", "ĐĐđđ", strict=True)},
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
}
_FOREIGN = re.compile(r"[\u0370-\u03ff\u0400-\u04ff\u0501-\u052f]")
_LATIN = re.compile(r"[A-Za-zĐđ]")
_LOOK_ALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХҺаеѕіјорсухһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
        "ABESIJKMHOPCTYXHaesijopcyxhdqwABEZHIKMNOPTYXo",  # pragma: allowlist secret
        strict=True,
    )
)


def with_latin_letters(text: str) -> str:
    """Cyrillic and Greek letters that look like Latin ones made Latin, where all of a text's do."""
    foreign = _FOREIGN.findall(text)
    if not foreign or not all(letter in _LOOK_ALIKES for letter in foreign):
        return text
    return "".join(_LOOK_ALIKES.get(letter, letter) for letter in text)


def is_nothing(text: str) -> bool:
    """Whether a text stands for no value: empty, dashes, dots, what programs write for null."""
    return text in _NULLS or not text.strip(_DASHES_AND_BLANK)


def says_none(text: str) -> bool:
    """Whether a text says in words that there is none: Không, Chưa có."""
    # No such word ends in a digit, as most cells do that are asked for.
    return len(text) < 20 and not text[-1:].isdigit() and norm(text).strip(" .") in _NONE_WORDS


_LOST = re.compile(r"\ufffd|[^\W\d_]\?+[^\W\d_=]|[^\W\d_]\?+ [a-zà-ỹ]|&#x?[0-9a-fA-F]{2,6};")
# A name that lost ư or ươ when it was converted: Hng, Dng, Thng are no words.
_NO_VOWEL = re.compile(r"(?<!\w)(?:[BCDĐGHKLMNRSTVXbcdđghklmnrstvx]|[CcGgKkNnPpTt]h|[Tt]r)ng(?!\w)")
_GARBLED = re.compile(r"[ÃÂÄÅÆ][\u0080-\u00bf]|á[º»]")


_HALF_LEGACY = re.compile(r"[^\W\d_][¶¸¨¬¦¢¤]|[¶¸¨¬¦¢¤][^\W\d_]")


def has_lost_letters(text: str) -> bool:
    """Whether letters were lost on the way: replaced by ``?`` within a word, by U+FFFD or by ``&#272;``, bytes of
    UTF-8 shown as other letters, or signs of a legacy font left among letters. A ``?`` in an address of the web is none."""
    if "://" in text or "www." in text:
        text = " ".join(w for w in text.split() if "://" not in w and "www." not in w)
    if text.isascii():
        return bool(_LOST.search(text))
    return any(each.search(text) for each in (_LOST, _GARBLED, _HALF_LEGACY))


def parse_text(value: Any) -> Parsed:
    """Text; dashes, NULL and words for none are no value. A date cell was something else before."""
    if value is FORMULA_WITHOUT_VALUE:
        return Parsed(None, "formula_without_value")
    if isinstance(value, CellError):
        return Parsed(None, "error_value")
    if isinstance(value, date | time):
        return Parsed(None, "date_in_code")
    text = clean_text(value)
    if text is None or is_nothing(text) or says_none(text):
        return NOTHING
    if has_lost_letters(text):
        return Parsed(None, "lost_letters")
    if isinstance(value, DoubtfulText):
        return Parsed(text, warning=value.rule)
    doubt = ("?" in text and "://" not in text) or _NO_VOWEL.search(text)
    return Parsed(text, warning="maybe_lost_letters" if doubt else None)


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
    if at >= len(clusters):
        return unicodedata.normalize("NFC", word)  # a mark that no letter bears
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
    if text is None or is_nothing(text):
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
