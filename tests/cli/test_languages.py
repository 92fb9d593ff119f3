"""The command line in Vietnamese and English: one catalog, and nothing said beside it."""

from __future__ import annotations

import ast
import gettext
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import messages
import pytest
from typer.testing import CliRunner

import lensan
from lensan.cli import app, words
from lensan.domain.settings import PROJECT

CLI = sorted((PROJECT / "plugins" / "lensan" / "cli").glob("*.py"))
TELLING = {"fail", "say", "print", "BadParameter", "show"}


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    gettext.textdomain("messages")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_message_lacks_its_vietnamese_and_none_is_left_over() -> None:
    known = {m.id: m.string for m in messages.catalog() if m.id and not m.context}
    assert messages.wanted() == known.keys(), "make words, then translate what is empty"
    assert [key for key, text in known.items() if not text] == []


def test_what_a_message_is_filled_with_is_the_same_in_both_languages() -> None:
    for message in messages.catalog():
        if message.id and "{" in message.id:
            assert fields(message.string) == fields(message.id), message.id


def test_what_gettext_reads_is_the_catalog() -> None:
    assert messages.COMPILED.read_bytes() == messages.compiled(messages.catalog()), "make words"


def literal(node: ast.expr) -> str:
    """The words of a literal that is no call of gettext."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(literal(p) if isinstance(p, ast.Constant) else "{}" for p in parts)
        case ast.IfExp(body=body, orelse=other):
            return literal(body) + literal(other)
        case ast.BinOp(left=left, right=right):
            return literal(left) + literal(right)
    return ""


@pytest.mark.parametrize("path", CLI, ids=lambda path: path.stem)
def test_nothing_is_said_beside_the_catalog(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in TELLING:
            for given in node.args:
                said = literal(given)
                # Vietnamese words need no translation, a name of a column or an option is none.
                assert not re.search(r"(?<![-{\w/.])[A-Za-z]{3,} [a-z]{2,}", said), (
                    path.name,
                    said,
                )


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "vi"}, "vi"),
        ({"LANG": "vi_VN", "LC_ALL": "C"}, "en"),
        ({"LANG": "vi_VN", "LANGUAGE": "en_US:vi"}, "en"),
        ({"LANG": "C", "LANGUAGE": "fr:vi:en"}, "vi"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({}, "en"),
    ],
    ids=str,
)
def test_the_language_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert words.language() == language


@pytest.mark.parametrize(
    ("arguments", "vietnamese", "english"),
    [
        (["--help"], "Hằng ngày:", "Every day:"),
        (["trace", "--help"], "Ví dụ:", "Examples:"),
        (["trace", "week"], "Lỗi: Thiếu 'PERIOD'.", "Error: Missing argument 'PERIOD'."),
        (["trce"], "Có phải ý là trace?", "Did you mean trace?"),
        (["files", "--limt", "3"], "Không có tùy chọn --limt", "No such option: --limt"),
        (["files", "--limit", "x"], "không hợp lệ", "Invalid value for '--limit'"),
        (["report", "show", "week", "2021-11-19"], "(thứ Năm)", "Thursday"),
        (["files", "--unit", "nowhere", "--home", "/nowhere"], "không có nhà", "there is no home"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_help_and_mistakes_are_told_in_the_readers_language(
    arguments: list[str], vietnamese: str, english: str
) -> None:
    for language, said in (("vi", vietnamese), ("en", english)):
        result = CliRunner().invoke(
            app, arguments, env={"LANGUAGE": language, "WAREHOUSE_URL": None}
        )
        assert said in " ".join(result.output.split())


def test_help_and_the_version_need_neither_the_database_nor_its_library() -> None:
    code = (
        "import sys; from lensan.cli import app\n"
        "for asked in (['--help'], ['--version']):\n"
        "    try: app(asked)\n"
        "    except SystemExit as end: assert end.code == 0\n"
        "assert not {'sqlalchemy', 'pandas', 'openpyxl', 'airflow'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"lensan {lensan.__version__}\n" in done.stdout
