"""Whether a header or label says what a known one says: as a whole, with a slip of the pen, or translated.

A leftover word is never passed over: *trước*, *giao*, *chưa*, a platform's name make another thing of it.
Source of the rules: docs/rules/sources.md#which-column-which-row.
"""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import OSA

_CHANGING = """
    truoc sau giao ke hoach chua khong huy du kien uoc tinh con lai can them giam tang muc tieu dinh muc
    nam quy nay qua toi moi cu ngoai trong so voi cung ky
"""
CHANGING = frozenset(_CHANGING.split())
"""Words, folded, that make another thing of what they stand beside: never a slip of another word."""

_TRANSLATIONS = """
    shop store stall seller vendor merchant id code no number name full owner representative type kind
    category group phone mobile tel telephone contact ward commune district town city province unit
    address opened opening open closed closing close date day time at on of the created completed order
    ordered line product item sku title price amount total value quantity qty weight net gross
    currency status state country receiver receiving recipient shipping ship to buyer customer group
    description brand mark traceability payment account discount identity card citizen tax paper papers
    document ocop stars star rating recognised recognized expires expiry year month output tons tonnes
    certificate place market subject topic organiser organizer course training wallet channel published
    household main
"""
_ENGLISH = frozenset(_TRANSLATIONS.split())
_UNITS = frozenset(("kg", "vnd"))
_NOTES = (
    "bat buoc",
    "neu co",
    "khong bat buoc",
    "dd mm yyyy",
    "dd mm yy",
    "ngay thang nam",
    "yyyy mm dd",
)


def is_english(key: str) -> bool:
    """Whether a folded header is made of words that translate our headers."""
    words = key.split()
    return (
        bool(words)
        and not _UNITS.issuperset(words)
        and all(word in _ENGLISH or word in _UNITS for word in words)
    )


def without_translation(key: str) -> Iterator[str]:
    """A folded header without the translation or the note that stands behind or before it."""
    for note in _NOTES:
        if key.endswith(f" {note}"):
            key = key.removesuffix(f" {note}")
            yield key
    words = key.split()
    for end in range(len(words) - 1, 0, -1):
        # The unit may be said in both languages; alone it is no translation.
        if words[end] not in _ENGLISH and not (words[end] in _UNITS and words[end] in words[:end]):
            break
        yield " ".join(words[:end])
    for start in range(1, len(words)):
        if words[start - 1] not in _ENGLISH:
            break
        yield " ".join(words[start:])


def without_number(key: str) -> str:
    """A folded label without the number before it: ``ii 3 so ho …``, ``1 so ho …``."""
    words = key.split()
    while len(words) > 2 and (words[0].isdigit() or words[0] in ("i", "ii", "iii", "iv", "v")):
        words = words[1:]
    if len(words) > 3 and len(words[0]) == 1:
        words = words[1:]
    return " ".join(words)


def is_slip(key: str, known: str) -> bool:
    """Whether a folded text is a known one with a slip of the pen: each word its own, with a letter or two
    changed, or blanks gone astray. Digits never slip."""
    given, words = key.split(), known.split()
    if len(known) < 6 or [w for w in given if w.isdigit()] != [w for w in words if w.isdigit()]:
        return False
    if len(given) != len(words):
        return (
            abs(len(given) - len(words)) <= 2
            and _one_off("".join(given), "".join(words))
            and not any(w in CHANGING for w in set(given) - set(words))
        )
    slips = [(a, b) for a, b in zip(given, words, strict=True) if a != b]
    return len(slips) <= 1 + len(words) // 5 and all(is_word_slip(a, b) for a, b in slips)


def _one_off(given: str, known: str) -> bool:
    return len(known) >= 8 and OSA.distance(given, known, score_cutoff=1) <= 1


def is_word_slip(given: str, known: str) -> bool:
    """Whether a folded word is another with a letter changed."""
    if given in CHANGING or not given.isalpha() or min(len(given), len(known)) < 4:
        return False
    allowed = 2 if min(len(given), len(known)) >= 7 else 1
    return OSA.distance(given, known, score_cutoff=allowed) <= allowed


def resembles(key: str, known: str) -> bool:
    """Whether a folded header sounds like a known one and is none: only to be told, never to be read."""
    given, words = set(key.split()), set(known.split())
    return len(words & given) >= 2 and (words <= given or given <= words)
