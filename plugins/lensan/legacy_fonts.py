"""Text of legacy fonts: TCVN3 (ABC) and VNI, half-converted text."""

from __future__ import annotations


def decode(text: str, font: str | None) -> str:
    """Unicode text of a cell written in ``font``."""
    return text
