"""The plan's duties as data: every sentence of it is mapped, and their terms follow the calendar and the days."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from lensan.domain import contracts, duties, duty_terms
from lensan.domain.duties import Duty
from lensan.domain.periods import ICT
from lensan.domain.settings import PROJECT

PLAN = PROJECT / "docs/plan/ke-hoach-201.txt"
MAPPED_SECTIONS = ("I", "V", "VI")
DUTY = "  x: {what: a, in_short: a, actors: [units], proof: {form: week}, every: week}\n"


def sentences() -> dict[str, str]:
    """Place → sentence, of the sections whose duties are mapped: read from the plan's own text."""
    found: dict[str, str] = {}
    section, number, paragraph = "", "", 0
    for line in PLAN.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("Nơi nhận"):
            break
        if text.isupper() and (heading := re.match(r"([IVX]+)\. ", text)):
            section, number, paragraph = heading[1], "", 0
            continue
        if numbered := re.match(r"(\d+)\. ", text):
            number, paragraph = f".{numbered[1]}", 0
            continue
        if section not in MAPPED_SECTIONS or not text:
            continue
        paragraph += 1
        parts = re.split(r"(?<=[.!?…])\s+(?=[A-ZĐÀ-Ỹ])", text.removeprefix("- "))
        for place, part in enumerate(parts, 1):
            mark = f".{place}" if len(parts) > 1 else ""
            found[f"{section}{number}.{paragraph}{mark}"] = part
    return found


def test_every_sentence_of_the_sections_is_mapped_in_its_order_by_its_first_words() -> None:
    said, mapped = sentences(), duties.register().plan
    assert [each.at for each in mapped] == list(said)
    assert [each.at for each in mapped if not said[each.at].startswith(each.begins)] == []


def test_the_sentences_are_counted_by_section() -> None:
    assert Counter(at.partition(".")[0] for at in sentences()) == {"I": 10, "V": 44, "VI": 4}
    with_duties = [each for each in duties.register().plan if each.duties]
    assert Counter(each.section for each in with_duties) == {"I": 6, "V": 34, "VI": 3}


def test_whoever_the_plan_names_in_section_v_owes_something() -> None:
    register = duties.register()
    owing = {actor for duty in register.duties for actor in duty.actors}
    assert owing == {duties.UNITS, *(actor.key for actor in register.actors)}
    enterprises = set(contracts.contract("districts").enterprises)
    assert enterprises <= {actor.key for actor in register.actors}


def test_what_proves_a_duty_exists() -> None:
    known = contracts.contracts()
    for duty in duties.register().duties:
        if duty.proof.file:
            contract = known[duty.proof.file.source]
            assert set(duty.proof.file.holds) <= {entity.name for entity in contract.entities}


def test_an_actor_is_called_by_its_name_of_the_day() -> None:
    hub = duties.register().actor("so-tttt")
    assert hub is not None
    before, after = datetime(2025, 2, 28, tzinfo=ICT), datetime(2025, 3, 1, tzinfo=ICT)
    assert hub.name(before.date()) == "Sở Thông tin và Truyền thông"
    assert hub.name(after.date()) == "Sở Khoa học và Công nghệ"


def test_who_acts_when_a_glut_is_ahead_is_one_sentence() -> None:
    told = duties.sentence(duties.register().on_glut)
    assert told.startswith("Khi có cảnh báo: UBND địa phương rà soát")
    assert told.count(";") == 3


def test_a_province_may_have_no_register(tmp_path: Path) -> None:
    empty = duties.register(tmp_path / "duties.yml")
    assert (empty.duties, empty.plan, duties.sentence(empty.on_glut)) == ((), (), "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("glut: []\n", "glut: unknown key"),
        ("duties:\n" + DUTY, r"duties\.x: expected named by a sentence|duties\.x: named by a sentence"),
        ("duties:\n" + DUTY.replace("[units]", "[so-y]"), r"actors\[0\]"),
        ("duties:\n" + DUTY.replace("week}, every", "month}, every"), r"every"),
        ("duties:\n" + DUTY.replace("{form: week}", "{}"), "one of form, report"),
        ("duties:\n" + DUTY.replace("every: week", "every: year"), r"every"),
        ("plan:\n- {at: V.1.1, begins: a}\n", "why no duty follows"),
        ("plan:\n- {at: V.1.1, begins: a, duties: [y]}\n", r"a duty of this file"),
        ("plan:\n- {at: V.1, begins: a, why_none: b}\n- {at: V.1, begins: a, why_none: b}\n", "each place once"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "duties.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"duties.yml, line \d+.*" + f"({told})"):
        duties.register(path)


# ---------------------------------------------------------------- terms


def duty(**more: object) -> Duty:
    given = {"code": "x", "what": "a", "in_short": "a", "actors": ("units",), **more}
    return Duty.model_validate(given)


def asked(each: Duty, *moment: int) -> str | None:
    term = duty_terms.asked(each, datetime(*moment, tzinfo=ICT))  # type: ignore[arg-type]
    return term and term.name


def test_a_weekly_form_is_asked_for_from_its_first_reminder_to_the_next_ones() -> None:
    form = duty(proof={"form": "week"}, every="week")
    assert asked(form, 2021, 10, 20, 15, 59) is None
    assert asked(form, 2021, 10, 20, 16) == "2021-10-21"
    assert asked(form, 2021, 10, 27, 15, 59) == "2021-10-21"
    assert asked(form, 2021, 10, 27, 16) == "2021-10-28"


def test_a_month_is_due_at_the_end_of_its_day_and_asked_for_some_days_before() -> None:
    price = duty(proof={"document": "a"}, every="month", due_after_days=10)
    assert asked(price, 2021, 11, 6, 23, 59) is None
    assert asked(price, 2021, 11, 7) == asked(price, 2021, 12, 6) == "2021-11"
    term = duty_terms.parse(price, "2021-11")
    assert (term.asked_at, term.due_at) == (
        datetime(2021, 11, 7, tzinfo=ICT),
        datetime(2021, 11, 11, tzinfo=ICT),
    )
    assert asked(price, 2021, 12, 7) == "2021-12"


def test_a_year_and_a_quarter_end_at_the_latest_with_their_last_day() -> None:
    year = duty(proof={"document": "a"}, every="year", due_after_days=366, asked_before_days=30)
    assert asked(year, 2021, 11, 30) is None
    assert asked(year, 2021, 12, 1) == asked(year, 2022, 6, 1) == "2021"
    quarter = duty(proof={"document": "a"}, every="quarter", due_after_days=366)
    assert duty_terms.parse(quarter, "2021-Q4").due_at == datetime(2022, 1, 1, tzinfo=ICT)
    assert duty_terms.parse(quarter, "2022-Q1").due_at == datetime(2022, 4, 1, tzinfo=ICT)


def test_what_is_owed_once_stays_asked_for_until_the_duty_ends() -> None:
    plan = duty(
        proof={"document": "a"}, every="once", due_after_days=30, valid_until=date(2025, 6, 30)
    )
    assert asked(plan, 2021, 11, 12) is None
    assert asked(plan, 2021, 11, 13) == asked(plan, 2025, 6, 30) == "once"
    assert asked(plan, 2025, 7, 1) is None


@pytest.mark.parametrize("name", ["2021", "2021-13", "2021-1", "once", "2021-11-18", "x"])
def test_a_term_of_another_shape_is_refused_with_the_right_one(name: str) -> None:
    each = duty(proof={"document": "a"}, every="month", due_after_days=10)
    with pytest.raises(ValueError, match="written like 2021-11"):
        duty_terms.parse(each, name)
