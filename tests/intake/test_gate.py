"""What the gate takes for XML: its first letter says so, wherever that stands."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from lensan.intake import gate

TYPES = b"<Types><Override ContentType='x.spreadsheetml.sheet.main+xml'/></Types>"
DECLARED = b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"


@pytest.mark.parametrize(
    "blanks", [0, 1, gate.CHUNK - 1, gate.CHUNK, gate.CHUNK + 5, 3 * gate.CHUNK]
)
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/worksheets/s.dat"])
def test_a_part_with_declarations_is_dangerous_whatever_its_name_and_however_late_it_begins(
    name: str, blanks: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(name, b" " * blanks + DECLARED)
    with pytest.raises(gate.Unreadable) as told:
        gate.check_zip(path)
    assert told.value.problem.rule == "dangerous"
