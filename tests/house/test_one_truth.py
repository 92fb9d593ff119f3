"""What include/ says once stands nowhere else: province, office, the deadline's days and hours, platforms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from lensan.domain import schedule
from lensan.domain.contracts import contracts
from lensan.domain.office import OFFICES

PROJECT = Path(__file__).resolve().parents[2]
EXCEPTIONS = {
    "plugins/lensan/samples/": "invents what others send, platforms and their habits among it",
    "plugins/lensan/domain/schedule.py: weekday": "the words of the calendar themselves",
    "plugins/lensan/domain/dates.py: weekday": "weekdays that people write before dates",
    'plugins/lensan/domain/yaml_file.py: hour "14:00"': "shows how a time of day is written",
}
"""Where a fact may stand nevertheless (a path, or path: kind of fact), and why."""


def _facts() -> dict[str, re.Pattern[str]]:
    """What is looked for in texts, by kind; all of it read from the files that say it."""
    names: set[str] = set()
    for entry in OFFICES.entries:
        head = entry.letterhead
        names |= {entry.province, entry.office, entry.short_office, head.authority, head.office}
        names |= {head.nation, head.motto, entry.mail_domain, entry.plan.number}
    platforms = [each for each in contracts().values() if each.platform]
    hours = {f"{at:%H:%M}" for at in _hours()} | {f"{at.hour}h" for at in _hours()}
    hours |= {f"{at.hour} giờ" for at in _hours()}
    weekdays = {*schedule.WEEKDAYS, *map(schedule.weekday_name, _a_week())}
    return {
        "province": _any({f'"{OFFICES.code}"', f"'{OFFICES.code}'"}),
        "office": _any(names),
        "weekday": _any(weekdays),
        "hour": _any(hours),
        "platform": _any({each.source for each in platforms}),
    }


def _hours() -> set[time]:
    found = set()
    for rule in (*schedule.CALENDAR.week, *schedule.CALENDAR.month):
        found |= {rule.due, rule.draft, rule.release, rule.doubtful_release}
        found |= {each.at for each in rule.reminders}
    return found


def _a_week() -> list[date]:
    return [date(2021, 11, 1) + timedelta(days=number) for number in range(schedule.WEEK_DAYS)]


def _any(texts: set[str]) -> re.Pattern[str]:
    every = "|".join(re.escape(text) for text in sorted(texts))
    return re.compile(rf"(?i)(?<![\w\d])({every})(?![\d])")


FACTS = _facts()


def in_text(text: str) -> Iterator[str]:
    """The facts that a text holds, as: kind "found"."""
    for kind, pattern in FACTS.items():
        for found in pattern.finditer(text):
            yield f'{kind} "{found[1]}"'


def in_python(source: str) -> Iterator[tuple[int, str]]:
    """Line and fact of each literal outside docstrings; calls that make an hour of the calendar of numbers,
    and comparisons of a weekday with a number."""
    tree = ast.parse(source)
    # Texts that stand alone are docstrings, of modules, classes, functions or constants.
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            text = f'"{node.value}"' if node.value == OFFICES.code else node.value
            yield from ((node.lineno, fact) for fact in in_text(text))
        elif isinstance(node, ast.Call) and _number_of_hour(node):
            yield node.lineno, f'hour "{ast.unparse(node)}"'
        elif isinstance(node, ast.Compare | ast.BinOp) and _number_of_weekday(node):
            yield node.lineno, f'weekday "{ast.unparse(node)}"'


def _number_of_hour(call: ast.Call) -> bool:
    """``time(13, 30)``, ``moment.replace(hour=14)`` with an hour of the calendar."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [a.value for a in call.args if isinstance(a, ast.Constant)]
    named = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
    if name == "time" and given and len(given) == len(call.args):
        return (given[0], given[1] if len(given) > 1 else 0) in {
            (at.hour, at.minute) for at in _hours()
        }
    return name == "replace" and named.get("hour") in {at.hour for at in _hours()}


