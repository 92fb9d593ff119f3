"""Which folder is the province's, and that neither a home nor a warehouse changes hands."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from lensan.domain import installation
from lensan.domain.settings import settings
from lensan.warehouse import reference_load


def test_a_name_is_a_folder_of_the_project_and_a_path_any_other(tmp_path: Path) -> None:
    assert installation.name({}) == installation.DEFAULT
    assert installation.name({installation.VARIABLE: ""}) == installation.DEFAULT
    assert installation.folder("quang-ninh") == installation.PROVINCES / "quang-ninh"
    (tmp_path / "office.yml").touch()
    named = installation.name({installation.VARIABLE: f"{tmp_path}/"})
    assert installation.folder(named) == tmp_path


def test_a_folder_that_is_none_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"LENSAN_PROVINCE=nowhere.*quang-ninh"):
        installation.folder("nowhere")


def test_a_file_is_shown_from_the_project_or_in_full(tmp_path: Path) -> None:
    own = installation.PROVINCES / "quang-ninh" / "office.yml"
    assert installation.shown(own) == "include/provinces/quang-ninh/office.yml"
    assert installation.shown(tmp_path / "office.yml") == str(tmp_path / "office.yml")


def test_a_home_is_refused_to_another_province(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(tmp_path / "home").belong()
    assert settings(tmp_path / "home").home == tmp_path / "home"
    monkeypatch.setattr(installation, "NAME", "bac-ninh")
    with pytest.raises(ValueError, match="is the home of the province quang-ninh, and this is for"):
        settings(tmp_path / "home")


def test_a_landing_root_of_another_home_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = settings(tmp_path / "mine"), settings(tmp_path / "other")
    mine.belong()
    other.belong()
    assert mine.whose_landing is None
    monkeypatch.setenv("LANDING_ROOT", str(other.landing / "districts"))
    mine = settings(tmp_path / "mine")
    assert mine.whose_landing == other.home


def test_a_warehouse_is_refused_to_another_province(warehouse_engine: Engine) -> None:
    with warehouse_engine.begin() as connection:
        connection.exec_driver_sql("update core.office set province_code = '24'")
        with pytest.raises(ValueError, match="this warehouse is of the province 24"):
            reference_load.load(connection)
