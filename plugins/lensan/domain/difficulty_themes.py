"""What a difficulty (khó khăn, vướng mắc) may be about: include/reference/difficulty_themes.yml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from lensan.domain import installation
from lensan.domain.yaml_file import Spec, Text, YamlFile

FILE = installation.REFERENCE / "difficulty_themes.yml"
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")]


class Themes(Spec):
    """Code, as it is stored → how people read it, in the order shown."""

    themes: Annotated[dict[Code, Text], Field(min_length=1)]


@cache
def themes(path: Path = FILE) -> dict[str, str]:
    """Code → words. Raises Slips with all that is wrong in the file."""
    return dict(YamlFile(path).read(Themes).themes)
