"""What tests/system/test_installations.py runs in a process of a province, after its demo: ``HOME``.

Answers with one line of JSON: of each week that the demo published how many figures were compared with the oracle,
and every cell of it that is another.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from province_steps import differing

from lensan import samples
from lensan.cli import demo


def main(home: Path) -> None:
    world = samples.build(seed=demo.SEED, agrees=True)
    compared, wrong = {}, []
    for week in demo.WEEKS[-demo.PUBLISHED :]:
        files = {path.name: path for path in (home / "reports" / "week" / week.name).iterdir()}
        compared[week.name], differ = differing(world, week, files, known=week.end)
        wrong += differ
    print(json.dumps({"compared": compared, "units": len(samples.home.UNITS), "wrong": wrong[:20]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
