"""Which plan's form a form is, where an installation reports on several (docs/decisions/0038-two-plans.md).

The plan is the one whose labels explain every row that another plan's explain, and more. Between plans that explain the
same the number above the form decides, without one the days. Whatever contradicts itself stays open, and is refused when
it is checked: a form is never counted for a plan that it may not be of, not even where it comes after its own is over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lensan.domain import periods, plans
from lensan.domain.plans import Plan
from lensan.domain.problems import Problem, Rejection
from lensan.intake import recognise_form
from lensan.intake.heading import Heading
from lensan.intake.readers import SourceRow
from lensan.intake.recognise import folded
from lensan.intake.recognise_form import FormLayout


def with_plans(
    layout: FormLayout, rows: Sequence[SourceRow], above: Sequence[SourceRow], heading: Heading
) -> FormLayout:
    """The layout with the plans whose form it may be, by the ``rows`` below its header, the rows ``above`` it and the
    days that its ``heading`` says."""
    every = plans.plans()
    if len(every) == 1:
        return layout
    explained = {plan.key: _explained(plan, layout, rows) for plan in every}
    best = [
        key
        for key, mine in explained.items()
        if not any(mine < others for others in explained.values())
    ]
    lines = recognise_form.heading_lines(above)
    named = [plan.key for plan in every if _is_named(plan, lines)]
    if len(named) == 1:
        best = named if named[0] in best else [*named, *best]
    elif len(best) > 1:
        best = [key for key in best if _is_of_its_time(plans.plan(key), heading)] or best
    return replace(layout, plans=tuple(best))


def settle(layout: FormLayout) -> str:
    """The kind of report that a form is of. Raises Rejection where it may be of several plans."""
    if len(layout.plans) > 1:
        numbers = [plans.plan(key).numbers[-1] for key in layout.plans]
        raise Rejection(
            Problem("several_plans", {"plans": numbers}), f"a form of any of {layout.plans}"
        )
    return plans.kind(layout.kind, layout.plans[0])


def names_a_plan(cell: str) -> bool:
    """Whether a cell above a form names any plan's number."""
    return any(_is_named(plan, [cell]) for plan in plans.plans())


def _is_of_its_time(plan: Plan, heading: Heading) -> bool:
    """Whether a plan reports of the days above a form; also where it says none."""
    first, last = heading.first_day, heading.last_day
    if heading.month is not None:
        month = periods.month(heading.month)
        first, last = month.start, month.last_day
    if first is None or last is None:
        return True
    return plan.start <= last and (plan.end is None or first <= plan.end)


def _explained(plan: Plan, layout: FormLayout, rows: Sequence[SourceRow]) -> frozenset[int]:
    """Positions of the rows whose labels name an indicator of a plan."""
    of_plan = replace(layout, plans=(plan.key,))
    return frozenset(
        position
        for position, row in enumerate(rows)
        if recognise_form.form_row(row.cells, of_plan)[1] is not None
    )


def _is_named(plan: Plan, lines: Sequence[str]) -> bool:
    numbers = [re.compile(rf"(?<!\d){re.escape(folded(number))}\b") for number in plan.numbers]
    return any(number.search(folded(line)) for number in numbers for line in lines)
