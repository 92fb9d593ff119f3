"""``python -m lensan.samples OUT --seed 1``: write a landing root of invented inputs."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from lensan.samples.home import FIRST_DUE
from lensan.samples.writing import write


def main() -> None:
    """Parse the command line, write the landing root, say what was written."""
    parser = argparse.ArgumentParser(prog="python -m lensan.samples", description=__doc__)
    parser.add_argument("out", type=Path, help="the landing root to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--first-due", type=date.fromisoformat, default=FIRST_DUE)
    parser.add_argument("--order-lines", type=int, default=3000)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--clean", action="store_true", help="canonical spellings, no bad rows")
    kind.add_argument("--messy", action="store_true", help="the mess of real inputs (the default)")
    parser.add_argument("--truth", type=Path, help="write the rows that belong in quarantine here")
    arguments = parser.parse_args()
    written = write(
        arguments.out,
        seed=arguments.seed,
        weeks=arguments.weeks,
        first_due=arguments.first_due,
        order_lines=arguments.order_lines,
        mess=not arguments.clean,
    )
    if arguments.truth:
        arguments.truth.write_text(written.bad_rows_json() + "\n", encoding="utf-8")
    sys.stdout.write(
        f"{len(written.files)} tệp tại {arguments.out}, "
        f"{len(written.bad_rows)} dòng sẽ bị giữ lại để kiểm tra\n"
    )


if __name__ == "__main__":
    main()
