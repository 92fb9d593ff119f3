"""Expectations that are described once each.

Great Expectations makes the configuration of an expectation anew whenever one word of it is asked for, some ninety
times a check; that was a third of what judging took. Nothing of an expectation changes while it is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def described_once() -> Iterator[None]:
    """Within the block an expectation keeps the configuration that it was first asked for: whoever changes one
    does so before the block."""
    from great_expectations.expectations.expectation import Expectation

    described = Expectation.configuration
    # With the expectation itself, so that no other one gets its id.
    known: dict[int, tuple[Any, Any]] = {}

    def configuration(expectation: Any) -> Any:
        found = known.get(id(expectation))
        if found is None:
            found = known[id(expectation)] = (expectation, described.__get__(expectation))
        return found[1]

    Expectation.configuration = property(configuration)  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        Expectation.configuration = described  # type: ignore[method-assign]
