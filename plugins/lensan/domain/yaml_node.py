"""A mapping of a YAML file, read key by key; what is wrong is told with its place."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

import yaml

from lensan.domain import installation


class Marked(dict[Any, Any]):
    """A mapping that knows the line of each of its keys in the file, from 1."""

    lines: dict[Any, int]

    def __init__(self, values: Mapping[Any, Any], lines: Mapping[Any, int]) -> None:
        super().__init__(values)
        self.lines = dict(lines)

    def over(self, before: Marked) -> Marked:
        """These keys, and of another mapping those that are not here."""
        return Marked({**before, **self}, {**before.lines, **self.lines})


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Marked:
        own = {self.construct_object(key): key.start_mark.line + 1 for key, _ in node.value}
        if len(own) < len(node.value):
            seen: set[Any] = set()
            for key, _ in node.value:
                name = self.construct_object(key)
                if name in seen:
                    raise yaml.MarkedYAMLError(
                        None, None, f"the key {name} stands twice", key.start_mark
                    )
                seen.add(name)
        return Marked(super().construct_mapping(node, deep=True), own)


def _marked(loader: _Loader, node: yaml.MappingNode) -> Marked:
    return loader.construct_mapping(node)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _marked)


def load(path: Path) -> Any:
    """What a YAML file says, its mappings marked. Raises ValueError naming file and line of what is no YAML,
    FileNotFoundError."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ValueError(f"{installation.shown(path)}{line}: {error.problem}") from error


def line_of(values: Any, key: object) -> str:
    """`` (line 12)`` of a key in a marked mapping; of its first key where it is missing; else nothing."""
    lines: dict[Any, int] = getattr(values, "lines", {})
    line = lines.get(key, min(lines.values(), default=None))
    return f" (line {line})" if line else ""


@contextmanager
def told_with_line(values: Any, key: object) -> Iterator[None]:
    """Adds the line of a key to a ValueError raised in the block that names none yet."""
    try:
        yield
    except ValueError as error:
        if "(line " in str(error):
            raise
        raise ValueError(f"{error}{line_of(values, key)}") from error


@dataclass(frozen=True)
class YamlNode:
    """``where``: the file and the keys down to here, as ``include/provinces/quang-ninh/office.yml, entries[0]``.

    Every method raises ValueError naming the file, the key, what is expected there, and the line.
    """

    where: str
    values: Any

    def wrong(self, key: str, expected: str) -> ValueError:
        """The error to raise for a key."""
        return ValueError(f"{self.where}, {key}: expected {expected}{line_of(self.values, key)}")

    def only(self, *keys: str) -> None:
        """No other keys than these; they may be missing."""
        if not isinstance(self.values, Mapping):
            raise ValueError(f"{self.where}: expected the keys {', '.join(keys)}")
        for key in self.values:
            if key not in keys:
                raise self.wrong(str(key), f"one of the keys {', '.join(keys)}")

    def text(self, key: str) -> str:
        """A text that is not blank."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "a text (a number in quotes)")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, at least one, none of them blank."""
        value = self.values.get(key)
        if not isinstance(value, list) or not value:
            raise self.wrong(key, "a list of texts")
        if not all(isinstance(each, str) and each.strip() for each in value):
            raise self.wrong(key, "a list of texts (a number in quotes)")
        return tuple(value)

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        """One of some words."""
        if self.values.get(key) not in choices:
            raise self.wrong(key, f"one of {', '.join(choices)}")
        return str(self.values[key])

    def whole(self, key: str, least: int, most: int) -> int:
        """A whole number within limits."""
        value = self.values.get(key)
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(key, f"a whole number from {least} to {most}")
        return value

    def day(self, key: str) -> date:
        """A day like 2021-10-18."""
        value = self.values.get(key)
        if type(value) is not date:
            raise self.wrong(key, "a day like 2021-10-18")
        return value

    def clock(self, key: str) -> time:
        """A time of day like "14:00", in quotes (YAML makes a number of it without them)."""
        value = self.values.get(key)
        try:
            return time.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.wrong(key, 'a time of day in quotes, like "14:00"') from None

    def part(self, key: str) -> YamlNode:
        """The mapping below a key."""
        found = YamlNode(f"{self.where}, {key}", self.values.get(key))
        if not isinstance(found.values, Mapping):
            raise self.wrong(key, "keys and values")
        return found

    def list(self, key: str) -> builtins.list[YamlNode]:
        """The mappings listed below a key, at least one."""
        value = self.values.get(key)
        if not isinstance(value, list) or not value:
            raise self.wrong(key, "a list")
        return [YamlNode(f"{self.where}, {key}[{n}]", each) for n, each in enumerate(value)]
