"""Believable inputs of every source, with the truth they were made from: for demos, tests, benchmarks.

``world.build`` invents a province (people, stalls, products, orders, lists, declarations) from a seed
and a size; ``writing.write`` puts it down as a landing root, week by week, either clean or with the
mess of docs/rules/sources.md, which means exactly the same figures. Nothing of the production path imports
this package.
"""

from __future__ import annotations

from lensan.samples import home
from lensan.samples.world import World, build
from lensan.samples.writing import Written, write

__all__ = ["World", "Written", "build", "home", "write"]
