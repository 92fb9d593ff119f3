"""The plan's duties as data (duties.yml of the province's folder; a province may have none): who owes what, what
proves it, how often and until when; each sentence of the plan with its duties or the reason why none.

Its terms: lensan.domain.duty_terms; what has been done: lensan.units.duties. See docs/decisions/0028-register-of-duties.md.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from lensan.domain import installation
from lensan.domain.office import PLAN_START
from lensan.domain.yaml_file import ByName, Day, Spec, Text, YamlFile, Yes, slip, whole

FILE = installation.FOLDER / "duties.yml"
UNITS = "units"
"""Among the actors of a duty: each unit that reports on the day when it is due."""
Every = Literal["once", "week", "month", "quarter", "year"]


class GlutDuty(Spec):
    """One who acts when a glut is ahead, and what that is: both as within a Vietnamese sentence. ``actors``: whom an
    alert is mailed to, ``units``: the unit that it is about."""

    who: Text
    actors: tuple[Text, ...] = ()
    does: Text


class Actor(Spec):
    """One who owes something and is no unit: names by the day from which each holds, newest wins; ``files``: words
    that its files' folders or names have, besides its key."""

    key: SkipJsonSchema[str]
    names: Annotated[dict[Day, Text], Field(min_length=1)]
    files: tuple[Text, ...] = ()

    def name(self, on: date) -> str:
        """What it is called on a day; before the first, as at first."""
        begun = [day for day in self.names if day <= on]
        return self.names[max(begun) if begun else min(self.names)]


class Files(Spec):
    """A file by a source, with one of the lists, from the actor: its sender, or named so in its path. ``whoever``:
    from anybody, where one alone uses the source."""

    source: Text
    holds: tuple[Text, ...] = ()
    whoever: Yes = False


class Proof(Spec):
    """What shows that a duty was done, one of: the ``form`` of a period, the province's published ``report``, a
    file by a source, ``figures`` whose targets of the year are met, a ``document`` that an officer notes."""

    form: Literal["week", "month"] | None = None
    report: Literal["week", "month"] | None = None
    file: Files | None = None
    figures: tuple[Text, ...] | None = None
    document: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise slip("one of form, report, file, figures, document")
        return self


class Duty(Spec):
    """What actors owe: ``what`` as within a sentence. Of forms, reports and whatever is owed weekly the calendar
    says the terms; else ``due_after_days`` from a term's first day. ``asked_before_days``: how long before it is due
    it is asked for. ``is_assumed``: the plan says no date, the office has set one. ``early_days``: so long before
    its term may the proof have come. ``in_short``: the head of its column."""

    code: SkipJsonSchema[str]
    what: Text
    in_short: Text
    actors: Annotated[tuple[Text, ...], Field(min_length=1)]
    proof: Proof
    every: Every
    due_after_days: Annotated[int, whole(1, 366)] | None = None
    asked_before_days: Annotated[int, whole(0, 120)] = 3
    early_days: Annotated[int, whole(0, 120)] = 0
    is_assumed: Yes = False
    valid_from: Day = PLAN_START
    valid_until: Day | None = None

    @property
    def is_by_calendar(self) -> bool:
        """Whether the calendar of the reports says when it is due."""
        return self.every == "week" or bool(self.proof.form or self.proof.report)

    @property
    def is_reminded_elsewhere(self) -> bool:
        """Whether somebody else asks for it: units get their blank form, of a late report the watchdog tells."""
        return self.proof.report is not None or (
            self.proof.form is not None and UNITS in self.actors
        )

    @model_validator(mode="after")
    def _has_a_term(self) -> Self:
        kind = self.proof.form or self.proof.report
        if kind not in (None, self.every):
            raise slip(f"{kind}, as its form or report is", "every")
        if self.is_by_calendar != (self.due_after_days is None):
            says = "none, the calendar says it" if self.is_by_calendar else "a number of days"
            raise slip(says, "due_after_days")
        if self.proof.figures and self.every != "year":
            raise slip("year: targets are of a year", "every")
        return self


class Sentence(Spec):
    """A sentence of the plan by its place (``V.6.4.2``: section, number, paragraph, sentence where a paragraph has
    several) and first words: the duties that follow from it, or why none; both where only a part makes one."""

    at: Annotated[str, Field(pattern=r"^[IVX]+(\.\d+){1,3}$")]
    begins: Text
    duties: tuple[Text, ...] = ()
    why_none: Text | None = None

    @model_validator(mode="after")
    def _is_told(self) -> Self:
        if not self.duties and self.why_none is None:
            raise slip("duties, or why_none: why no duty follows")
        return self

    @property
    def section(self) -> str:
        """``V``."""
        return self.at.partition(".")[0]


class Register(Spec):
    """duties.yml: who acts when a glut is ahead, in the order in which it is printed; then the register."""

    on_glut: tuple[GlutDuty, ...] = ()
    actors: Annotated[tuple[Actor, ...], ByName("key")] = ()
    duties: Annotated[tuple[Duty, ...], ByName("code")] = ()
    plan: tuple[Sentence, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        known = {UNITS, *(actor.key for actor in self.actors)}
        codes = {duty.code for duty in self.duties}
        named = {code for sentence in self.plan for code in sentence.duties}
        for duty in self.duties:
            for number, actor in enumerate(duty.actors):
                if actor not in known:
                    raise slip(f"one of {', '.join(sorted(known))}", "duties", duty.code, "actors", number)  # fmt: skip
            if duty.code not in named:
                raise slip("named by a sentence of the plan", "duties", duty.code)
        for number, sentence in enumerate(self.plan):
            for place, code in enumerate(sentence.duties):
                if code not in codes:
                    raise slip("a duty of this file", "plan", number, "duties", place)
        for number, each in enumerate(self.on_glut):
            for place, actor in enumerate(each.actors):
                if actor not in known:
                    raise slip(
                        f"one of {', '.join(sorted(known))}", "on_glut", number, "actors", place
                    )
        if len({sentence.at for sentence in self.plan}) < len(self.plan):
            raise slip("each place once", "plan")
        return self

    def actor(self, key: str) -> Actor | None:
        """Who is no unit, by key; null for any other."""
        return next((actor for actor in self.actors if actor.key == key), None)


@cache
def register(path: Path = FILE) -> Register:
    """The register; an empty one where there is no such file. Raises Slips naming file and line."""
    return YamlFile(path).read(Register) if path.exists() else Register()


def sentence(duties: tuple[GlutDuty, ...]) -> str:
    """Who acts when a glut is ahead, all in a sentence; nothing of none."""
    told = "; ".join(f"{each.who} {each.does}" for each in duties)
    return f"Khi có cảnh báo: {told}." if told else ""
