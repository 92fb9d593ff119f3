"""A file while it is taken in: its place in the register, and the numbers that its rows get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

TABLES_A_FILE = 1 << 16
ROWS_A_FILE = 1 << 32


@dataclass(frozen=True)
class StoredFile:
    """A row of ops.source_file that is being loaded. ``received_at``: aware; what it says is known since."""

    file_id: int
    received_at: datetime
    sender: str | None = None
    unit_code: str | None = None

    def table_id(self, number: int) -> int:
        """The number in the warehouse of a table of the file."""
        return self.file_id * TABLES_A_FILE + number

    def record_id(self, number: int) -> int:
        """The number in the warehouse of a row that is kept, counted from 0 over all tables."""
        return self.file_id * ROWS_A_FILE + number

    @property
    def record_ids(self) -> tuple[int, int]:
        """The first and the last number that a row of the file can have."""
        return self.ids_of(self.file_id)

    @staticmethod
    def ids_of(file_id: int) -> tuple[int, int]:
        """The same of any file."""
        return file_id * ROWS_A_FILE, (file_id + 1) * ROWS_A_FILE - 1
