"""Expectations, and the metrics that they ask for, that are described once each.

Great Expectations makes the configuration of an expectation anew whenever one word of it is asked for, some ninety
times a check; that was a third of what judging took. Of what was left two fifths were metrics: of each the ones
it rests on are looked for again wherever it is named in a graph, ten times each, and each makes a JSON of the same
few words to know itself by. Nothing of an expectation or a metric changes while it is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_PLAIN = (str, int, float, bool, type(None))


@contextmanager
def described_once() -> Iterator[None]:
    """Within the block an expectation keeps the configuration that it was first asked for, a graph what a metric
    rests on, and the same words the same id: whoever changes one does so before the block."""
    from great_expectations.core.id_dict import IDDict
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.validator.validation_graph import ValidationGraph

    with ExitStack() as stack:
        for owner, name, made in (
            (Expectation, "configuration", _configuration(Expectation.configuration)),
            (ValidationGraph, "build_metric_dependency_graph",
             _built(ValidationGraph.build_metric_dependency_graph)),
            (IDDict, "to_id", _id(IDDict.to_id)),
        ):  # fmt: skip
            stack.callback(setattr, owner, name, vars(owner)[name])
            setattr(owner, name, made)
        yield


def _configuration(described: Any) -> Any:
    # With the expectation itself, so that no other one gets its id.
    known: dict[int, tuple[Any, Any]] = {}

    def configuration(expectation: Any) -> Any:
        found = known.get(id(expectation))
        if found is None:
            found = known[id(expectation)] = (expectation, described.__get__(expectation))
        return found[1]

    return property(configuration)


def _built(build: Any) -> Any:
    # With the graph itself, for the same reason.
    known: dict[int, tuple[Any, dict[Any, Any]]] = {}

    def build_once(
        graph: Any, metric_configuration: Any, runtime_configuration: dict[str, Any] | None = None
    ) -> None:
        _, metrics = known.setdefault(id(graph), (graph, {}))
        first = metrics.setdefault(metric_configuration.id, metric_configuration)
        if first is metric_configuration:
            build(graph, metric_configuration, runtime_configuration)
        else:
            graph.set_metric_configuration_default_kwargs_if_absent(metric_configuration)
            metric_configuration.metric_dependencies = first.metric_dependencies

    return build_once


def _id(make: Any) -> Any:
    known: dict[tuple[Any, ...], Any] = {}

    def to_id(words: Any, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
        if id_keys or id_ignore_keys or not all(isinstance(v, _PLAIN) for v in words.values()):
            return make(words, id_keys, id_ignore_keys)
        # 1, 1.0 and True are equal, and other words.
        key = tuple((name, type(word), word) for name, word in words.items())
        if key not in known:
            known[key] = make(words)
        return known[key]

    return to_id
