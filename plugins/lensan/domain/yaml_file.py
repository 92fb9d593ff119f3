"""A YAML file as a pydantic model; what is wrong in it is told with file, line, key and what is expected there.

A model says once what a file may hold: it checks, its JSON Schema (include/schemas, ``make schemas``) checks in
editors and before a commit, and the words of a refusal are made of that schema
(docs/decisions/0031-models-of-files.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    Strict,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from lensan.domain import installation

Way = tuple[str | int, ...]
"""Keys and numbers from the top of a file down to a value."""


class Spec(BaseModel):
    """What a mapping of a file may say: these keys and no other; it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


class Slips(ValueError):
    """What is wrong in a file, each a line for people: ``office.yml, line 12, entries[0].place: expected a text``."""

    def __init__(self, told: Iterable[str]) -> None:
        self.told = tuple(dict.fromkeys(told))
        super().__init__("\n".join(self.told))


# ---------------------------------------------------------------- what values may be

Text = Annotated[str, StringConstraints(pattern=r"\S")]
Yes = Annotated[bool, Strict()]
Day = Annotated[date, Strict()]


def _clock(value: object) -> time:
    try:
        return time.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError("no time of day") from None


Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema(
        {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "examples": ['"14:00"']}
    ),
]
"""In quotes: YAML makes a number of it without them."""


def whole(least: int, most: int) -> Any:
    """A whole number within limits, as an annotation."""
    return Field(ge=least, le=most, strict=True)


def slip(expected: str, *way: str | int) -> PydanticCustomError:
    """To be raised by a model's own rule: what is expected, at a key below the model."""
    return PydanticCustomError("slip", "{expected}", {"expected": expected, "way": way})


def as_before(given: object) -> object:
    """Of the listed entries, each with what it leaves out as in the entry before (a BeforeValidator)."""
    if not isinstance(given, list):
        return given
    found: list[object] = []
    for entry in given:
        before = found[-1] if found else None
        is_further = isinstance(before, Marked) and isinstance(entry, Marked)
        found.append(entry.over(before) if is_further else entry)
    return found


def only_first(*required: str) -> Callable[[dict[str, Any]], None]:
    """For ``json_schema_extra`` of such an entry: the keys that each has; only the first needs the others."""
    return lambda schema: schema.update(required=list(required))


class ByName:
    """``Annotated[tuple[Thing, ...], ByName("name")]``: written as a mapping by name, read as what bears it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        item = handler.generate_schema(get_args(source)[0])
        named = core_schema.no_info_before_validator_function(
            self._named, core_schema.dict_schema(core_schema.str_schema(), item)
        )
        return core_schema.no_info_after_validator_function(
            lambda found: tuple(found.values()), named
        )

    def _named(self, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        found = {}
        for name, spec in given.items():
            if isinstance(spec, Mapping):
                if self._key in spec:
                    raise slip(f"no such key: it is {name!r}", name, self._key)
                spec = {**spec, self._key: name}
            found[name] = spec
        return found


# ---------------------------------------------------------------- the file


class Marked(dict[Any, Any]):
    """A mapping that knows the line of each of its keys in the file, from 1."""

    lines: Mapping[Any, int]

    def over(self, before: Marked) -> Marked:
        """These keys, and of another mapping those that are not here."""
        found = Marked({**before, **self})
        found.lines = {**before.lines, **self.lines}
        return found


class MarkedList(list[Any]):
    """A list that knows the line of each of its entries."""

    lines: Mapping[Any, int]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The quick one where PyYAML has it; a key that stands twice is refused."""


def _mapping(loader: Any, node: yaml.MappingNode) -> Marked:
    loader.flatten_mapping(node)
    found, lines = Marked(), {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        mark = key_node.start_mark
        if key in lines:
            raise yaml.MarkedYAMLError(None, None, f"the key {key} stands twice", mark)
        found[key] = loader.construct_object(value_node, deep=True)
        lines[key] = mark.line + 1
    found.lines = lines
    return found


def _list(loader: Any, node: yaml.SequenceNode) -> MarkedList:
    found = MarkedList(loader.construct_object(each, deep=True) for each in node.value)
    found.lines = {number: each.start_mark.line + 1 for number, each in enumerate(node.value)}
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG, _list)


