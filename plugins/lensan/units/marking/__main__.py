"""The child process: a job as JSON on standard input, the marked workbook or what failed on output."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from lensan.units.marking.book import marked
from lensan.units.marking.model import ListSheet, Mark

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 60


def main() -> None:
    """Mark one workbook under limits of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    job = json.load(sys.stdin.buffer)
    try:
        answer = marked(
            Path(job["path"]),
            [Mark(**each) for each in job["marks"]],
            [ListSheet(**each) for each in job["first"]],
            author=job["author"],
        )
    except Exception as error:
        answer = f"{type(error).__name__}: {error}".encode()
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
