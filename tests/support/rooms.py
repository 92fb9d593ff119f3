"""The rooms of the library (docs/decisions/0018-rooms.md)."""

from __future__ import annotations

# A room imports only rooms above it in this list.
ORDER = [
    "domain",
    "warehouse",
    "read",
    "intake",
    "privacy",
    "producers",
    "figures",
    "forecast",
    "gates",
    "reports",
    "mail",
    "units",
    "operations",
    "board",
    "samples",
    "cli",
]
