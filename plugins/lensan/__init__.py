"""Lên Sàn: from marketplace exports and district workbooks to the weekly report."""

__version__ = "0.2.0"
