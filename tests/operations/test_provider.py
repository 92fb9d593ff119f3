"""Airflow knows this package as a provider, so that OpenLineage's events name its assets."""

from __future__ import annotations

from importlib.metadata import entry_points, version

from airflow.providers.openlineage.utils.utils import translate_airflow_asset
from airflow.sdk import Asset

import lensan
from lensan.operations import provider


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
