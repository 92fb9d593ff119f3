"""Who is the same producer: the rules, one claim each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lensan.domain.seats import fold_commune
from lensan.producers.resolution import Member, Resolution, resolve_members


def member(key: str, name: str, **more: Any) -> Member:
    commune = more.pop("commune", "Hồng Gai")
    values: dict[str, Any] = {
        "kind": "stall", "paper_number": None, "phone": None, "province_code": "22", "unit_code": "193",
        "producer_kind": "household", "opened_on": date(2021, 1, 1), "export_date": date(2021, 11, 18),
        "record_id": 1, "first_record_id": 1,
        "commune": fold_commune(commune) if commune else None,
    }  # fmt: skip
    return Member(key=key, name=name, **{**values, **more})


def groups(members: Sequence[Member], **decisions: Any) -> set[frozenset[str]]:
    resolution = resolve_members(members, **decisions)
    found: dict[int, set[str]] = {}
    for number, each in enumerate(members):
        found.setdefault(resolution.cluster[number], set()).add(each.key)
    return {frozenset(keys) for keys in found.values()}


def doubts(resolution: Resolution, members: Sequence[Member]) -> set[frozenset[str]]:
    return {frozenset((members[d.left].key, members[d.right].key)) for d in resolution.doubts}


ONE = {frozenset("ab")}
TWO = {frozenset("a"), frozenset("b")}


def test_the_same_paper_number_is_one_producer_whatever_the_name() -> None:
    assert groups([
        member("a", "Nguyễn Văn An", paper_number="022000000001"),
        member("b", "Trần Thị Bình", paper_number="022000000001", unit_code="194"),
    ]) == ONE  # fmt: skip


def test_the_same_phone_links_names_that_agree() -> None:
    members = [member("a", "Nguyễn Văn An", phone="0912000001", commune=None),
               member("b", "NGUYEN VAN AN", phone="0912000001", commune=None)]  # fmt: skip
    assert groups(members) == ONE


def test_husband_and_wife_with_one_phone_are_two_and_go_to_review() -> None:
    members = [
        member("a", "Nguyễn Văn An", phone="0912000001"),
        member("b", "Trần Thị Bình", phone="0912000001"),
    ]
    assert groups(members) == TWO
    assert doubts(resolve_members(members), members) == {frozenset("ab")}


def test_the_same_phone_in_another_province_links_nothing() -> None:
    assert groups([
        member("a", "Nguyễn Văn An", phone="0912000001", commune=None),
        member("b", "Nguyễn Văn An", phone="0912000001", commune=None, province_code="24", unit_code=None),
    ]) == TWO  # fmt: skip


def test_two_paper_numbers_of_one_kind_are_never_one_producer() -> None:
    assert groups([
        member("a", "Nguyễn Văn An", phone="0912000001", paper_number="022000000001"),
        member("b", "Nguyễn Văn An", phone="0912000001", paper_number="022000000002"),
    ]) == TWO  # fmt: skip


def test_paper_numbers_of_two_kinds_may_be_one_producer() -> None:
    assert groups([
        member("a", "Nguyễn Văn An", phone="0912000001", paper_number="022000000001"),
        member("b", "Nguyễn Văn An", phone="0912000001", paper_number="100000001"),
    ]) == ONE  # fmt: skip


def test_commune_and_name_link_what_no_number_denies() -> None:
    assert groups([
        member("a", "Hộ Nguyễn Văn Hoà", phone="0912000001"),
        member("b", "Nguyễn Văn Hòa", paper_number="022000000001"),
    ]) == ONE  # fmt: skip


def test_another_phone_denies_the_link() -> None:
    assert groups([
        member("a", "Nguyễn Văn An", phone="0912000001"), member("b", "Nguyễn Văn An", phone="0912000002"),
    ]) == TWO  # fmt: skip


def test_contradicting_diacritics_are_two_people() -> None:
    assert groups([member("a", "Nguyễn Văn Hùng"), member("b", "Nguyễn Văn Hưng")]) == TWO


def test_a_name_without_diacritics_contradicts_nobody() -> None:
    assert groups([member("a", "Nguyễn Văn Hùng"), member("b", "NGUYEN VAN HUNG")]) == ONE


def test_another_commune_or_unit_links_nothing_by_name() -> None:
    assert (
        groups([member("a", "Nguyễn Văn An"), member("b", "Nguyễn Văn An", commune="Hà Tu")]) == TWO
    )
    assert (
        groups([member("a", "Nguyễn Văn An"), member("b", "Nguyễn Văn An", unit_code="194")]) == TWO
    )


def test_between_two_namesakes_nobody_is_chosen() -> None:
    members = [
        member("a", "Nguyễn Văn An", paper_number="022000000001"),
        member("b", "Nguyễn Văn An", paper_number="022000000002"),
        member("c", "Nguyễn Văn An"),
    ]
    assert groups(members) == {frozenset("a"), frozenset("b"), frozenset("c")}
    assert doubts(resolve_members(members), members) == {frozenset("ac"), frozenset("bc")}


def test_a_registry_row_and_two_stalls_without_numbers_are_one() -> None:
    members = [
        member("a", "Vũ Công Nhàn", kind="registry", paper_number="022000000001", phone="0912000001"),
        member("b", "Vũ Công Nhàn"), member("c", "Vũ Công Nhàn"),
    ]  # fmt: skip
    assert groups(members) == {frozenset("abc")}


def test_companies_are_resolved_by_numbers_only() -> None:
    members = [
        member("a", "Công ty Một", producer_kind="company"),
        member("b", "Công ty Một", producer_kind="company"),
    ]
    assert groups(members) == TWO


def test_forms_of_a_cooperatives_name_are_unified() -> None:
    assert (
        groups(
            [
                member("a", "HTX Nông nghiệp Đông Bắc"),
                member("b", "Hợp tác xã Nông nghiệp Đông Bắc"),
            ]
        )
        == ONE
    )


def test_a_doubtful_pair_waits_for_a_person() -> None:
    members = [member("a", "Nguyễn Văn Toàn"), member("b", "Nguyễn Thành Toản Em")]
    resolution = resolve_members(members)
    assert groups(members) == TWO
    assert all(0.80 <= d.score < 0.92 for d in resolution.doubts)


def test_a_decision_is_obeyed() -> None:
    pair = [
        member("a", "Nguyễn Văn An", phone="0912000001"),
        member("b", "Trần Thị Bình", phone="0912000001"),
    ]
    assert groups(pair, same=[(0, 1)]) == ONE
    agreeing = [member("a", "Nguyễn Văn An"), member("b", "Nguyễn Văn An")]
    assert groups(agreeing, different=[(0, 1)]) == TWO
    assert resolve_members(pair, same=[(0, 1)]).doubts == []


def test_one_phone_vouches_for_a_name_written_otherwise() -> None:
    for other in (
        "An Nguyễn Văn",  # the given name first
        "Văn An Nguyễn",  # the family last
        "N. Văn An",
        "Nguyễn An",
        "Lguyễn Văn An",  # a slip in the first letter, which Jaro-Winkler minds most
    ):
        pair = [
            member("a", "Nguyễn Văn An", phone="0912000001"),
            member("b", other, phone="0912000001"),
        ]
        assert groups(pair) == ONE, other


def test_one_phone_does_not_vouch_for_other_people() -> None:
    for one, other in (
        ("Nguyễn Văn Hùng", "Hưng Nguyễn Văn"),  # neither swapped nor shortened are they one
        ("Lê Minh Bảo", "Lê Báo"),
        ("Lê Minh Hùng", "Hùng"),
        ("Nguyễn Văn Hùng", "Trần Thị Hùng"),
    ):
        pair = [member("a", one, phone="0912000001"), member("b", other, phone="0912000001")]
        assert groups(pair) == TWO, other
        assert doubts(resolve_members(pair), pair) == {frozenset("ab")}


def test_what_a_phone_vouches_for_takes_nothing_from_the_third_rule() -> None:
    members = [
        member("a", "An Nguyễn Văn", phone="0912000001", paper_number="022000000001"),
        member("b", "Nguyễn Văn An", phone="0912000001", paper_number="100000001"),
        member("c", "Nguyễn Văn An", paper_number="022000000002"),
    ]
    assert groups(members) == {frozenset("a"), frozenset("bc")}


def test_a_swapped_name_without_a_number_is_doubtful() -> None:
    pair = [member("a", "Nguyễn Văn An"), member("b", "An Nguyễn Văn")]
    assert groups(pair) == TWO
    assert doubts(resolve_members(pair), pair) == {frozenset("ab")}


def test_ho_in_capitals_is_read_as_a_form_and_as_a_family() -> None:
    assert groups([member("a", "HO NGUYEN VAN AN"), member("b", "Nguyễn Văn An")]) == ONE
    assert groups([member("a", "HO ONG NGUYEN VAN AN"), member("b", "Nguyễn Văn An")]) == ONE
    assert groups([member("a", "HO VAN AN"), member("b", "Hồ Văn An")]) == ONE
    assert groups([member("a", "Hồ Nguyễn Văn An"), member("b", "Nguyễn Văn An")]) == TWO


def test_a_name_without_diacritics_is_no_bridge_between_two_people() -> None:
    members = [
        member("a", "Nguyễn Văn Hùng", paper_number="022000000001"),
        member("b", "NGUYEN VAN HUNG", paper_number="022000000001"),
        member("c", "Nguyễn Văn Hưng"),
    ]
    assert groups(members) == {frozenset("ab"), frozenset("c")}
    assert doubts(resolve_members(members), members) == {frozenset("bc")}


def test_a_slip_in_one_row_does_not_hide_the_row_spelled_alike() -> None:
    members = [
        member("a", "Nguyễn Văn Hùng", paper_number="022000000001"),
        member("b", "Nguyển Văn Hùng", paper_number="022000000001"),
        member("c", "Nguyễn Văn Hùng"),
    ]
    assert groups(members) == {frozenset("abc")}


def test_a_phone_of_very_many_still_links_every_name_that_agrees() -> None:
    count = 400
    members = [
        member(f"{i:04d}", name, phone="0912000001", paper_number=number)
        for i, (name, number) in enumerate(
            [(f"{GIVEN[i % 20]} {GIVEN[i // 20]}", f"022{i:09d}") for i in range(count)]
            + [(f"{GIVEN[i % 20]} {GIVEN[i // 20]}", None) for i in range(count)]
        )
    ]
    resolution = resolve_members(members)
    alone = [i for i in range(count) if resolution.cluster.count(resolution.cluster[i]) == 1]
    assert alone == []
    assert all(resolution.links[i].rule == "phone" for i in range(count, 2 * count))


def test_a_decision_is_obeyed_against_every_rule() -> None:
    by_paper = [member(key, "Nguyễn Văn An", paper_number="022000000001") for key in "ab"]
    by_phone = [member(key, "Nguyễn Văn An", phone="0912000001") for key in "ab"]
    for pair in (by_paper, by_phone):
        assert groups(pair, different=[(0, 1)]) == TWO
        assert resolve_members(pair, different=[(0, 1)]).doubts == []
    two_papers = [member("a", "Một", paper_number="022000000001"),
                  member("b", "Hai", paper_number="022000000002")]  # fmt: skip
    assert groups(two_papers, same=[(0, 1)]) == ONE


def test_a_decision_reaches_those_linked_to_its_rows() -> None:
    members = [
        member("a", "Nguyễn Văn An", paper_number="022000000001"),
        member("b", "Nguyễn Văn An", paper_number="022000000001"),
        member("c", "Nguyễn Văn An"),
    ]
    assert groups(members, different=[(0, 2)]) == {frozenset("ab"), frozenset("c")}


def test_of_two_producers_only_the_likeliest_pair_is_in_doubt() -> None:
    members = [
        member("a", "Nguyễn Văn An", paper_number="022000000001", phone="0912000001"),
        member("b", "NGUYEN VAN AN", paper_number="022000000001", phone="0912000001"),
        member("c", "Trần Thị Bình", paper_number="100000001", phone="0912000001"),
        member("d", "Trần Thị Bình", paper_number="100000001", phone="0912000001"),
    ]
    resolution = resolve_members(members)
    assert [(d.left, d.right) for d in resolution.doubts] == [(0, 2)]


GIVEN = [
    "Anh",
    "Bảo",
    "Cường",
    "Dũng",
    "Giang",
    "Hải",
    "Khôi",
    "Lộc",
    "Mạnh",
    "Nghĩa",
    "Oanh",
    "Phúc",
    "Quyết",
    "Sơn",
    "Tuyết",
    "Uyên",
    "Vinh",
    "Xuân",
    "Yến",
    "Đạt",
]
NAMES = ["Nguyễn Văn An", "Nguyễn Văn Anh", "Trần Thị Bình", "Lê Hùng", "Lê Hưng", "LE HUNG"]
people = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from([None, "022000000001", "022000000002", "100000001"]),
        st.sampled_from([None, "0912000001", "0912000002"]),
        st.sampled_from(["Hồng Gai", "Hà Tu", None]),
    ),
    max_size=9,
)


@given(people, st.randoms(use_true_random=False))
def test_no_producer_bears_two_paper_numbers_and_order_matters_not(
    drawn: list[tuple[str, str | None, str | None, str | None]], order: random.Random
) -> None:
    members = [
        member(chr(97 + i), name, paper_number=paper, phone=phone, commune=commune)
        for i, (name, paper, phone, commune) in enumerate(drawn)
    ]
    found = groups(members)
    by_key = {each.key: each for each in members}
    for group in found:
        for digits in (9, 12):
            papers = {
                by_key[k].paper_number for k in group if len(by_key[k].paper_number or "") == digits
            }
            assert len(papers) <= 1
    shuffled = members[:]
    order.shuffle(shuffled)
    assert groups(sorted(shuffled, key=lambda m: m.key)) == found
