"""docs/architecture.md says what is so: its picture is that of the imports."""

from __future__ import annotations

import re

import pytest
import rooms_picture
from test_conventions import ORDER

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
