"""The years find faults that are planted into the product."""

from __future__ import annotations

import planted
import pytest
import run
from mutations import MUTATIONS


def test_fifty_faults_are_listed_each_of_a_text_that_is_there_once() -> None:
    texts = {each.file: (run.PROJECT / each.file).read_text("utf-8") for each in MUTATIONS}
    assert [each.breaks for each in MUTATIONS if texts[each.file].count(each.old) != 1] == []
    assert len({(each.file, each.old, each.new) for each in MUTATIONS}) == 50
    assert [each.breaks for each in MUTATIONS if each.old == each.new] == []


@pytest.mark.system
@pytest.mark.parametrize(
    "breaks", ["each mail is handed over twice", "a row more than there is", "tonnes of 1,024 kg"]
)
def test_a_planted_fault_is_found(breaks: str) -> None:
    number = next(n for n, each in enumerate(MUTATIONS) if each.breaks == breaks)
    with run.server() as (at, _):
        assert "seed" in planted.found(number, at.url("postgres"))
