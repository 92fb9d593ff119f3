"""Text of legacy fonts, TCVN3 (ABC) and VNI-Windows, and half-converted text, made Unicode.

A cell's font decides where it is kept (``.VnTime``, ``VNI-Times``). Without a font a text is decoded
only where it cannot be Vietnamese as it stands and every one of its words is a Vietnamese syllable
afterwards. Must run before anything else touches the text: TCVN3's ư is U+00AD, which looks like an
invisible character, and NFKC destroys its à (U+00B5). Tables: TCVN 5712:1993 and VNI-Windows.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TCVN3 = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢£¤¥¦§",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)


def _vni_table() -> dict[str, str]:
    """VNI-Windows: a base letter followed by a letter that stands for its marks."""
    tones = {
        "": "",
        "sac": "\u0301",
        "huyen": "\u0300",
        "hoi": "\u0309",
        "nga": "\u0303",
        "nang": "\u0323",
    }
    plain = {"sac": "ù", "huyen": "ø", "hoi": "û", "nga": "õ", "nang": "ï"}
    circumflex = {"": "â", "sac": "á", "huyen": "à", "hoi": "å", "nga": "ã", "nang": "ä"}
    breve = {"": "ê", "sac": "é", "huyen": "è", "hoi": "ú", "nga": "ü", "nang": "ë"}
    table = {
        "ñ": "đ",
        "ô": "ơ",
        "ö": "ư",
        "í": "í",
        "ì": "ì",
        "æ": "ỉ",
        "ó": "ĩ",
        "ò": "ị",
        "î": "ỵ",
    }
    for base in "aeouy":
        for tone, mark in plain.items():
            table[base + mark] = base + tones[tone]
    for base in "aeo":
        for tone, mark in circumflex.items():
            table[base + mark] = base + "\u0302" + tones[tone]
    for tone, mark in breve.items():
        table["a" + mark] = "a\u0306" + tones[tone]
    for legacy, base in (("ô", "ơ"), ("ö", "ư")):
        for tone, mark in plain.items():
            table[legacy + mark] = base + tones[tone]
    table = {key: unicodedata.normalize("NFC", value) for key, value in table.items()}
    capitals = {}
    for key, value in table.items():
        capitals[key.upper()] = value.upper()
        if len(key) == 2:
            capitals[key[0].upper() + key[1]] = value.upper()
    return {**capitals, **table}


_VNI = _vni_table()
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))

_LETTERS = set(
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz"
)
_NOT_VIETNAMESE = re.compile(
    r"[\u00a1-\u00a9\u00aa-\u00ae\u00b5-\u00bf\u00c4-\u00c7\u00cb\u00ce-\u00d1\u00d6-\u00d8\u00db\u00dc\u00de\u00df\u00e4-\u00e7\u00eb\u00ee-\u00f1\u00f6-\u00f8\u00fb\u00fc\u00fe\u00ff\u03bc\u2212]"
)
# Pairs of VNI that Unicode Vietnamese never has (it has hoá, khoé, quá, Huế).
_VNI_MARKED = re.compile(r"(?i:a[âáàãêéèúùõ]|e[âáàãùõ]|o[âùõ]|u[ùõ]|y[âùõ])")
_MICRO = re.compile(r"(?<![^\W_])[\u00b5\u03bc][mglsVWFA](?![^\W_])")

_SYLLABLE = re.compile(
    r"(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|q|r|s|th|tr|t|v|x)?"
    r"(?:uya|uyê|ươ|ưa|iê|yê|uô|ua|oai|oay|uây|oa|oe|oă|uâ|uê|uy|ia|ươi|ươu|iêu|yêu|uôi|uơ|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y)"
    r"(?:ch|ng|nh|c|m|n|p|t|i|y|u|o)?"
)


def decode(text: str, font: str | None = None) -> str:
    """Unicode (NFC) of a cell's text written in ``font``; unchanged where it is Unicode already.

    ``font``: the font's name; ``.VnTimeH`` and other names ending in H draw capitals.
    """
    if text.isascii() and not font:
        return text
    return _decode(text, font or "")


@lru_cache(maxsize=16384)
def _decode(text: str, font: str) -> str:
    if font.lower().startswith(".vn"):
        decoded = _tcvn3(text)
        return decoded.upper() if font.upper().endswith("H") else decoded
    if font.upper().startswith("VNI"):
        return _vni(text)
    if not might_be_legacy(text):
        return text
    mended = _mend(text)
    if not might_be_legacy(mended):
        return mended
    for candidate in (_tcvn3(text), _vni(text)):
        if candidate != text and _is_vietnamese(candidate):
            return candidate
    return mended


def might_be_legacy(text: str) -> bool:
    """Whether a text bears characters or pairs that Unicode Vietnamese never has."""
    text = _MICRO.sub("", text)
    return bool(_NOT_VIETNAMESE.search(text) or _VNI_MARKED.search(text))


def _tcvn3(text: str) -> str:
    return "".join(_TCVN3.get(character, character) for character in text)


def _vni(text: str) -> str:
    decoded = _VNI_PATTERN.sub(lambda match: _VNI[match[0]], text)
    return unicodedata.normalize("NFC", decoded)


def _mend(text: str) -> str:
    """Half-converted TCVN3: ``ngμnh`` → ``ngành``, ``th−ơng`` → ``thương``."""
    text = re.sub(r"(?<=[^\W\d_])\u2212(?=[^\W\d_])", "ư", text)
    text = re.sub(r"(?<=[^\W\d_])\u03bc|\u03bc(?=[^\W\d_])", "à", text)
    return unicodedata.normalize("NFC", text)


def _is_vietnamese(text: str) -> bool:
    """Whether every word is a Vietnamese syllable, or plain ASCII, and one at least bears marks."""
    marked = False
    for word in re.findall(r"[^\W\d_]+", text):
        lowered = word.lower()
        if lowered.isascii():
            continue
        if not set(lowered) <= _LETTERS:
            return False
        bare = "".join(
            c
            for c in unicodedata.normalize("NFD", lowered)
            if c not in "\u0300\u0301\u0303\u0309\u0323"
        )
        if not _SYLLABLE.fullmatch(unicodedata.normalize("NFC", bare)):
            return False
        # A lone ½ or £ is a sign, not a syllable.
        marked = marked or len(word) > 1
    return marked and not _NOT_VIETNAMESE.search(text)
