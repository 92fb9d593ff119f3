"""What tests/reports/test_renamed_office.py runs in a process of another folder: the published reports of WAREHOUSE,
rendered again of what was frozen and of what is computed as known when they were published.

Answers with one line of JSON: the SHA-256 of every file by name, and what each first sheet says.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from dataclasses import replace

from openpyxl import load_workbook

from lensan import warehouse
from lensan.domain import periods
from lensan.reports import building, publishing, rendering, revisions


def main(names: list[str]) -> None:
    engine = warehouse.connect(os.environ["WAREHOUSE"])
    digests, said = {}, set()
    for name in names:
        week = periods.parse("week", name)
        frozen, _ = publishing.load(engine, week)
        with engine.begin() as connection:
            then = revisions.find(connection, week).published_at
        computed = building.build(engine, week, moment=then, known_at=then)
        for how, report in (("frozen", frozen), ("computed", replace(computed, root=frozen.root))):
            for file, content in rendering.render(report).items():
                digests[f"{how} {name} {file}"] = hashlib.sha256(content).hexdigest()
                if file.endswith(".xlsx"):
                    sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
                    said |= {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}
    print(json.dumps({"digests": digests, "said": sorted(said)}, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
