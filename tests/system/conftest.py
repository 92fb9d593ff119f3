"""The order of the long tests: those that take minutes begin first, so that none of them is waited for alone."""

from __future__ import annotations

import pytest

LONGEST = (
    "test_installations",
    "test_handbook",
    "test_celery",
    "test_live_thursday",
    "test_compose_by_hand",
    "test_one_thursday",
    "test_board_browser",
    "test_faults",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files named above first, in that order; the order within a file stays."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)
