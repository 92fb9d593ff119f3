"""Whose installation this is: the folder with all that is of one province, its office, plan and calendar.

A setting of the process, read once: LENSAN_PROVINCE, the name of a folder of include/provinces or a path to
one elsewhere, which an upgrade of the project never touches. Everything else asks here
(docs/decisions/0025-a-province-is-a-folder.md).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_CARRIED = _PACKAGE / "_project"
"""What a wheel carries of the project's tree (pyproject.toml)."""
PROJECT = _CARRIED if _CARRIED.is_dir() else _PACKAGE.parents[1]
DEFAULT_HOME = (Path.cwd() if _CARRIED.is_dir() else PROJECT) / ".lensan"
"""Beside the tree; an installed package has no place of its own to write to."""
INCLUDE = PROJECT / "include"
PROVINCES = INCLUDE / "provinces"
REFERENCE = INCLUDE / "reference"
"""Lists of the whole country."""
VARIABLE = "LENSAN_PROVINCE"
DEFAULT = "quang-ninh"


def name(environment: Mapping[str, str] = os.environ) -> str:
    """What the setting says: a folder of include/provinces, or an absolute path of one elsewhere."""
    said = environment.get(VARIABLE, "").strip() or DEFAULT
    return str(Path(said).expanduser().resolve()) if "/" in said else said


def folder(said: str) -> Path:
    """The folder of a name. Raises ValueError for one that is not there, with those that are."""
    found = PROVINCES / said
    if not (found / "office.yml").is_file():
        known = ", ".join(path.parent.name for path in sorted(PROVINCES.glob("*/office.yml")))
        raise ValueError(
            f"{VARIABLE}={said}: {found} has no office.yml; one of {known}, or a path to a folder of yours"
        )
    return found


def shown(path: Path) -> str:
    """A file as messages name it: below the project from there, else in full."""
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else str(path)


NAME = name()
FOLDER = folder(NAME)
