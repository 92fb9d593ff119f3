"""Our rules against Splink (DuckDB) on the same labelled sample: precision, recall, time, memory.

Splink is no requirement of the project; it stays in an environment of its own, beside which the
project's packages are found by path. CI does not run this. From the project's folder, after
`make setup-dev`:

    .venv/bin/python -m venv /tmp/splink && /tmp/splink/bin/pip install splink
    export PYTHONPATH=plugins:tests/support:$(echo .venv/lib/python3.*/site-packages)
    /tmp/splink/bin/python tests/support/compare_splink.py                            # seed 1, 2,600 people
    /tmp/splink/bin/python tests/support/compare_splink.py --people 90000 --communes 177   # 200,000 rows

What makes it fair: Splink gets the cleaned names, numbers and communes that our rules get; the three
kinds of paper apart, so that it can weigh a contradiction; term frequencies for names and places;
blocking on every number and on commune with the name's initial; its own training. It may use the
threshold that is best on this very sample, which our rules may not.
"""

from __future__ import annotations

import argparse
import logging
import resource
import time
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import comb

from labelled_people import Pair, Sample, build

from lensan.domain import values
from lensan.producers.resolution import Member, paper_kind, resolve_members

WEIGHTS = (0, 1, 2, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 10, 12)


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class Truth:
    def __init__(self, sample: Sample) -> None:
        self.labels = sample.labels
        self.evident: set[Pair] = sample.evident()
        self.true = sum(comb(size, 2) for size in _sizes(sample.labels))

    def measures(self, clusters: Sequence[object]) -> dict[str, float]:
        """Pairwise: precision; recall of the pairs that can be known, of all true ones; both F1."""
        linked = sum(comb(size, 2) for size in _sizes(clusters))
        right = sum(comb(size, 2) for size in _sizes(zip(clusters, self.labels, strict=True)))
        known = sum(clusters[one] == clusters[other] for one, other in self.evident)
        precision, recall, of_all = right / linked, known / len(self.evident), right / self.true
        return {
            "precision": precision,
            "recall": recall,
            "F1": 2 * precision * recall / (precision + recall),
            "recall of all": of_all,
            "F1 of all": 2 * precision * of_all / (precision + of_all),
        }


def _sizes(groups: Iterable[object]) -> Iterable[int]:
    counts: dict[object, int] = defaultdict(int)
    for group in groups:
        counts[group] += 1
    return counts.values()


def _row(number: int, member: Member) -> dict[str, object]:
    name = values.producer_name(member.name)
    kinds = {"CCCD": None, "CMND": None, "MST": None}
    if member.paper_number:
        kinds[paper_kind(member.paper_number)] = member.paper_number  # type: ignore[assignment]
    kind = {"household": "person", "business_household": "person"}.get(
        member.producer_kind or "", member.producer_kind
    )
    return {
        "unique_id": number,
        "name": name,
        "initial": name[:1],
        "cccd": kinds["CCCD"],
        "cmnd": kinds["CMND"],
        "mst": kinds["MST"],
        "phone": member.phone,
        "place": f"{member.unit_code} {member.commune}" if member.commune else None,
        "unit": member.unit_code,
        "kind": kind,
    }


def splink_scores(sample: Sample) -> tuple[object, object, float, float]:
    """The trained linker, its predictions, the seconds of training and of predicting."""
    import pyarrow
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    def with_frequencies(comparison: object) -> object:
        return comparison.configure(term_frequency_adjustments=True)  # type: ignore[attr-defined]

    rows = [_row(number, member) for number, member in enumerate(sample.members)]
    table = pyarrow.Table.from_pylist(rows)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            with_frequencies(cl.JaroWinklerAtThresholds("name", [0.97, 0.92, 0.85])),
            cl.ExactMatch("cccd"),
            cl.ExactMatch("cmnd"),
            cl.ExactMatch("mst"),
            cl.ExactMatch("phone"),
            with_frequencies(cl.ExactMatch("place")),
            cl.ExactMatch("kind"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("cccd"),
            block_on("cmnd"),
            block_on("mst"),
            block_on("phone"),
            block_on("place", "initial"),
        ],
        retain_matching_columns=False,
    )
    begin = time.perf_counter()
    api = DuckDBAPI()
    linker = Linker(api.register(table), settings, log_level=logging.ERROR)
    training = linker.training
    certain = [block_on(number) for number in ("cccd", "cmnd", "mst")]
    training.estimate_probability_two_random_records_match(
        [*certain, block_on("phone", "name")], recall=0.85
    )
    training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (block_on("phone"), block_on("cccd"), block_on("place", "name")):
        training.estimate_parameters_using_expectation_maximisation(rule)
    trained = time.perf_counter()
    predicted = linker.inference.predict(threshold_match_weight=min(WEIGHTS))
    return linker, predicted, trained - begin, time.perf_counter() - trained


def splink_clusters(linker: object, predicted: object, weight: float, count: int) -> list[object]:
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(  # type: ignore[attr-defined]
        predicted, threshold_match_weight=weight
    )
    columns = found.as_pyarrow_table().to_pydict()
    clusters: list[object] = [None] * count
    for number, cluster in zip(columns["unique_id"], columns["cluster_id"], strict=True):
        clusters[number] = cluster
    return clusters


def main() -> None:
    parser = argparse.ArgumentParser(description="Our rules against Splink")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=2600)
    parser.add_argument("--communes", type=int, default=60)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sample = build(options.seed, people=options.people, communes=options.communes)
    count = len(sample.members)
    print(f"{count} rows of {len(sample.people)} people, {peak_mb()} MB with the sample alone")

    begin = time.perf_counter()
    resolution = resolve_members(sample.members)
    seconds, peak = time.perf_counter() - begin, peak_mb()
    truth = Truth(sample)
    print(f"{len(truth.evident)} of {truth.true} true pairs are evident")
    _print("our rules", truth.measures(resolution.cluster), seconds, peak)

    linker, predicted, training, predicting = splink_scores(sample)
    results = []
    for weight in WEIGHTS:
        begin = time.perf_counter()
        clusters = splink_clusters(linker, predicted, weight, count)
        clustering = time.perf_counter() - begin
        results.append((truth.measures(clusters), clustering, weight))
    peak = peak_mb()
    for measures, clustering, weight in results:
        _print(f"Splink, weight {weight}", measures, training + predicting + clustering, peak)
    measures, clustering, weight = max(results, key=lambda result: result[0]["F1"])
    _print("Splink at its best", measures, training + predicting + clustering, peak)
    print(
        f"of Splink's time: training {training:.1f} s, predicting {predicting:.1f} s, "
        f"clustering {clustering:.1f} s"
    )


def _print(who: str, measures: dict[str, float], seconds: float, peak: int) -> None:
    told = ", ".join(f"{name} {value:.4f}" for name, value in measures.items())
    print(f"{who:<18} {told}, {seconds:.1f} s, peak {peak} MB")


if __name__ == "__main__":
    main()
