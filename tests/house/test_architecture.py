"""docs/architecture.md says what is so: its picture is that of the imports."""

from __future__ import annotations

import re
import shutil
import sys
import threading
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import rooms_picture
from rooms import ORDER
from sqlalchemy import Engine

from lensan.domain import contracts
from lensan.domain.periods import ICT
from lensan.intake import sweep

_MODULE = re.compile(r"`((?:" + "|".join(ORDER) + r")(?:/\w+)+)(?:\.py)?`")


def steps(heading: str) -> list[list[str]]:
    """The modules that each numbered step below a heading of the page names, in order."""
    page = rooms_picture.PAGE.read_text(encoding="utf-8")
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [_MODULE.findall(line) for line in section.splitlines() if re.match(r"\d+\. ", line)]


def test_the_picture_of_the_rooms_is_that_of_the_imports() -> None:
    page = rooms_picture.PAGE.read_text(encoding="utf-8")
    drawn = rooms_picture.page_with(rooms_picture.drawn(rooms_picture.imports()), page)
    assert drawn == page, "draw it again: python tests/house/rooms_picture.py"


def test_an_arrow_is_left_out_where_a_longer_way_says_the_same() -> None:
    picture = rooms_picture.drawn({"a": set(), "b": {"a"}, "c": {"a", "b"}})
    assert "    b --> a\n" in picture
    assert "    c --> b\n" in picture
    assert "    c --> a\n" not in picture
    assert "| c | a, b |\n" in picture


def test_a_page_without_marks_is_no_page_for_the_picture() -> None:
    with pytest.raises(ValueError, match="marks"):
        rooms_picture.page_with("picture", "# Architecture\n")


def test_every_module_that_the_page_names_is_there() -> None:
    named = set(_MODULE.findall(rooms_picture.PAGE.read_text(encoding="utf-8")))
    assert len(named) > 15
    there = {
        name
        for name in named
        if (rooms_picture.PACKAGE / name).is_dir()
        or (rooms_picture.PACKAGE / f"{name}.py").exists()
    }
    assert named - there == set()


def test_a_figure_goes_through_the_rooms_in_their_order() -> None:
    """Each step's own module; the first is the DAG's task that calls them, the last the way back."""
    rooms = [step[0].split("/")[0] for step in steps("The way of a figure")]
    assert rooms[0] == "operations"
    assert [ORDER.index(room) for room in rooms[1:]] == sorted(map(ORDER.index, rooms[1:]))


SAMPLES = Path(__file__).resolve().parents[1] / "world" / "landing"
CONDUCTORS = ("lensan.intake.sweep", "lensan.intake.file_load")


class Steps:
    """The modules of intake whose functions the conductors call, in order; a stay counts once."""

    def __init__(self) -> None:
        self.modules: list[str] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        caller = frame.f_back
        if event != "call" or caller is None or "." in frame.f_code.co_qualname:
            return  # methods and properties of values that are passed on are no visit
        if frame.f_code.co_name.startswith("_"):
            return  # nor is a room's own generator, closed when the conductor lets go of its rows
        here, there = frame.f_globals.get("__name__", ""), caller.f_globals.get("__name__", "")
        if there in CONDUCTORS and here.startswith("lensan.intake.") and here not in CONDUCTORS:
            module = "/".join(here.split(".")[1:3])
            if self.modules[-1:] != [module]:
                self.modules.append(module)


@pytest.mark.parametrize(
    ("source", "file", "checks"),
    [
        ("districts", "tien-yen/bao-cao-tuan_20211028.xlsx", "intake/filled_form"),
        ("voso", "sellers_20211028.xlsx", "intake/row_rules"),
    ],
)
def test_a_file_goes_its_written_way_and_enters_no_module_twice(
    source: str, file: str, checks: str, warehouse_engine: Engine, tmp_path: Path
) -> None:
    """Of `The way of a file`: of the two ways to check the one that its kind takes."""
    landing = tmp_path / "landing"
    (landing / file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLES / source / file, landing / file)
    contract = contracts.contracts()[source]
    moment = datetime(2021, 12, 9, 9, tzinfo=ICT)
    gone = Steps()
    threading.setprofile(gone)  # files are opened in a thread of their own
    sys.setprofile(gone)
    try:
        found = sweep.sweep(
            warehouse_engine, contract, landing, tmp_path / "raw", moment=moment, progress=print
        )
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert [each.status for each in found] == ["loaded"]
    written = [step[0] for step in steps("The way of a file")]
    assert len(set(written)) == len(written)
    only_forms = set() if contract.kind == "submission" else {"intake/heading"}
    both = {"intake/filled_form", "intake/row_rules"}
    assert gone.modules == [
        checks if name in both else name for name in written if name not in only_forms
    ]
