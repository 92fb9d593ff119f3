"""One word for one thing: docs/rules/words.md, and the package's own names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "plugins" / "lensan"
ROW = re.compile(r"^\| (?P<word>[^|]+?) \| (?P<means>[^|]+?) \| (?P<where>[^|]+?) \|$", re.M)
WORDS = [
    match.groupdict()
    for match in ROW.finditer((PROJECT / "docs/rules/words.md").read_text(encoding="utf-8"))
    if match["word"] not in ("word", "---")
]
TOLD = re.compile(r"`([^`]+)`")
SCHEMAS = ("raw", "core", "mart", "ops")


def names_of(path: Path) -> set[str]:
    """What a module defines at its top."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def is_in_the_package(dotted: str) -> bool:
    """Whether lensan.room, lensan.room.module or lensan.room.module.name is there."""
    parts = dotted.split(".")[1:]
    for taken in range(len(parts), 0, -1):
        place = PACKAGE.joinpath(*parts[:taken])
        module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if module.exists():
            return set(parts[taken:]) <= names_of(module)
    return False


def stored_objects() -> set[str]:
    """Tables and views that the warehouse's SQL makes, as schema.object."""
    made = re.compile(r"(?:table|view)\s+(?:if not exists\s+)?((?:raw|core|mart|ops)\.\w+)", re.I)
    return {
        name
        for path in (PROJECT / "include" / "sql" / "warehouse").rglob("*.sql")
        for name in made.findall(path.read_text(encoding="utf-8"))
    }


def test_each_word_is_explained_once() -> None:
    assert len(WORDS) > 80
    words = [each["word"] for each in WORDS]
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("each", WORDS, ids=lambda each: each["word"])
def test_a_word_lives_where_the_page_says(each: dict[str, str]) -> None:
    stored = stored_objects()
    for place in TOLD.findall(each["where"]):
        if place.startswith("lensan."):
            assert is_in_the_package(place), place
        elif place.split(".")[0] in SCHEMAS and "*" not in place:
            assert ".".join(place.split(".")[:2]) in stored, place
        elif place.startswith(("include/", "docs/", "plugins/")):
            assert (PROJECT / place).exists(), place


def test_no_name_of_a_class_stands_for_two_things() -> None:
    defined = defaultdict(list)
    for path in sorted((PROJECT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined[node.name].append(path.relative_to(PROJECT).as_posix())
    assert {name: places for name, places in defined.items() if len(places) > 1} == {}


READ_BY_PEOPLE = ("dags", "docs/van-hanh.md", "include", "plugins")


def test_a_corrected_report_is_called_by_one_word() -> None:
    """*Điều chỉnh*, as the report's own title has it; senders may write *đính chính* in the name of a file."""
    for top in READ_BY_PEOPLE:
        for path in [PROJECT / top, *(PROJECT / top).rglob("*")]:
            if path.suffix in {".html", ".md", ".po", ".py", ".sql", ".txt", ".typ", ".yml"}:
                assert "đính chính" not in path.read_text(encoding="utf-8").lower(), path
