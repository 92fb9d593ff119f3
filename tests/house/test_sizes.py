"""No function over 60 lines and no class over 300, outside the sample world: they are read at one look."""

from __future__ import annotations

import ast
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROOTS = ("plugins", "dags", "tests", "benchmarks")
MOST_LINES = {ast.FunctionDef: 60, ast.AsyncFunctionDef: 60, ast.ClassDef: 300}

# Longer ones that are left, with their lines. A name may leave this list or shrink; none may enter.
LEFT: dict[str, int] = {
    "tests/figures/test_adjusting.py test_a_corrected_workbook_makes_a_revision_and_leaves_the_published_report": 67,
    "tests/support/https_server.py serving": 95,
    "tests/support/imap_server.py serving": 69,
    "tests/support/oracle.py _Known": 483,
    "tests/support/reporting_case.py tables": 75,
    "tests/system/test_board_browser.py test_an_operator_presses_every_button": 94,
    "tests/system/test_rehearsal.py test_a_thursday_runs_itself": 70,
}


def found() -> dict[str, int]:
    """``path name`` of each function or class that is too long → its lines."""
    long = {}
    for root in ROOTS:
        for path in sorted((PROJECT / root).rglob("*.py")):
            name = path.relative_to(PROJECT)
            if name.is_relative_to("plugins/lensan/samples"):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                lines = (getattr(node, "end_lineno", 0) or 0) - getattr(node, "lineno", 0) + 1
                if lines > MOST_LINES.get(type(node), lines):
                    long[f"{name} {node.name}"] = lines  # type: ignore[attr-defined]
    return long


def test_no_function_is_over_60_lines_and_no_class_over_300() -> None:
    assert {name: lines for name, lines in found().items() if lines > LEFT.get(name, 0)} == {}


def test_the_list_of_longer_ones_holds_only_what_is_longer() -> None:
    assert set(LEFT) <= set(found())
