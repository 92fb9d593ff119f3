"""Opens files as the worker and its child do together, in one process: to measure, and to be fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from lensan.domain import contracts
from lensan.intake import readers, sections
from lensan.intake.readers import child, texts, workbooks
from lensan.intake.sections import Sections


def ask(path: Path, kind: str, *, seconds: float = 0, **more: Any) -> dict[str, Any]:
    """What the child answers, without its process and its limits. Raises Unreadable."""
    answer = child._answered(path, kind, more)
    if "error" in answer:
        raise readers.Unreadable(answer["error"], answer["detail"], **answer["parameters"])
    return answer


def begin(
    path: Path,
    kind: str,
    *,
    seconds: float,
    more: Callable[[], Mapping[str, Any]],
    told: Callable[[Any], None],
) -> Future[dict[str, Any]]:
    """The same of what is answered while the caller goes on."""
    found: Future[dict[str, Any]] = Future()
    try:
        found.set_result(ask(path, kind, seconds=seconds, **more(), tell=told))
    except Exception as error:
        found.set_exception(error)
    return found


def answer_here(setattr: Any) -> None:
    """Let no child be asked. ``setattr``: pytest's, or Python's own."""
    setattr(texts, "ask", ask)
    setattr(texts, "begin", begin)
    setattr(workbooks, "ask", ask)


def read(path: Path, source: str) -> Sections:
    """Open a file of a source and find its tables, all rows read. Raises Rejection."""
    document = readers.open_document(path, name=path.name)
    found = sections.of_document(document, contracts.contract(source))
    for each in found.found:
        for _ in each.rows:
            pass
    return found
