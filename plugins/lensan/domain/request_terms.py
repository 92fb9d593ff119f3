"""What a person may ask about their data, and until when it is answered: include/reference/request_terms.yml."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from gettext import gettext as _
from pathlib import Path
from typing import Annotated

from lensan.domain import installation, working_days
from lensan.domain.yaml_file import Day, Spec, Text, YamlFile, whole

FILE = installation.REFERENCE / "request_terms.yml"


class Term(Spec):
    """What a kind of request has: its Vietnamese ``label``, days to do it, days of the one extension."""

    label: Text
    days: Annotated[int, whole(1, 365)]
    extension_days: Annotated[int, whole(0, 365)]


class Terms(Spec):
    """The terms in force from a day on."""

    valid_from: Day
    legal_basis: Text
    acknowledge_working_days: Annotated[int, whole(1, 30)]
    kinds: dict[str, Term]

    def acknowledge_by(self, received_on: date) -> date:
        """Last working day to tell the person that the request has come; the day it came does not count."""
        return working_days.after(received_on, self.acknowledge_working_days)

    def due_on(self, kind: str, received_on: date, *, is_extended: bool = False) -> date:
        """Last day to have done it. The day it came does not count; where the last one is none of work the working
        day before it, since nobody is there to do it."""
        term = self.kinds[kind]
        days = term.days + (term.extension_days if is_extended else 0)
        return working_days.last_until(received_on + timedelta(days=days))


class AllTerms(Spec):
    """What the file says."""

    terms: tuple[Terms, ...]


@cache
def every(path: Path = FILE) -> tuple[Terms, ...]:
    """The newest terms first. Raises Slips with all that is wrong in the file."""
    found = YamlFile(path).read(AllTerms).terms
    return tuple(sorted(found, key=lambda terms: terms.valid_from, reverse=True))


def of(received_on: date) -> Terms:
    """The terms for a request that came on a day. Raises ValueError before there were any."""
    for terms in every():
        if terms.valid_from <= received_on:
            return terms
    raise ValueError(
        _("no terms are known for {day}: the law is in force since {first}").format(
            day=received_on, first=every()[-1].valid_from
        )
    )
