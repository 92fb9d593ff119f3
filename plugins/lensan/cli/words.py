"""The language of the command line: Vietnamese or English, as the reader's environment asks.

Standard gettext with one catalog, include/locale/vi/LC_MESSAGES/lensan.po; ``make words`` writes the .mo
beside it. English is what stands in the code. Rooms below say ``gettext`` of what operators meet; in
Airflow's tasks, where nobody calls ``speak``, that is English.
"""

from __future__ import annotations

import gettext
import os
import re

from lensan.domain.settings import PROJECT

DOMAIN = "lensan"
LOCALE = PROJECT / "include" / "locale"
_ASKED = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language() -> str:
    """``vi`` or ``en``: of the first variable that is set, as gettext asks them, the first it names."""
    said = next((value for name in _ASKED if (value := os.environ.get(name))), "")
    known = [
        each[:2] for each in said.split(":") if re.match(r"(vi|en)\b|(vi|en)_|C\b|POSIX$", each)
    ]
    return "vi" if known[:1] == ["vi"] else "en"


def speak() -> None:
    """Let everything that this process says be in the reader's language."""
    if language() == "vi":
        gettext.bindtextdomain(DOMAIN, str(LOCALE))
        gettext.textdomain(DOMAIN)
    else:
        gettext.textdomain("messages")


def told(text: str) -> str:
    """A text of one or more paragraphs, each a message of the catalog on one line."""
    return "\n\n".join(gettext.gettext(each) for each in paragraphs(text))


def paragraphs(text: str) -> list[str]:
    """The messages of a help text."""
    return [" ".join(each.split()) for each in re.split(r"\n\s*\n", text.strip())]


def word(value: object) -> str:
    """A word of ours that is no sentence, as a state, in the reader's language."""
    return gettext.pgettext("word", str(value))


# ---------------------------------------------------------------- what typer says of itself

OF_TYPER = (
    "No such option: {what}",
    "No such command {what}.",
    "No such command {what}. Did you mean {other}?",
    "Missing command.",
    "Missing option {what}.",
    "Missing argument {what}.",
    "Invalid value for {what}: {why}",
    "Invalid value: {why}",
    "Value {what} is not a valid {kind}.",
    "Value {what} is not in the range {range}.",
    "Option {what} requires an argument.",
    "Option {what} requires {number} arguments.",
    "Option {what} does not take a value.",
    "Got unexpected extra argument(s) ({what})",
    "{what} (Possible options: {other})",
)
"""Sentences that typer (0.29) says without asking gettext."""


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    body = "".join(
        f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )
    return re.compile(body, re.S)


def of_typer(said: str) -> str:
    """A sentence of typer's in the reader's language; one that is not known stays."""
    for template in reversed(OF_TYPER):
        if found := _pattern(template).fullmatch(said):
            values = found.groupdict()
            for name in ("why", "what"):
                if name in values:
                    values[name] = of_typer(values[name])
            return gettext.gettext(template).format(**values)
    return said
