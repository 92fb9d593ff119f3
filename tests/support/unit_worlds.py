"""Units that are reformed at random, and records that name them: for the tests of seats and of what core shows."""

from __future__ import annotations

import random
from datetime import date, timedelta

from lensan.domain.seats import LAST_DAY, Seats, Succession, Validity


class World:
    """Units of communes, reformed again and again; each commune knows whose it truly was at any time."""

    def __init__(self, draw: random.Random, prefix: str = "") -> None:
        """``prefix``: of all codes, where several worlds share a warehouse."""
        self.draw, self.prefix = draw, prefix
        self.day = date(2020, 1, 1)
        self.validities: list[Validity] = []
        self.successions: list[Succession] = []
        self.codes = 0
        # unit → its communes; the units begin with two to four communes each.
        self.units: dict[str, list[str]] = {}
        for number in range(draw.randint(2, 5)):
            self._begin([f"{number}.{part}" for part in range(draw.randint(1, 4))])

    def _begin(self, communes: list[str]) -> str:
        self.codes += 1
        code = f"{self.prefix}u{self.codes}"
        self.units[code] = communes
        self.validities.append(Validity(code, f"Đơn vị {code}", self.day, LAST_DAY))
        return code

    def _end(self, code: str) -> list[str]:
        at = next(i for i, unit in enumerate(self.validities) if unit.code == code)
        unit = self.validities[at]
        last = self.day - timedelta(days=1)
        self.validities[at] = Validity(code, unit.name, unit.first, last)
        return self.units.pop(code)

    def reform(self) -> None:
        """Merge some units, split one, divide a commune between two, or rename one."""
        # In steps of a month, so that many worlds share their days.
        self.day += timedelta(days=30 * self.draw.randint(1, 30))
        kind = self.draw.choice(("merge", "split", "divide", "rename"))
        size = 2 if kind in ("merge", "divide") and len(self.units) > 1 else 1
        ending = self.draw.sample(sorted(self.units), size)
        land = {code: self._end(code) for code in ending}
        every = [(code, commune) for code in ending for commune in land[code]]
        parts = 1 if kind in ("merge", "rename") else self.draw.randint(1, min(3, len(every)))
        self.draw.shuffle(every)
        shares = [every[number::parts] for number in range(parts)]
        successors = [self._begin([commune for _, commune in share]) for share in shares]
        for successor, share in zip(successors, shares, strict=True):
            for code, commune in share:
                divided = kind == "divide" and len(successors) > 1 and self.draw.random() < 0.3
                extent = "most" if divided else "whole"
                self.successions.append(Succession(code, commune, commune, successor, extent))
                if divided:
                    other = next(each for each in successors if each != successor)
                    self.successions.append(Succession(code, commune, commune, other, "part"))

    def seats(self) -> Seats:
        return Seats(self.validities, self.successions)


def things(world: World, draw: random.Random) -> list[tuple[str, str | None]]:
    """Records that name a unit of some time, half of them with its commune."""
    communes = {row.unit: row.commune for row in world.successions}
    units = [unit.code for unit in world.validities]
    return [
        (code, communes.get(code) if draw.random() < 0.5 else None)
        for code in (draw.choice(units) for _ in range(20))
    ]
