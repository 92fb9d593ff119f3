"""What may be published openly: the rule of docs/rules/privacy.md, as include/reference/public_package.yml has it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from lensan.domain import installation
from lensan.domain.yaml_file import Spec, YamlFile, whole

FILE = installation.REFERENCE / "public_package.yml"
Contributors = Literal["each", "listing", "order_line"]


class DisclosureRule(Spec):
    """``threshold``: producers behind a change; ``dominance_pct``: p of the p% rule; ``margin``: how far what is
    withheld stays unknown, up and down; ``figures``: by the library's code who contributes to each part, null
    where the part is not published openly."""

    threshold: Annotated[int, whole(3, 1000)]
    dominance_pct: Annotated[int, whole(1, 100)]
    margin: Annotated[int, whole(3, 1000)]
    figures: dict[str, tuple[Contributors | None, ...]]

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
    """The rule in force. Raises Slips with all that is wrong in the file."""
    return YamlFile(path).read(DisclosureRule)
