"""The documentation site and the files that a public repository lives by."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def site() -> Any:
    spec = importlib.util.spec_from_file_location("_site", PROJECT / "docs" / "_site.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(folder: Path, config: Path = PROJECT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-f", str(config), "-d", str(folder)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
        env={**os.environ, "LANGUAGE": "en", "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip


def test_the_site_is_built_and_all_its_links_lead_somewhere(tmp_path: Path) -> None:
    done = build(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for page in (
        "",
        "van-hanh",
        "contributing",
        "reference/files",
        "reference/help",
        "decisions/0018-rooms",
    ):
        assert (tmp_path / page / "index.html").is_file(), page
    home = (tmp_path / "index.html").read_text("utf-8")
    assert 'href="van-hanh/"' in home  # as in the README, on the site's own page
    outside = set(re.findall(r'(?:src|href)="(https?://[^/"]+)', home))
    assert not [each for each in outside if "fonts" in each or "cdn" in each]


def test_a_link_to_nothing_stops_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Start\n\n[nowhere](gone.md)\n", encoding="utf-8")
    config = yaml.safe_load((PROJECT / "mkdocs.yml").read_text("utf-8"))
    for key in ("nav", "hooks", "exclude_docs"):
        del config[key]
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done = build(tmp_path / "out", tmp_path / "mkdocs.yml")
    assert done.returncode != 0
    assert "gone.md" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("here", "said", "shown"),
    [
        ("index.md", "[a](docs/rules/words.md#forms)", "[a](rules/words.md#forms)"),
        ("rules/reports.md", "[a](../../CONTRIBUTING.md)", "[a](../contributing.md)"),
        ("rules/README.md", "[a](README.md)", "[a](README.md)"),
        ("architecture.md", "[`m`](../plugins/lensan/__init__.py)", "`m`"),
        ("architecture.md", "[a](https://example.vn/x.md)", "[a](https://example.vn/x.md)"),
        ("architecture.md", "[a](none.md)", "[a](none.md)"),
    ],
)
def test_links_hold_on_the_site_as_in_the_repository(
    site: Any, here: str, said: str, shown: str
) -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri=here))
    assert site.on_page_markdown(said, page) == shown


def test_every_action_is_pinned_by_its_commit_and_says_which_tag_that_is() -> None:
    used = [
        line.strip()
        for path in WORKFLOWS
        for line in path.read_text("utf-8").splitlines()
        if "uses:" in line
    ]
    assert used
    for line in used:
        assert re.search(r"uses: [\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line), line


def test_a_workflow_may_nothing_but_what_a_job_asks_for_and_ends_in_time() -> None:
    for path in WORKFLOWS:
        flow = yaml.safe_load(path.read_text("utf-8"))
        assert flow["permissions"] == {}, path.name
        for name, job in flow["jobs"].items():
            assert "timeout-minutes" in job and "permissions" in job, (path.name, name)


def test_the_workflows_try_every_python_that_is_promised() -> None:
    flow = yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    promised = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (PROJECT / "pyproject.toml").read_text("utf-8")
    )
    assert promised is not None
    first, end = map(int, promised.groups())
    assert flow["jobs"]["test"]["strategy"]["matrix"]["python"] == [
        f"3.{minor}" for minor in range(first, end)
    ]
