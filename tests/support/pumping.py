"""Texts that keep a backtracking pattern busy, made from the pattern itself.

For each of its repetitions: what leads there, the repeated piece many times, and something that fits nowhere.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

SIZES = (12, 18, 24, 48, 200, 1_000, 4_000, 16_000)
"""Of a pump, in letters: what grows faster than squares is told before it takes minutes."""
MOST_SECONDS = 0.06
"""For 16,000 letters: a pattern without ambiguity takes a tenth of it, one that grows in squares twice as long."""
_LETTERS = " 0a1.,-/:;(<\"'=#xnht\u00e2\u0301\u00b5_%\n"
_METHODS = frozenset(
    ["compile", "search", "match", "fullmatch", "sub", "split", "findall", "finditer"]
)

Pattern = re.Pattern[str] | re.Pattern[bytes]


def patterns(package: Path, rooms: list[str]) -> Iterator[tuple[str, Pattern]]:
    """Every pattern of some rooms, with where it stands: what modules hold compiled, and what calls of ``re``
    spell out."""
    for room in rooms:
        for path in sorted((package / room).rglob("*.py")):
            name = ".".join(["lensan", *path.relative_to(package).with_suffix("").parts])
            module = path.relative_to(package).as_posix()
            if path.stem != "__main__":
                for key, value in vars(
                    importlib.import_module(name.removesuffix(".__init__"))
                ).items():
                    for number, each in enumerate(_compiled(value)):
                        yield f"{module} {key}{number or ''}", each
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                found = _spelled(node)
                if found is not None:
                    yield f"{module}:{node.lineno}", found  # type: ignore[attr-defined]


def _compiled(value: Any) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _compiled(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _compiled(each)


def _spelled(node: ast.AST) -> Pattern | None:
    """The pattern of ``re.search("…", …)``, where it is a literal."""
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in _METHODS
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ):
        return None
    flags = [
        each for each in ast.walk(node) if isinstance(each, ast.Attribute) and each.attr in "IMS"
    ]
    total = 0
    for each in flags:
        total |= getattr(re, each.attr)
    return re.compile(node.args[0].value, total)  # type: ignore[call-overload,no-any-return]


def slowest(pattern: Pattern) -> tuple[float, str] | None:
    """Seconds and text of what keeps a pattern busy for longer than it may be; null where nothing does."""
    for lead, pump, tail in sorted(set(_pumps(parser.parse(pattern.pattern, pattern.flags)))):
        for size in SIZES:
            text: Any = lead + pump * (size // len(pump)) + tail
            if isinstance(pattern.pattern, bytes):
                text = text.encode("latin-1", "replace")
            took = _seconds(pattern, text)
            if took > MOST_SECONDS and (took := min(took, _seconds(pattern, text))) > MOST_SECONDS:
                return took, f"{lead!r} + {pump!r} * {size} + {tail!r}"
    return None


def _seconds(pattern: Any, text: Any) -> float:
    started = time.process_time()
    pattern.fullmatch(text)
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - started


def _pumps(tree: Any, lead: str = "") -> Iterator[tuple[str, str, str]]:
    before = lead
    for op, value in tree:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            least, _, body = value
            for pump in {_sample(body, turn) for turn in range(3)} - {""}:
                for tail in ("\0", "a"):
                    yield before, pump, tail
                    yield "", pump, tail
            yield from _pumps(body, before)
            before += _sample(body, 0) * max(least, 1)
        elif op is ops.SUBPATTERN:
            yield from _pumps(value[-1], before)
            before += _sample(value[-1], 0)
        elif op is ops.BRANCH:
            for branch in value[1]:
                yield from _pumps(branch, before)
            before += _sample(value[1][0], 0)
        else:
            before += _sample([(op, value)], 0)


def _sample(tree: Any, turn: int) -> str:
    """A text that fits; ``turn``: which of several."""
    said = ""
    for op, value in tree:
        if op is ops.LITERAL:
            said += chr(value)
        elif op in (ops.IN, ops.NOT_LITERAL, ops.ANY, ops.CATEGORY):
            said += _letter(op, value, turn)
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            said += _sample(value[2], turn) * max(value[0], min(value[1], 1))
        elif op is ops.SUBPATTERN:
            said += _sample(value[-1], turn)
        elif op is ops.BRANCH:
            said += _sample(value[1][turn % len(value[1])], turn)
        elif op is ops.ATOMIC_GROUP:
            said += _sample(value, turn)
    return said


def _letter(op: Any, value: Any, turn: int) -> str:
    one = parser.SubPattern(parser.State(), [(op, value)])
    from re import _compiler  # type: ignore[attr-defined]

    fits = _compiler.compile(one)
    found = [each for each in _LETTERS if fits.fullmatch(each)]
    if not found:
        found = [chr(n) for n in range(0x20, 0x2200) if fits.fullmatch(chr(n))][:3] or ["a"]
    return found[turn % len(found)]
