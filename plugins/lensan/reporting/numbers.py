"""Figures as people in Vietnam write them: 1.234,5."""

from __future__ import annotations

from decimal import Decimal

from lensan.figures import Figure

TWO_PARTS = frozenset(("III.1", "III.5", "IV.1"))
TONNES = "III.2"


def number(value: Decimal | None, decimals: int = 0) -> str:
    """1.234,500; an empty text where there is no value."""
    if value is None:
        return ""
    text = f"{value:,.{decimals}f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def in_period(figure: Figure) -> str:
    return _value(figure.indicator, figure.in_period, figure.in_period_2)


def cumulative(figure: Figure) -> str:
    return _value(figure.indicator, figure.cumulative, figure.cumulative_2)


def _value(indicator: str, first: Decimal | None, second: Decimal | None) -> str:
    if first is None:
        return ""
    if indicator in TWO_PARTS:
        return two_parts(first, second)
    return number(first, 3 if indicator == TONNES else 0)


def two_parts(first: Decimal, second: Decimal | None) -> str:
    """``125/34``; the first part alone where the second is unknown."""
    return number(first) if second is None else f"{number(first)}/{number(second)}"
