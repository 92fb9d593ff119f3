"""What Great Expectations names and no check uses is imported when it is used, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lensan.gates.imported_later import import_later


def test_a_module_is_imported_when_something_of_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    import_later("colorsys", "no_such_module_anywhere")
    import colorsys

    assert "rgb_to_hsv" not in vars(colorsys)
    assert colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert sys.modules["colorsys"].rgb_to_hsv is colorsys.rgb_to_hsv
    assert "no_such_module_anywhere" not in sys.modules


def test_great_expectations_comes_without_what_no_check_uses() -> None:
    program = """
import sys
from lensan.gates.imported_later import import_later
import_later("altair", "scipy.stats")
import great_expectations, great_expectations.expectations
assert not {"altair.vegalite", "scipy.stats._stats_py", "scipy.optimize"} & set(sys.modules)
import scipy.stats
assert round(scipy.stats.entropy([1, 1], [1, 1]), 6) == 0
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
