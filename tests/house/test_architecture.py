"""docs/architecture.md says what is so: its picture is that of the imports."""

from __future__ import annotations

import pytest
import rooms_picture


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
