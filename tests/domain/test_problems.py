"""A problem is a rule and parameters; its sentence shows no more than its reader may see."""

from __future__ import annotations

import json
import re

import pytest

from lensan.domain import checks, problems
from lensan.domain.problems import Problem

SECRET = "0912345678” ở cột “x"
FULL = {
    "header": "Số điện thoại",
    "expected": "word",
    "words": ["Hộ SXNN", "HTX"],
    "name": SECRET,
    "kind": "PDF",
    "row": 7,
    "sheet": "Biểu",
    "lists": ["gian hàng"],
    "senders": ["thành phố Hạ Long"],
    "sender": "thành phố Hạ Long",
    "other": "thị xã Quảng Yên",
    "first": "2021-11-11",
    "last": "2021-11-17",
    "weeks": [["2021-11-11", "2021-11-17"], ["2021-11-18", "2021-11-24"]],
    "checks": ["postmart.x"],
    "label": "Một nhãn",
    "why": "một lý do",
}
CASES = sorted((rule, case) for rule, cases in problems._templates().items() for case in cases)


def problem(rule: str, case: str) -> Problem:
    return Problem(rule, {**FULL, **({"case": case} if case else {})}, value=SECRET)


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_an_impersonal_sentence_shows_nothing_that_people_wrote(rule: str, case: str) -> None:
    found = problem(rule, case)
    told = problems.told(found, impersonal=True)
    assert "0912345678" not in told.wrong + told.advice
    assert "0912345678" not in problems.sentence(found, impersonal=True)
    assert "“”" not in told.wrong
    assert len(told.wrong) > 8
    assert told.advice.endswith(".")


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_sentence_fills_every_parameter_and_starts_like_one(rule: str, case: str) -> None:
    said = problems.sentence(problem(rule, case))
    assert not re.search(r"[{}]|None", said)
    assert said[0].isupper() or said.startswith("“") or rule == "source_held"


def test_every_rule_as_printed_has_a_sentence_and_the_other_way_round() -> None:
    # Doubts about forms are computed in the warehouse and told by their label; check_failed stands for
    # the names of checks.
    printed = {rule for rule in checks.rules() if not rule.startswith("cumulative_")}
    assert problems.rules() - {"check_failed", "same_bytes"} == printed - {"training_list_short"}


def test_a_value_is_quoted_no_longer_than_people_read() -> None:
    said = problems.sentence(Problem("text_in_number", {"header": "Giá"}, value="x" * 300))
    assert "x" * 79 + "…" in said
    assert "x" * 80 not in said


def test_what_is_expected_is_said_by_the_columns_kind() -> None:
    words = Problem(
        "unknown_word", {"header": "Loại hình", "expected": "word", "words": ["A", "B"]}
    )
    assert problems.told(words).advice == "Cần ghi một trong: A, B."
    assert problems.told(Problem("missing", {"header": "Giá"})).advice == "Cần ghi lại giá trị."


def test_the_weeks_a_wrong_period_may_have_meant_are_said_in_words() -> None:
    found = Problem("wrong_period", FULL | {"case": "no_week_of_days"})
    assert problems.sentence(found) == (
        "Kỳ báo cáo từ ngày 11/11/2021 đến ngày 17/11/2021 không phải là tuần báo cáo (từ thứ Năm đến hết "
        "thứ Tư tuần sau). Tuần có thể là: từ ngày 11/11/2021 đến ngày 17/11/2021 hoặc từ ngày 18/11/2021 "
        "đến ngày 24/11/2021."
    )


def test_a_check_that_stops_a_file_is_told_by_its_label_and_reason() -> None:
    found = Problem("postmart.order_line.shrinks", {"label": "Tệp ít dòng", "why": "Có thể thiếu"})
    assert problems.sentence(found) == "Tệp ít dòng. Có thể thiếu."


def test_a_stored_problem_is_told_from_its_rule_and_parameters() -> None:
    parameters = json.loads(json.dumps({"header": "Giá", "expected": "number"}))
    full, impersonal = problems.stored(
        "negative", parameters, value="-4", kept="(cũ)", label="Số âm"
    )
    assert full.wrong == "“-4” ở cột “Giá” nhỏ hơn 0."
    assert impersonal.wrong == "Giá trị ở cột “Giá” nhỏ hơn 0."


@pytest.mark.parametrize(("rule", "parameters"), [("negative", None), ("gone_by_now", {})])
def test_what_was_stored_before_is_told_by_its_sentence_and_impersonally_by_its_label(
    rule: str, parameters: dict[str, str] | None
) -> None:
    full, impersonal = problems.stored(
        rule, parameters, value="-4", kept="“-4” nhỏ hơn 0.", label="Số âm"
    )
    assert (full.wrong, impersonal.wrong) == ("“-4” nhỏ hơn 0.", "Số âm.")


def test_a_personal_parameter_is_told_from_a_plain_one() -> None:
    assert problems.is_personal("name") and not problems.is_personal("row")
    with pytest.raises(KeyError):
        problems.is_personal("undeclared")
