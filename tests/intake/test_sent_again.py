"""What is sent again after something else: the last one sent counts, by folder, server and mail."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from loading import SELLER, SELLERS, form, rows, workbook
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import contracts
from lensan.domain.contracts import Location
from lensan.domain.places import places
from lensan.intake import locations
from lensan.intake import sweep as sweeping
from lensan.intake.locations import Access, Remote
from lensan.intake.locations.model import Errand, Fetched

# K16. Contents sweep by sweep: "A B A" one after another, "." nothing new, "-" taken away, "AB" both in one
# sweep, in this order (of servers and mailboxes only); a digit behind: under another name. Then what counts.
LANDED = [
    ("A B A", "A"), ("A B A B", "B"), ("A B A B A", "A"), ("A A B", "B"), ("A B B", "B"),
    ("A B - A", "A"), ("A - A", "A"), ("A - B - A", "A"), ("A B C A", "A"), ("A B C B", "B"),
    ("A B A C", "C"), ("A B A A", "A"), ("A . B . A", "A"), ("A1 B2 A3", "A"), ("A1 B2 A1", "B"),
    ("A1 B2 -1 A1", "B"), ("A1 B1 A2 A1", "A"),
]  # fmt: skip
FETCHED = [
    ("A B A", "A"), ("A B A B", "B"), ("ABA", "A"), ("BAB", "B"), ("A BA", "A"), ("AB BA", "A"),
    ("AB AB", "B"), ("ABAB", "B"), ("A A", "A"), ("A B C A", "A"), ("A1 B2 A3", "A"), ("A1B2 A3", "A"),
    ("ABC B", "B"), ("A . B A", "A"),
]  # fmt: skip
FORMS = [("A B A", "A"), ("A B A B", "B"), ("A1 B2 A3", "A"), ("A B - A", "A"), ("A B B A", "A")]
MOST = 5


def _parts(step: str) -> list[tuple[str, str]]:
    """Contents and names of a sweep: "A1B2" → [("A", "1"), ("B", "2")]."""
    found: list[tuple[str, str]] = []
    for mark in step if step != "." else "":
        if mark.isdigit():
            found[-1] = (found[-1][0], mark)
        else:
            found.append((mark, ""))
    return found


def _seller(number: int, content: str) -> bytes:
    phone = f"09{'ABC'.index(content) + 1}{number:07}"
    text: str = SELLERS + SELLER.replace("GH1", f"GH{number}").replace("0912345678", phone)
    return text.encode()


def _lay(folder: Path, step: str, name: str, content: dict[str, bytes]) -> None:
    for mark, of_name in _parts(step):
        path = folder / name.format(of_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if mark == "-":
            path.unlink()
        else:
            path.write_bytes(content[mark])


def test_bytes_that_come_again_after_others_count_wherever_they_come_from(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    postmart = contracts.contract("postmart")
    for at in range(MOST):
        for number, (steps, _) in enumerate(LANDED):
            step = ([*steps.split(), *["."] * MOST])[at]
            content = {mark: _seller(number, mark) for mark in "ABC"}
            _lay(tmp_path / "landing", step, f"{number}/gian-hang{{}}_20211110.csv", content)

        def mailbox(errand: Errand, at: int = at) -> None:
            for number, (steps, _) in enumerate(FETCHED, 100):
                step = ([*steps.split(), *["."] * MOST])[at]
                for n, (mark, name) in enumerate(_parts(step)):
                    url = f"sftp://{errand.host}/{number}/{at}.{n}"
                    kept = errand.keep([_seller(number, mark)], None)
                    arrival = errand.arrival(f"{number}/gian-hang{name}_20211110.csv", kept, MOMENT)
                    with errand.fetching(url):
                        errand.got(Fetched(url, "v1", arrival))

        monkeypatch.setattr(locations, "_protocol", lambda url, of_now=mailbox: of_now)
        moment = MOMENT + timedelta(hours=at)
        sweeping.sweep(
            warehouse_engine,
            postmart,
            tmp_path / "landing",
            tmp_path / "raw",
            moment=moment,
            remote=Remote(
                "postmart",
                [Location("sftp://up.example/x", "postmart")],
                lambda name: Access(),
                tmp_path / "raw",
                moment=moment,
            ),
            progress=lambda text: None,
        )
    found = {r["seller_id"]: r["phone"][2] for r in rows(warehouse_engine, "select seller_id, phone from core.stall")}  # fmt: skip
    wrong = {
        (kind, steps): "ABC"[int(found[f"GH{number}"]) - 1]
        for kind, first, table in (("landed", 0, LANDED), ("fetched", 100, FETCHED))
        for number, (steps, counts) in enumerate(table, first)
        if "ABC"[int(found[f"GH{number}"]) - 1] != counts
    }
    assert wrong == {}


def test_a_unit_that_sends_its_first_form_again_means_it(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    units = places().units[: len(FORMS)]
    rest = (*[(1, 40)] * 3, ("5/1", "125/34"), (1, 3), (2, 6))
    content = {
        (unit["code"], mark): workbook(
            [form(f"{unit['kind']} {unit['name']}".upper(), values=((n, 9), *rest))]
        )
        for unit in units
        for n, mark in enumerate("AB", 1)
    }
    for at in range(MOST):
        for unit, (steps, _) in zip(units, FORMS, strict=True):
            step = ([*steps.split(), *["."] * MOST])[at]
            of_unit = {mark: content[unit["code"], mark] for mark in "AB"}
            _lay(tmp_path / "landing", step, f"{unit['code']}{{}}.xlsx", of_unit)
        sweeping.sweep(
            warehouse_engine,
            contracts.contract("districts"),
            tmp_path / "landing",
            tmp_path / "raw",
            moment=MOMENT + timedelta(hours=at),
            progress=lambda text: None,
        )
    found = {
        r["unit_code"]: "AB"[int(r["in_period"]) - 1]
        for r in rows(
            warehouse_engine,
            "select unit_code, in_period from core.submission join core.submission_value using (submission_id)"
            " where indicator_code = (select min(indicator_code) from core.submission_value)",
        )
    }
    assert found == {u["code"]: counts for u, (_, counts) in zip(units, FORMS, strict=True)}


@pytest.mark.parametrize("again", ["bao-cao-sua", "bao-cao (1)", "bao-cao - lần 2", "bao-cao_2"])
def test_of_forms_found_together_the_one_named_as_sent_again_stands(
    again: str, tmp_path: Path, warehouse_engine: Engine
) -> None:
    rest = (*[(1, 40)] * 3, ("5/1", "125/34"), (1, 3), (2, 6))
    folder = tmp_path / "landing" / "193"
    folder.mkdir(parents=True)
    for number, name in ((8, again), (7, "bao-cao")):
        (folder / f"{name}.xlsx").write_bytes(workbook([form(values=((number, 9), *rest))]))
    districts = contracts.contract("districts")
    sweeping.sweep(
        warehouse_engine, districts, tmp_path / "landing", tmp_path / "raw", moment=MOMENT
    )
    held = rows(
        warehouse_engine,
        "select in_period from core.submission join core.submission_value using (submission_id)"
        " where indicator_code = (select min(indicator_code) from core.submission_value)",
    )
    assert [row["in_period"] for row in held] == [8]
