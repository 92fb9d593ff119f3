"""Airflow knows this package as a provider: OpenLineage's events name its assets, its UI has a source's form."""

from __future__ import annotations

import json
from importlib.metadata import entry_points, version
from typing import Any

import pytest
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
from airflow.providers.openlineage.utils.utils import translate_airflow_asset
from airflow.sdk import Asset, BaseHook

import lensan
from lensan.intake.locations import Access
from lensan.operations import connections, provider


def test_the_environment_knows_this_package_and_its_entry_point() -> None:
    assert version("lensan") == lensan.__version__
    points = entry_points(group="apache_airflow_provider")
    ours = [point.load() for point in points if point.module == provider.__name__]
    assert ours == [provider.get_provider_info]


def test_an_asset_is_a_dataset_of_the_same_name() -> None:
    asset = Asset(name="core/stall", uri="lensan://core/stall", group="core")
    found = translate_airflow_asset(asset, None)
    assert found is not None
    assert (found.namespace, found.name) == ("lensan", "core/stall")


def form() -> Any:
    """What Airflow's page *Admin → Connections* asks for to draw the form."""
    [ours] = [
        each
        for each in HookMetaService.hook_meta_data()
        if each.connection_type == connections.SourceHook.conn_type
    ]
    return ours


def test_airflow_draws_the_form_of_a_sources_connection() -> None:
    ours = form()
    assert ours.hook_name == "Lên Sàn: nguồn lấy qua SFTP, HTTPS, IMAP"
    assert ours.standard_fields.port.hidden
    assert ours.standard_fields.url_schema.hidden
    assert ours.standard_fields.login.title == "Tên đăng nhập"
    token = ours.extra_fields["token"]
    assert token["schema"]["format"] == "password"
    assert token["schema"]["title"] == "Mã truy cập (HTTPS)"


def test_what_the_form_asks_for_is_what_a_sweep_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = form().extra_fields
    extra = {
        name: 7 if "number" in field["schema"]["type"] else f"điền {name}"
        for name, field in fields.items()
    }
    filled = {"conn_type": connections.SourceHook.conn_type, "extra": extra}
    filled |= {"host": "files.example", "login": "an", "password": "bí-mật"}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(filled))
    hook = BaseHook.get_hook("shop")
    assert isinstance(hook, connections.SourceHook)
    access = hook.get_conn()
    left = [name for name in vars(access) if getattr(access, name) == getattr(Access(), name)]
    assert left == []
    assert (access.token, access.passphrase) == ("điền token", "điền private_key_passphrase")
    assert (access.max_bytes, access.days_back) == (7 << 20, 7)


def test_every_field_of_the_form_changes_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in form().extra_fields.items():
        value = 7 if "number" in field["schema"]["type"] else "x"
        given = {"conn_type": connections.SourceHook.conn_type, "extra": {name: value}}
        monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(given))
        assert connections.access_of("shop") != Access(), name


@pytest.mark.parametrize("empty", [None, ""])
def test_a_field_that_is_left_empty_says_nothing(
    monkeypatch: pytest.MonkeyPatch, empty: str | None
) -> None:
    given = {"conn_type": "lensan_source", "extra": dict.fromkeys(form().extra_fields, empty)}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(given))
    assert connections.access_of("shop") == Access()
