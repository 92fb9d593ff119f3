"""What difficulties are about is data of the office's."""

from __future__ import annotations

from pathlib import Path

import pytest

from lensan.domain import difficulty_themes
from lensan.domain.yaml_file import Slips


def test_the_themes_have_codes_and_words_in_the_order_of_the_file() -> None:
    found = difficulty_themes.themes()
    assert list(found)[-1] == "other" and found["market"] == "Tiêu thụ, giá cả"


@pytest.mark.parametrize("wrong", ["themes: {}", "themes: {Kinh phi: x}", "themes: {funds: ''}"])
def test_a_slip_in_the_themes_is_told(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "difficulty_themes.yml"
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(Slips):
        difficulty_themes.themes(file)
