"""What may be published openly: the rule of docs/rules/privacy.md, as include/reference/public_package.yml has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from lensan.domain import installation
from lensan.domain.yaml_node import load

FILE = installation.REFERENCE / "public_package.yml"
CONTRIBUTORS = ("each", "listing", "order_line")


@dataclass(frozen=True)
class DisclosureRule:
    """``threshold``: producers behind a change; ``dominance_pct``: p of the p% rule; ``margin``: how far what is
    withheld stays unknown, up and down; ``figures``: by the library's code who contributes to each part, null
    where the part is not published openly."""

    threshold: int
    dominance_pct: int
    margin: int
    figures: dict[str, tuple[str | None, ...]]

    @property
    def told(self) -> dict[str, int]:
        """The numbers of the rule, as a package names them."""
        return {
            "threshold": self.threshold,
            "dominance_pct": self.dominance_pct,
            "margin": self.margin,
        }

    @property
    def width(self) -> int:
        """What a withheld value's possible values span at least, in its unit of measure."""
        return 2 * self.margin

    def passes(self, change: Decimal, contributions: Iterable[Decimal] | None) -> bool:
        """Whether a change may be shown. ``contributions``: what each producer adds to it or takes from it;
        None: each of what is counted is a producer of its own."""
        if abs(change) < self.width:
            return False
        if contributions is None:
            return abs(change) >= self.threshold
        sizes = sorted((abs(each) for each in contributions if each), reverse=True)
        if len(sizes) < self.threshold:
            return False
        return sum(sizes[2:]) * 100 >= sizes[0] * self.dominance_pct


@cache
def rule(path: Path = FILE) -> DisclosureRule:
    """The rule in force. Raises ValueError naming the file, the key and what is expected."""
    spec = load(path)
    numbers = {}
    for key, least in (("threshold", 3), ("dominance_pct", 1), ("margin", 3)):
        value = spec.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{path.name}, {key}: {value!r} is not a whole number from {least} on")
        numbers[key] = value
    figures: dict[str, tuple[str | None, ...]] = {}
    for code, parts in (spec.get("figures") or {}).items():
        known = (None, *CONTRIBUTORS)
        if not isinstance(parts, list) or not all(part in known for part in parts):
            raise ValueError(
                f"{path.name}, figures, {code}: {parts!r} is not a list of {', '.join(CONTRIBUTORS)} or null"
            )
        figures[str(code)] = tuple(parts)
    return DisclosureRule(figures=figures, **numbers)
