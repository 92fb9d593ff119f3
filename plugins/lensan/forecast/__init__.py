"""Forecast of surpluses: what is harvested beyond what the platforms sell and buyers take (docs/rules/forecast.md)."""
