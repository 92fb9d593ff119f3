"""Scans of signed forms are pictures: a steward looks, and takes one away by its number; the rest stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from taking_in import MOMENT
from typer.testing import CliRunner

from lensan.cli import app
from lensan.domain import periods
from lensan.units import form_scans
from lensan.warehouse import audit

WEEK = periods.parse("week", "2021-11-18")


def test_one_scan_is_taken_away_with_a_reason_and_no_other(
    warehouse_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", warehouse_engine.url.render_as_string(False))
    (tmp_path / "home").mkdir()

    def forget(*arguments: str) -> tuple[int, str]:
        home = ("--home", str(tmp_path / "home"))
        result = CliRunner().invoke(app, ["forget", *arguments, *home])
        return result.exit_code, result.output

    for number, unit in enumerate(("193", "194")):
        scan = form_scans.of(b"%PDF-1.4 signed by " + unit.encode())
        form_scans.keep(warehouse_engine, scan, unit, WEEK, b"form %d" % number, moment=MOMENT)
    status, output = forget("--scans", "--json")
    kept = {row["unit_code"]: row["scan_id"] for row in json.loads(output)}
    assert status == 0 and set(kept) == {"193", "194"}
    number = str(kept["193"])

    status, output = forget("--scan", number)
    assert status == 0 and "193" in output and len(form_scans.listed(warehouse_engine)) == 2
    assert forget("--scan", number, "--yes")[0] == 2, "without a reason"
    assert forget("--scan", number, "--reason", "đơn số 12", "--yes")[0] == 0
    (left,) = form_scans.listed(warehouse_engine)
    assert left["unit_code"] == "194"
    (act,) = [act for act in audit.acts(warehouse_engine) if act["action"] == "scan.remove"]
    assert act["subject"] == f"scan {number}"
    assert (act["detail"]["reason"], act["detail"]["unit_code"]) == ("đơn số 12", "193")
    status, output = forget("--scan", number, "--reason", "đơn số 12", "--yes")
    assert status == 1 and number in output
