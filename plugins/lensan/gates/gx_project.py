"""A period's checks as a project of Great Expectations, which its own tools open: suites, validation
definitions, a checkpoint for each gate and its Data Docs.

Made when asked, never on the way to the deadline (docs/decisions/0024-verdict-pages.md). The gates' own verdicts stay
where they are: nothing is written into the warehouse.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan.domain import contracts
from lensan.domain.checks import Check
from lensan.domain.periods import Period
from lensan.gates import judge

WAREHOUSE_URL = "LENSAN_GX_WAREHOUSE_URL"
"""The variable that the project's data source names: no password stands in a file."""


def write(engine: Engine, period: Period, folder: Path) -> tuple[Path, dict[str, bool]]:
    """Write the project below ``folder`` (new or empty), run its checkpoints on the warehouse as it is.

    Returns the index of its Data Docs, and by gate whether all of it passed. Results are counts, never
    values. Raises FileExistsError where ``folder`` holds something.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    project = _Project(engine, folder)
    with project:
        with engine.begin() as connection:
            wanted = contracts.contracts().values()
            judge.asked(connection, project, wanted, period)
        passed = project.run_checkpoints(f"{period.kind}-{period.name}")
        return project.index(), passed


class _Project(judge.GreatExpectations):
    """Notes what a gate would ask instead of asking it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._folder = folder
        self._definitions: dict[str, list[Any]] = {}
        super().__init__(engine)

    def _made_context(self) -> Any:
        return self._gx.get_context(mode="file", project_root_dir=self._folder)

    def _made_source(self, url: str) -> Any:
        os.environ[WAREHOUSE_URL] = url
        return super()._made_source(f"${{{WAREHOUSE_URL}}}")

    def _validate(self, name: str, query: str, wanted: Mapping[Check, Any]) -> list[judge.Verdict]:
        if wanted:
            suite = self._context.suites.add(self._suite(name, wanted))
            batch = self._asset(name, query).add_batch_definition_whole_table(name)
            definition = self._gx.ValidationDefinition(name=name, data=batch, suite=suite)
            definition = self._context.validation_definitions.add(definition)
            self._definitions.setdefault(name.split()[0], []).append(definition)
        return []

    def run_checkpoints(self, run_name: str) -> dict[str, bool]:
        """By gate, whether all of its checks passed."""
        from great_expectations.checkpoint import UpdateDataDocsAction

        passed = {}
        for gate, definitions in self._definitions.items():
            checkpoint = self._context.checkpoints.add(
                self._gx.Checkpoint(
                    name=gate,
                    validation_definitions=definitions,
                    actions=[UpdateDataDocsAction(name="data docs")],
                    result_format=judge.NO_VALUES,
                )
            )
            run_id = self._gx.RunIdentifier(run_name=run_name)
            passed[gate] = bool(checkpoint.run(run_id=run_id).success)
        return passed

    def index(self) -> Path:
        """The first page of its Data Docs."""
        (site,) = self._context.get_docs_sites_urls()
        return Path(site["site_url"].removeprefix("file://"))
