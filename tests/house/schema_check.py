"""check-jsonschema over all YAML files of the project, each against its schema of include/schemas (make lint)."""

from __future__ import annotations

import sys

from check_jsonschema import main

from lensan.domain import schemas
from lensan.domain.installation import PROJECT


def check() -> int:
    """The highest exit status."""
    worst = 0
    for name, (_, globs) in schemas.MODELS.items():
        files = [str(path) for each in globs for path in sorted(PROJECT.glob(each))]
        if files:
            arguments = ["--schemafile", str(schemas.FOLDER / f"{name}.json"), "-q", *files]
            worst = max(worst, main(arguments, standalone_mode=False) or 0)
    return worst


if __name__ == "__main__":
    sys.exit(check())
