"""A project of Great Expectations of a period: its checkpoints say what the gates say, its Data Docs are its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from office import WEEKS, Office, thursday

from lensan.gates import gx_project, judge

WEEK = WEEKS[2]


def test_its_checkpoints_say_what_the_gates_say(office: Office, tmp_path: Path) -> None:
    with office.engine.begin() as connection:
        connection.exec_driver_sql(
            "update core.stall_version set opened_on = opened_on - interval '40 years'"
            " where platform = 'voso'"
        )
    folder = tmp_path / "project"
    index, passed = gx_project.write(office.engine, WEEK, folder)
    runs = judge.judge(office.engine, WEEK, moment=thursday(WEEK))
    assert passed == {gate: not any(r.failed for r in runs if r.gate == gate) for gate in passed}
    assert set(passed) == {run.gate for run in runs}
    assert False in passed.values()
    said = {
        (result["expectation_config"]["meta"]["check"], result["success"])
        for path in folder.rglob("validations/**/*.json")
        for result in json.loads(path.read_text())["results"]
    }
    assert said == {(v.check.name, v.is_passed) for run in runs for v in run.verdicts}
    assert "Data Docs" in index.read_text()
    pages = list(index.parent.rglob("validations/**/*.html"))
    assert len(pages) == len(list(folder.rglob("validation_definitions/*.json")))
    password = office.engine.url.password
    assert password
    for path in folder.rglob("*"):
        assert not path.is_file() or password.encode() not in path.read_bytes(), path


def test_a_folder_that_holds_something_is_left_alone(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        gx_project.write(office.engine, WEEK, folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
