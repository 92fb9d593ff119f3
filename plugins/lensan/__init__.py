"""Lên Sàn: from marketplace exports and district workbooks to the weekly report."""
