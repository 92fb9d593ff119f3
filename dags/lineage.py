"""The assets that DAGs bring forth and rest on: what came, what is known of it, figures, reports.

Airflow's page *Assets* answers by clicks what feeds a report (docs/decisions/0021-assets.md). An asset's event
carries the period, counts and the code, never a value of a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Asset

from lensan.domain.code_version import code_version
from lensan.domain.contracts import Contract, contracts


def _asset(group: str, name: str) -> Asset:
    path = f"{group}/{name}"
    return Asset(name=path, uri=f"lensan://{path}", group=group)


def landed(contract: Contract) -> Asset:
    """What a source has sent, as it came."""
    return _asset("landing", contract.source)


def core(contract: Contract) -> list[Asset]:
    """What a source is merged into: an entity of core each; of units, what they declare as well."""
    entities = {entity.merges_into: None for entity in contract.entities}
    if contract.kind == "submission":
        entities["submission"] = None
    return [_asset("core", entity) for entity in entities]


def all_core() -> list[Asset]:
    """Every entity that a source of the province is merged into, once, in the order of names."""
    found = {asset.uri: asset for contract in contracts().values() for asset in core(contract)}
    return [found[uri] for uri in sorted(found)]


def figures(kind: str) -> Asset:
    """The figures of the reports of a kind; an event for each period that is computed."""
    return _asset("figures", kind)


def report(kind: str) -> Asset:
    """The published reports of a kind; an event for each that a run has brought out."""
    return _asset("report", kind)


def tell(context: Mapping[str, Any], asset: Asset, what: Mapping[str, Any]) -> None:
    """Note with an asset's event what it is about, and which code brought it forth."""
    context["outlet_events"][asset].extra = {**what, "code_version": code_version()}
