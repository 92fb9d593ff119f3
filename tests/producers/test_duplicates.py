"""Doubtful pairs and what people decide of them, through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from taking_in import take_in
from typer.testing import CliRunner

from lensan.cli import app
from lensan.domain.periods import ICT
from lensan.producers import decisions, history

HEADER = (
    "Mã gian hàng,Tên gian hàng,Chủ gian hàng,Loại hình,Số giấy tờ,Số điện thoại,Xã/Phường,"
    "Huyện/Thị xã/Thành phố,Tỉnh/Thành phố,Ngày mở gian hàng\n"
)
# A shop's phone, and three people whose names disagree.
PEOPLE = {"GH1": "Nguyễn Văn An", "GH2": "Trần Thị Bích", "GH3": "Phạm Quốc Khánh"}
Lensan = Callable[..., Any]


def export(root: Path, day: str, stall_name: str = "Gian hàng") -> None:
    path = root / "postmart" / f"gian-hang_{day}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (
        f"{key},{stall_name},{name},Hộ SXNN,,0912345678,Hồng Gai,Hạ Long,Quảng Ninh,05/11/2021\n"
        for key, name in PEOPLE.items()
    )
    path.write_text(HEADER + "".join(rows), encoding="utf-8")


@pytest.fixture
def landing(tmp_path: Path, warehouse_engine: Engine) -> Path:
    root = tmp_path / "landing"
    export(root, "20211110")
    take_in(warehouse_engine, root, tmp_path / "raw")
    return root


@pytest.fixture
def lensan(warehouse_engine: Engine, landing: Path, monkeypatch: pytest.MonkeyPatch) -> Lensan:
    """Runs `lensan duplicates …`; gives what JSON it prints, else its text. Fails as told."""
    url = warehouse_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("WAREHOUSE_URL", url)

    def run(*words: str, fails: bool = False) -> Any:
        result = CliRunner().invoke(app, ["duplicates", *words], env={"COLUMNS": "1000"})
        assert (result.exit_code != 0) is fails, result.output
        return json.loads(result.stdout) if "--json" in words else " ".join(result.output.split())

    return run


def pair_of(lensan: Lensan, one: str, other: str) -> str:
    for pair in lensan("list", "--all", "--json"):
        if {pair["left"]["key"], pair["right"]["key"]} == {f"postmart|{one}", f"postmart|{other}"}:
            return str(pair["pair_id"])
    raise AssertionError(f"no pair of {one} and {other}")


def together(engine: Engine) -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for pair in decisions.doubtful_pairs(engine, with_settled=True):
        for side in (pair["left"], pair["right"]):
            found.setdefault(side["producer_id"], set()).add(side["key"].split("|")[1])
    return {frozenset(keys) for keys in found.values()}


APART = {frozenset({"GH1"}), frozenset({"GH2"}), frozenset({"GH3"})}
FIRST_TWO = {frozenset({"GH1", "GH2"}), frozenset({"GH3"})}


def test_the_list_shows_both_rows_and_where_they_stand(lensan: Lensan) -> None:
    pairs = lensan("list", "--json")
    assert len(pairs) == 3
    pair = next(p for p in pairs if str(p["pair_id"]) == pair_of(lensan, "GH1", "GH2"))
    assert (pair["rule"], pair["state"]) == ("phone", "waiting")
    assert pair["left"] == {
        "kind": "stall", "key": "postmart|GH1", "name": "Nguyễn Văn An", "paper_number": None,
        "phone": "0912345678", "commune": "Hồng Gai", "unit": "Hạ Long", "unit_code": "193",
        "province_code": "22", "source": "postmart", "file": "gian-hang_20211110.csv",
        "sheet": None, "row_number": 2, "producer_id": pair["left"]["producer_id"],
    }  # fmt: skip
    assert (pair["right"]["name"], pair["right"]["row_number"]) == ("Trần Thị Bích", 3)
    text = lensan("list")
    assert "Nguyễn Văn An Trần Thị Bích" in text
    assert "gian-hang_20211110.csv" in text
    assert len(lensan("list", "--limit", "2", "--json")) == 2


def test_same_makes_one_producer_at_once_and_says_so(
    lensan: Lensan, warehouse_engine: Engine
) -> None:
    assert together(warehouse_engine) == APART
    number = pair_of(lensan, "GH1", "GH2")
    text = lensan("same", number, "--by", "Hà", "--note", "đã hỏi xã")
    assert together(warehouse_engine) == FIRST_TWO
    assert "recorded and resolved again: 3 rows are 2 producers" in text
    (shown,) = lensan("show", number, "--json")
    assert (shown["state"], shown["decided_by"], shown["note"]) == ("same", "Hà", "đã hỏi xã")
    decided_at = datetime.fromisoformat(shown["decided_at"])
    assert abs(datetime.now(ICT) - decided_at) < timedelta(minutes=5)
    assert number not in [str(pair["pair_id"]) for pair in lensan("list", "--json")]
    assert number in [str(pair["pair_id"]) for pair in lensan("list", "--all", "--json")]


def test_without_resolving_the_next_run_obeys(lensan: Lensan, warehouse_engine: Engine) -> None:
    text = lensan("same", pair_of(lensan, "GH1", "GH2"), "--by", "Hà", "--no-resolve")
    assert "the next resolution obeys it" in text
    assert together(warehouse_engine) == APART
    history.resolve(warehouse_engine, moment=datetime.now(ICT))
    assert together(warehouse_engine) == FIRST_TWO


def test_undo_lets_the_rules_judge_again(lensan: Lensan, warehouse_engine: Engine) -> None:
    number = pair_of(lensan, "GH1", "GH2")
    lensan("same", number, "--by", "Hà")
    (undone,) = lensan("undo", number, "--by", "Minh", "--json")
    assert (undone["state"], undone["decided_by"]) == ("waiting", "Minh")
    assert undone["resolved"]["producers"] == 3
    assert together(warehouse_engine) == APART
    assert number in [str(pair["pair_id"]) for pair in lensan("list", "--json")]
    lensan("different", number, "--by", "Minh")
    assert number not in [str(pair["pair_id"]) for pair in lensan("list", "--json")]


def test_a_decision_outlives_re_loading_under_other_record_numbers(
    lensan: Lensan, landing: Path, tmp_path: Path, warehouse_engine: Engine
) -> None:
    lensan("same", pair_of(lensan, "GH1", "GH2"), "--by", "Hà")
    lensan("different", pair_of(lensan, "GH1", "GH3"), "--by", "Hà")
    before = decisions.doubtful_pairs(warehouse_engine, with_settled=True)
    export(landing, "20211117", stall_name="Tên mới")
    moment = datetime.now(ICT) + timedelta(hours=1)
    (outcome,) = take_in(warehouse_engine, landing, tmp_path / "raw", moment=moment)
    assert outcome.status == "loaded"
    after = decisions.doubtful_pairs(warehouse_engine, with_settled=True)
    assert together(warehouse_engine) == FIRST_TWO
    assert {p["left"]["file"] for p in after} == {"gian-hang_20211117.csv"}
    assert [(p["pair_id"], p["decision"]) for p in after] == [
        (p["pair_id"], p["decision"]) for p in before
    ]
    assert lensan("list", "--json") == []


def test_resolving_again_rewrites_no_pair_that_has_not_changed(
    landing: Path, warehouse_engine: Engine
) -> None:
    def written() -> list[tuple[Any, ...]]:
        with warehouse_engine.connect() as connection:
            query = text("select pair_id, xmin::text from core.doubtful_pair order by pair_id")
            return [tuple(row) for row in connection.execute(query)]

    before = written()
    history.resolve(warehouse_engine, moment=datetime.now(ICT))
    assert len(before) == 3
    assert written() == before


def test_a_decision_that_contradicts_others_is_refused_and_names_them(lensan: Lensan) -> None:
    first, second = pair_of(lensan, "GH1", "GH2"), pair_of(lensan, "GH2", "GH3")
    third = pair_of(lensan, "GH1", "GH3")
    lensan("same", first, "--by", "Hà")
    lensan("same", second, "--by", "Hà")
    told = lensan("different", third, "--by", "Hà", fails=True)
    assert f"pair {third} cannot be decided 'different'" in told
    assert f"the decisions on pairs {first}, {second}" in told
    assert f"lensan duplicates undo {first} --by NAME" in told
    lensan("undo", second, "--by", "Hà")
    lensan("different", third, "--by", "Hà")
    told = lensan("same", second, "--by", "Hà", fails=True)
    assert f"the decisions on pairs {third}, {first}" in told


def test_an_unknown_pair_a_second_decision_and_an_empty_undo_say_what_to_do(lensan: Lensan) -> None:
    number = pair_of(lensan, "GH1", "GH2")
    for words in (["show", "99"], ["same", "99", "--by", "Hà"], ["undo", "99", "--by", "Hà"]):
        assert "there is no pair 99; lensan duplicates list" in lensan(*words, fails=True)
    assert f"pair {number} has no decision" in lensan("undo", number, "--by", "Hà", fails=True)
    assert "say who decides: --by NAME" in lensan("same", number, "--by", " ", fails=True)
    lensan("same", number, "--by", "Hà")
    for decision in ("same", "different"):
        told = lensan(decision, number, "--by", "Minh", fails=True)
        assert "decided already: 'same' by Hà" in told
        assert f"lensan duplicates undo {number} --by NAME" in told


@pytest.mark.parametrize("command", ["list", "show", "same", "different", "undo"])
def test_every_command_warns_of_personal_data_and_shows_an_example(command: str) -> None:
    told = " ".join(CliRunner().invoke(app, ["duplicates", command, "--help"]).output.split())
    assert "stewards only" in told
    assert f"lensan duplicates {command}" in told.split("Example")[1]