class YamlFile:
    """A YAML file, its lines known. Raises Slips for what is no YAML, FileNotFoundError."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, installation.shown(path)
        try:
            self.data = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = f", line {mark.line + 1}" if mark else ""
            raise Slips([f"{self.name}{line}: {error.problem}"]) from error
        except yaml.YAMLError as error:
            raise Slips([f"{self.name}: {error}"]) from error

    def read(self, model: type[Model], **more: Any) -> Model:
        """The file as a model; ``more``: fields of the model that no file says. Raises Slips with all that is wrong."""
        data = self.data
        if isinstance(data, Mapping):
            told = [self._unknown(model, (key,)) for key in data if key in more]
            if told:
                raise Slips(told)
            data = {**data, **more}
        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise Slips(self._told(model, error)) from None

    def slip(self, expected: str, *way: str | int) -> Slips:
        """What to raise where only other files show that a value is wrong."""
        return Slips([self._line(way, expected)])

    # ------------------------------------------------------------ words

    def _told(self, model: type[BaseModel], error: ValidationError) -> list[str]:
        told: dict[Way, str] = {}
        for each in error.errors(include_url=False):
            given, kind = tuple(each["loc"]), each["type"]
            if kind == "missing":
                way = (*self._known(given[:-1]), given[-1])
                words = f"the key {given[-1]!r} is missing: expected {_Words(model).of(way)}"
                told[way] = self._line(way[:-1], words)
                continue
            way = self._known(given)
            if kind == "slip":
                way = (*way, *each["ctx"]["way"])
                told[way] = self._line(way, each["ctx"]["expected"])
            elif kind == "extra_forbidden":
                told[way] = self._unknown(model, way)
            else:
                words = f"expected {_Words(model).of(way)}, not {_short(self._value(way))}"
                told[way] = self._line(way, words)
        # Of the members of a union, the one that went furthest was meant.
        return [
            line
            for way, line in told.items()
            if not any(way == other[: len(way)] for other in told if len(other) > len(way))
        ]

    def _unknown(self, model: type[BaseModel], way: Way) -> str:
        keys = _Words(model).keys(way[:-1])
        meant = get_close_matches(str(way[-1]), keys, 1)
        asked = f"; is {meant[0]} meant?" if meant else ""
        return self._line(way, f"unknown key, expected one of {', '.join(keys)}{asked}")

    def _line(self, way: Way, words: str) -> str:
        line, value = None, self.data
        for step in way:
            lines = getattr(value, "lines", {})
            line = lines.get(step, line)
            try:
                value = value[step]
            except (LookupError, TypeError):
                break
        named = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
        where = f", {named.removeprefix('.')}" if named else ""
        return f"{self.name}, line {line or 1}{where}: {words}"

    def _known(self, way: Way) -> Way:
        """A way of pydantic's without the names of its unions' members."""
        value, found = self.data, []
        for step in way:
            try:
                value = value[step]
            except (LookupError, TypeError):
                continue
            found.append(step)
        return tuple(found)

    def _value(self, way: Way) -> object:
        value = self.data
        for step in way:
            value = value[step]
        return value


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return "keys and values"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else repr(str(value)[:60])


class _Words:
    """What a model expects at a place, in words made of its JSON Schema."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    @cached_property
    def _schema(self) -> dict[str, Any]:
        return self._model.model_json_schema()

    def of(self, way: Way) -> str:
        """As behind *expected*."""
        nodes = self._at(way)
        return " or ".join(dict.fromkeys(_phrase(node, self._plain) for node in nodes)) or "nothing"

    def keys(self, way: Way) -> list[str]:
        """Those that a mapping may have there."""
        return [key for node in self._at(way) for key in node.get("properties", {})]

    def _at(self, way: Way) -> list[dict[str, Any]]:
        nodes = self._plain(self._schema)
        for step in way:
            below = []
            for node in nodes:
                if isinstance(step, int):
                    items = node.get("prefixItems") or [node.get("items")]
                    next_one = items[min(step, len(items) - 1)]
                else:
                    others = [
                        node.get("additionalProperties"),
                        *node.get("patternProperties", {}).values(),
                    ]
                    next_one = node.get("properties", {}).get(step, others[-1])
                if isinstance(next_one, dict):
                    below += self._plain(next_one)
            nodes = below
        return nodes

    def _plain(self, node: Mapping[str, Any]) -> list[dict[str, Any]]:
        """A node without references and alternatives."""
        if "$ref" in node:
            named = self._schema["$defs"][node["$ref"].rpartition("/")[2]]
            return self._plain({**named, **{k: v for k, v in node.items() if k != "$ref"}})
        for key in ("anyOf", "oneOf", "allOf"):
            if key in node:
                return [plain for each in node[key] for plain in self._plain(each)]
        return [dict(node)]


def _phrase(
    node: Mapping[str, Any], plain: Callable[[Mapping[str, Any]], list[dict[str, Any]]]
) -> str:
    if "examples" in node:
        quoted = " in quotes" if '"' in node["examples"][0] else ""
        return f"a text{quoted} like {' or '.join(node['examples'])}"
    if "enum" in node or "const" in node:
        choices = node.get("enum", [node.get("const")])
        return f"one of {', '.join(map(str, choices))}" if len(choices) > 1 else str(choices[0])
    match node.get("type"):
        case "string":
            is_day = node.get("format") == "date"
            return "a day like 2021-10-18" if is_day else "a text (a number in quotes)"
        case "integer" | "number" as kind:
            word = "a whole number" if kind == "integer" else "a number"
            if "minimum" in node and "maximum" in node:
                return f"{word} from {node['minimum']} to {node['maximum']}"
            return f"{word} from {node['minimum']}" if "minimum" in node else word
        case "boolean":
            return "true or false"
        case "null":
            return "null"
        case "array":
            least, most = node.get("minItems"), node.get("maxItems")
            items = node.get("items") or {}
            inner = " or ".join(dict.fromkeys(_phrase(each, plain) for each in plain(items)))
            count = f" of {least}" if least else ""
            count += f" to {most}" if most and most != least else ""
            return f"a list{count}" + (f", each {inner}" if items else "")
        case "object":
            keys = ", ".join(node.get("properties", {}))
            return f"the keys {keys}" if keys else "keys and values"
    return "a value"
