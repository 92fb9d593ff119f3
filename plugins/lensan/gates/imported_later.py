"""Modules that are imported when something of them is first used, not when another module names them.

Great Expectations names scipy.stats and altair in the module of one expectation, which no check of ours uses;
importing them took more than a third of its seconds. importlib.util.LazyLoader does not help: before Python
3.14 naming a module that is there loads it.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module until an attribute of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        real = importlib.import_module(self.__name__)
        self.__dict__.update(vars(real))
        return getattr(real, name)


def import_later(*names: str) -> None:
    """Let a later ``import`` of these modules cost nothing until they are used. Those that are imported
    already, or are not installed, stay as they are."""
    for name in names:
        if name in sys.modules or importlib.util.find_spec(name) is None:
            continue
        module = _Later(name)
        # Of its own: that of the real module would be asked for its loader.
        module.__spec__ = ModuleSpec(name, None)
        sys.modules[name] = module
