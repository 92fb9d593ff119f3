"""Known headers are found by what a text has in common with them; trying each one finds the same."""

from __future__ import annotations

import random

from lensan.domain import contracts
from lensan.intake import recognise, wording

ALIASES = sorted(
    {
        recognise.folded(alias)
        for contract in contracts.contracts().values()
        for entity in contract.entities
        for column in entity.columns
        for alias in column.headers
    }
)


def slipped(text: str, draw: random.Random) -> str:
    """The text with up to three letters or blanks more, fewer, changed or exchanged."""
    letters = list(text)
    for _ in range(draw.randrange(4)):
        place = draw.randrange(len(letters))
        match draw.randrange(4):
            case 0 if len(letters) > 1:
                del letters[place]
            case 1:
                letters.insert(place, draw.choice("abcdeghiklmnopqrstuvxy "))
            case 2:
                letters[place] = draw.choice("abcdeghiklmnopqrstuvxy ")
            case _ if place + 1 < len(letters):
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
    behind = draw.choice(("", "", "", " truoc", " 1", " kg"))
    return " ".join(("".join(letters) + behind).split())


def test_the_index_finds_every_slip_that_trying_each_header_finds() -> None:
    draw, index, found = random.Random(14), recognise._Aliases(ALIASES), 0
    for _ in range(5000):
        key = slipped(draw.choice(ALIASES), draw)
        each = {alias for alias in ALIASES if wording.is_slip(key, alias)}
        assert index.slipped(key) == each, key
        found += bool(each)
    assert 1000 < found < 4500
