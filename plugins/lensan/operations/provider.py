"""What Airflow learns of this package as of any provider: how its assets are named in OpenLineage's events."""

from __future__ import annotations

from typing import Any

from lensan.operations import connections


def get_provider_info() -> dict[str, Any]:
    """The entry point ``apache_airflow_provider``, in the form of Airflow's provider_info schema."""
    return {
        "package-name": "lensan",
        "name": "Lên Sàn",
        "description": "Farming households on marketplaces: assets of landing, core, figures and reports",
        "asset-uris": [
            {
                "schemes": [connections.SCHEME],
                "handler": None,
                "to_openlineage_converter": f"{connections.__name__}.as_dataset",
            }
        ],
    }
