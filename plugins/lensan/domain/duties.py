"""Who does what when a glut is ahead (duties.yml of the province's folder; a province may have none)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from lensan.domain import installation
from lensan.domain.yaml_file import Spec, Text, YamlFile

FILE = installation.FOLDER / "duties.yml"


class Duty(Spec):
    """One who acts, and what that is: both as within a Vietnamese sentence."""

    who: Text
    does: Text


class Duties(Spec):
    """duties.yml: in the order in which they are printed."""

    duties: Annotated[tuple[Duty, ...], Field(min_length=1)]


def read(path: Path = FILE) -> tuple[Duty, ...]:
    """The duties in their order; none where there is no such file. Raises Slips naming file and line."""
    return YamlFile(path).read(Duties).duties if path.exists() else ()


def sentence(duties: tuple[Duty, ...]) -> str:
    """All of them in a sentence; nothing of none."""
    told = "; ".join(f"{each.who} {each.does}" for each in duties)
    return f"Khi có cảnh báo: {told}." if told else ""
