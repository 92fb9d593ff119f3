"""How well the rules tell producers apart, on samples whose truth is known (labelled_people)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import pytest
from labelled_people import Sample, build, pairs_within

from lensan.domain import values
from lensan.producers import names
from lensan.producers import resolution as producers
from lensan.producers.resolution import Resolution, paper_kind, resolve_members

SEEDS = (1, 2, 3, 4, 5)


@dataclass
class Measured:
    sample: Sample
    resolution: Resolution

    def __post_init__(self) -> None:
        self.true = self.sample.true_pairs()
        self.evident = self.sample.evident()
        self.found = pairs_within(self.resolution.cluster)
        self.missed = self.true - self.found
        cluster = self.resolution.cluster
        in_doubt = {
            frozenset((cluster[doubt.left], cluster[doubt.right]))
            for doubt in self.resolution.doubts
        }
        self.doubtful = {
            pair for pair in self.missed if frozenset((cluster[pair[0]], cluster[pair[1]])) in in_doubt
        }  # fmt: skip


@pytest.fixture(scope="module")
def measured() -> list[Measured]:
    samples = [build(seed) for seed in SEEDS]
    return [Measured(sample, resolve_members(sample.members)) for sample in samples]


def shares(measured: list[Measured]) -> tuple[float, float]:
    """Pairwise precision, and recall of the pairs that can be known from the rows."""
    right = sum(len(m.found & m.true) for m in measured)
    known = sum(len(m.found & m.evident) for m in measured)
    return (
        right / sum(len(m.found) for m in measured),
        known / sum(len(m.evident) for m in measured),
    )


def test_at_least_99_of_100_linked_pairs_are_true_and_97_of_100_evident_ones_are_linked(
    measured: list[Measured], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(
            "\nseed  rows  true pairs  evident  linked  precision  recall  of all  missed  in doubt"
        )
        for seed, m in zip(SEEDS, measured, strict=True):
            precision, recall = shares([m])
            print(
                f"{seed:4} {len(m.sample.members):5} {len(m.true):11} {len(m.evident):8} "
                f"{len(m.found):7} {precision:10.4f} {recall:7.4f} "
                f"{len(m.found & m.true) / len(m.true):7.4f} {len(m.missed):7} {len(m.doubtful):9}"
            )
        precision, recall = shares(measured)
        print(f"together: precision {precision:.4f}, recall {recall:.4f}")
    assert all(len(m.sample.members) >= 5000 for m in measured)
    assert precision >= 0.99
    assert recall >= 0.97
    for m in measured:
        alone, found = shares([m])
        assert alone >= 0.985
        assert found >= 0.97


def test_of_100_pairs_linked_by_phone_and_a_name_written_otherwise_97_are_true(
    measured: list[Measured], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule beside those of docs/rules/sources.md#who-is-the-same-producer.

    It must earn its place, and take no pair from the others.
    """
    monkeypatch.setattr(
        producers._Resolver, "by_phone_and_name_written_otherwise", lambda resolver: None
    )
    added: list[bool] = []
    for m in measured:
        without = pairs_within(resolve_members(m.sample.members).cluster)
        assert without < m.found
        added += [pair in m.true for pair in m.found - without]
    assert len(added) >= 100
    assert sum(added) >= 0.97 * len(added)


def test_the_measure_leaves_out_little(measured: list[Measured]) -> None:
    """Recall counts nearly all true pairs, those of rows that only a person can judge included."""
    for m in measured:
        assert len(m.evident) >= 0.95 * len(m.true)
        assert m.evident <= m.true
        assert m.doubtful


def test_numbers_that_differ_are_never_one_producer(measured: list[Measured]) -> None:
    for m in measured:
        members = m.sample.members
        papers: dict[tuple[int, str], set[str]] = {}
        for member, cluster in zip(members, m.resolution.cluster, strict=True):
            if member.paper_number:
                key = cluster, paper_kind(member.paper_number)
                papers.setdefault(key, set()).add(member.paper_number)
        assert all(len(numbers) == 1 for numbers in papers.values())


def test_what_the_first_two_rules_link_is_linked(measured: list[Measured]) -> None:
    for m in measured:
        cluster = m.resolution.cluster
        papers: dict[str, int] = {}
        phones: dict[str, list[int]] = {}
        borne: dict[int, dict[str, str]] = {}
        for row, member in enumerate(m.sample.members):
            if member.paper_number:
                assert papers.setdefault(member.paper_number, cluster[row]) == cluster[row]
                kinds = borne.setdefault(cluster[row], {})
                kinds[paper_kind(member.paper_number)] = member.paper_number
            if member.phone:
                phones.setdefault(member.phone, []).append(row)
        for rows in phones.values():
            for one, other in combinations(rows, 2):
                if cluster[one] != cluster[other]:
                    left, right = m.sample.members[one], m.sample.members[other]
                    ours, theirs = borne.get(cluster[one], {}), borne.get(cluster[other], {})
                    torn = any(kind in theirs and theirs[kind] != ours[kind] for kind in ours)
                    assert torn or values.similarity(left.name, right.name) < producers.PHONE_AGREES


def test_leaving_out_hopeless_comparisons_changes_nothing(
    measured: list[Measured], monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned = producers._Resolver._candidates

    def all_pairs(
        resolver: producers._Resolver, group: list[int]
    ) -> Iterator[tuple[int, int, float]]:
        alike = resolver._by_reading(group)
        yield from names.near(alike, alike, producers.NAME_DOUBTFUL)
        yield from (pair for pair in pruned(resolver, group) if pair[2] == 0.9)

    monkeypatch.setattr(producers._Resolver, "_candidates", all_pairs)
    for m in measured[:2]:
        again = resolve_members(m.sample.members)
        assert again.cluster == m.resolution.cluster
        assert again.doubts == m.resolution.doubts
