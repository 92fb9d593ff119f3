"""How high a row must be for wrapped text: spreadsheets written by a program do not adjust it."""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache

# Times New Roman's advance widths in thousandths of an em; a letter with marks is as wide as its base.
_WIDTHS = (
    (250, " .,"),
    (278, "/:;ijlt"),
    (333, "frI()[]-"),
    (389, "sJ"),
    (444, "aceyz?"),
    (500, "bdđghknopquvx0123456789*"),
    (556, "FPS"),
    (611, "ELTZ"),
    (667, "BCR"),
    (722, "ADĐGHKNOQUVXYw"),
    (778, "m"),
    (889, "M"),
    (944, "W"),
    (1000, "…—"),
)
_WIDTH_OF = {letter: width for width, letters in _WIDTHS for letter in letters}
_HORNED = {"ơ": 50, "Ơ": 50, "ư": 50, "Ư": 50}
MAX_ROW_POINTS = 405
"""Excel's own limit is 409.5."""


def text_points(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line in points."""
    return _thousandths(text) / 1000 * size * (1.08 if bold else 1.0)


@lru_cache(maxsize=20_000)
def _thousandths(text: str) -> int:
    """Width of a line in thousandths of its size; a report asks for the same words a hundred times."""
    width = 0
    for letter in unicodedata.normalize("NFC", text):
        base = unicodedata.normalize("NFD", letter)[0]
        width += _WIDTH_OF.get(base, 600) + _HORNED.get(letter, 0)
    return width


def column_points(width: float) -> float:
    """Room for text in a column of that Excel width (7 pixels a unit at 96 dpi, padding off)."""
    return (int(7 * width + 5) - 6) * 0.75


def sheet_points(width: float) -> float:
    """How wide columns of that Excel width together are."""
    return (7 * width + 5) * 0.75


def line_count(text: str, points: float, size: float, *, bold: bool = False) -> int:
    """Lines that a text takes when wrapped at blanks to ``points``; screens round letters up."""
    points *= 0.95
    count = 0
    for line in text.split("\n"):
        count += 1
        used = 0.0
        for word in line.split(" "):
            width = text_points(word, size, bold=bold)
            blank = text_points(" ", size) if used else 0.0
            if used and used + blank + width > points:
                count += 1
                used, blank = 0.0, 0.0
            if width > points:
                count += math.ceil(width / points) - 1
                width = width % points
            used += blank + width
    return count


def height(
    text: str, width: float, size: float, *, bold: bool = False, padding: float = 4.0
) -> float:
    """Points that a wrapped text needs in a column (or merged columns) of an Excel width, with ``padding``."""
    return line_count(text, column_points(width), size, bold=bold) * size * 1.22 + padding
