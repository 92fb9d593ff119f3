"""The linters of `make lint` and those before a commit are the same; targets are listed and declared."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")


def recipe(target: str) -> list[str]:
    """The commands of a target, without the @ and with the path of the virtual environment."""
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.M)
    assert found, target
    lines = [line.strip().removeprefix("@") for line in found[1].splitlines()]
    return [line.replace("$(BIN)", ".venv/bin") for line in lines]


def test_the_hooks_before_a_commit_are_the_linters_of_make_lint() -> None:
    text = (PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    (repository,) = yaml.safe_load(text)["repos"]
    assert repository["repo"] == "local"
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    assert [hook["entry"] for hook in repository["hooks"]] == recipe("lint")


def test_every_target_that_makes_no_file_is_phony() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.M))
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.M)
    assert set(phony.split()) == targets


def test_every_target_says_what_it_does() -> None:
    told = set(re.findall(r"^([a-z][a-z-]*):.*## \S", MAKEFILE, re.M))
    assert set(re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.M)) == told
