"""The picture of the rooms in docs/architecture.md, drawn from the imports.

``python tests/house/rooms_picture.py`` draws it again; tests/house/test_architecture.py compares.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "plugins" / "lensan"
PAGE = PROJECT / "docs" / "architecture.md"
BEGIN, END = "<!-- rooms: drawn from the imports -->\n", "<!-- end of rooms -->\n"
# What calls the rooms from outside the package.
CALLERS = {"dags": "dags/*.py", "plugins": "plugins/*.py"}


def rooms_imported(files: Iterable[Path]) -> set[str]:
    """The rooms that files import, also inside functions."""
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module == "lensan":
                names = [f"lensan.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            found |= {name.split(".")[1] for name in names if name.startswith("lensan.")}
    return {name for name in found if (PACKAGE / name / "__init__.py").exists()}


def imports() -> dict[str, set[str]]:
    """Room or caller → the other rooms that it imports."""
    found = {
        folder.parent.name: rooms_imported(folder.parent.rglob("*.py")) - {folder.parent.name}
        for folder in sorted(PACKAGE.glob("*/__init__.py"))
    }
    return found | {name: rooms_imported(PROJECT.glob(files)) for name, files in CALLERS.items()}


def reached(graph: dict[str, set[str]], room: str) -> set[str]:
    """All rooms that a room imports, directly or through others."""
    return set().union(*({other} | reached(graph, other) for other in graph[room]), set())


def drawn(graph: dict[str, set[str]]) -> str:
    """The graph as Mermaid, an arrow only where no longer way says the same, and as a table."""
    height = {room: len(reached(graph, room)) for room in graph}
    order = sorted(graph, key=lambda room: (height[room], room))
    lines = ["```mermaid", "flowchart BT"]
    for room in order:
        shape = f'{room}(["{CALLERS[room]}"])' if room in CALLERS else f"{room}[{room}]"
        lines.append(f"    {shape}")
    for room in order:
        roundabout = set().union(*(reached(graph, other) for other in graph[room]), set())
        lines += [f"    {room} --> {other}" for other in order if other in graph[room] - roundabout]
    lines += ["```", "", "| room | imports |", "| --- | --- |"]
    for room in order:
        named = ", ".join(other for other in order if other in graph[room])
        lines.append(f"| {f'`{CALLERS[room]}`' if room in CALLERS else room} | {named or '-'} |")
    return "\n".join(lines) + "\n"


def page_with(picture: str, page: str) -> str:
    """The page with the picture between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError("the page has no marks for the picture")
    return f"{before}{BEGIN}\n{picture}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(drawn(imports()), PAGE.read_text("utf-8")), "utf-8")