def _number_of_weekday(node: ast.Compare | ast.BinOp) -> bool:
    sides = [node.left, *(node.comparators if isinstance(node, ast.Compare) else [node.right])]
    asks = any(
        isinstance(side, ast.Call)
        and isinstance(side.func, ast.Attribute)
        and side.func.attr in ("weekday", "isoweekday")
        for side in sides
    )
    return asks and any(isinstance(side, ast.Constant) for side in sides)


def in_sql(source: str) -> Iterator[tuple[int, str]]:
    """Line and fact of each text between quotes outside comments, and of what asks for a day of the week."""
    plain = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), source, flags=re.DOTALL)
    for number, line in enumerate(plain.splitlines(), 1):
        code = re.sub(r"--.*", "", line)
        for literal in re.findall(r"'(?:[^']|'')*'", code):
            yield from ((number, fact) for fact in in_text(literal))
            if re.fullmatch(r"'(iso)?dow'|'\d+ hours?'", literal):
                yield number, f'hour or weekday "{literal}"'
        if re.search(r"extract\((iso)?dow\b", code):
            yield number, f'weekday "{code.strip()}"'


def in_lines(source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), 1):
        plain = re.sub(r"\{#.*?#\}|^\s*#.*", "", line)
        yield from ((number, fact) for fact in in_text(plain))


SEARCHED = {
    ("plugins", "*.py"): in_python,
    ("dags", "*.py"): in_python,
    ("include/sql", "*.sql"): in_sql,
    ("include/templates", "*.*"): in_lines,
    ("include/messages", "*.yml"): in_lines,
    ("include/quality", "*.yml"): in_lines,
    ("include/reports", "*.yml"): in_lines,
    ("deploy/superset", "*.yaml"): in_lines,
}


def test_no_literal_says_again_what_include_says_once() -> None:
    used, wrong = set(), []
    for (folder, pattern), search in SEARCHED.items():
        files = sorted((PROJECT / folder).rglob(pattern))
        assert files, folder
        for path in files:
            name = path.relative_to(PROJECT).as_posix()
            if "/migrations/" in name or path.suffix == ".ttf":
                continue
            for line, fact in search(path.read_text(encoding="utf-8")):
                place = f"{name}: {fact}"
                excused = [each for each in EXCEPTIONS if place.startswith(each)]
                used |= set(excused)
                if not excused:
                    wrong.append(f"{name}:{line}: {fact}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert used == set(EXCEPTIONS), "exceptions that nothing needs"


@pytest.mark.parametrize(
    ("search", "source", "found"),
    [
        (in_python, 'unit == "22"', 'province ""22""'),
        (in_python, 'title = f"Sở ở Quảng Ninh, {year}"', 'office "Quảng Ninh"'),
        (in_python, 'after = time(13, 30)', 'hour "time(13, 30)"'),
        (in_python, "due = day.replace(hour=14)", 'hour "day.replace(hour=14)"'),
        (in_python, "day.weekday() == 3", 'weekday "day.weekday() == 3"'),
        (in_python, 'said = "trước 14:00 thứ Năm"', 'hour "14:00"'),
        (in_python, 'source = "postmart"', 'platform "postmart"'),
        (in_sql, "where unit_code = '22'", "province \"'22'\""),
        (in_sql, "select due + interval '14 hours'", "hour or weekday \"'14 hours'\""),
        (in_sql, "where extract(isodow from day) = 4", 'weekday "where extract(isodow from day) = 4"'),
        (in_lines, "<p>lên sàn Voso.vn</p>", 'platform "Voso"'),
    ],
)  # fmt: skip
def test_the_search_sees_what_it_looks_for(search: object, source: str, found: str) -> None:
    assert found in [fact for _, fact in search(source)]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("search", "source"),
    [
        (in_python, '"""Due Thursday 14:00 in Quảng Ninh."""'),
        (in_python, "LIMIT = 22\nhours = time(7)"),
        (in_sql, "-- (22: the province, Thursday)\nselect '222'"),
        (in_lines, "# postmart"),
    ],
)
def test_what_is_no_literal_of_a_fact_is_left_alone(search: object, source: str) -> None:
    assert list(search(source)) == []  # type: ignore[operator]
