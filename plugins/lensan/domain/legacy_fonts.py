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

_NOT_VIETNAMESE = re.compile(
    r"[\u00a1-\u00a9\u00aa-\u00ae\u00b5-\u00bf\u00c4-\u00c7\u00cb\u00ce-\u00d1\u00d6-\u00d8\u00db\u00dc\u00de\u00df\u00e4-\u00e7\u00eb\u00ee-\u00f1\u00f6-\u00f8\u00fb\u00fc\u00fe\u00ff\u03bc\u2212]"
)
# Pairs of VNI that Unicode Vietnamese never has (it has hoá, khoé, quá, Huế).
_VNI_MARKED = re.compile(r"(?i:a[âáàãêéèúùõ]|e[âáàãùõ]|o[âùõ]|u[ùõ]|y[âùõ])")
_MICRO = re.compile(r"(?<![^\W_])[\u00b5\u03bc][mglsVWFA](?![^\W_])")
# Letters that neither TCVN3 nor VNI can write: ă, đ, ĩ, ơ, ư, all letters with two marks.
_ONLY_UNICODE = re.compile(
    r"[\u0102-\u0111\u0128\u0129\u0168\u0169\u01a0-\u01b0\u0300-\u0323\u1ea0-\u1ef9]"
)
_WORD = re.compile(r"[^\W\d_]+")

_ONSET = r"(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|q|r|s|th|tr|t|v|x)?"
_OPEN = (
    "a ai ao au ay âu ây e eo ê êu i ia iu iêu o oa oai oao oay oe oeo oi ô ôi ơ ơi u ua ui uy uya uyu uê uơ "
    "uây uôi ư ưa ưi ưu ươi ươu y yêu "
    "am an ang anh ăm ăn ăng âm ân âng em en eng êm ên ênh êng im in inh iêm iên iêng om on ong oong ôm ôn ông "
    "ôông ơm ơn oam oan oang oanh oăm oăn oăng oen um un ung uân uâng uênh uyên uynh uyn uôm uôn uông ưm ưn ưng "
    "ươm ươn ương yêm yên yêng ynh yn ym uơn"
)
_STOPPED = (
    "ac ach ap at ăc ăp ăt âc âp ât ec ep et êc êch êp êt ich ip it iêc iêp iêt oc ooc op ot ôc ôp ôt ơp ơt oac "
    "oach oap oat oăc oăt oet uc up ut uât uêch uych uyêt uyt uyp uôc uôt ưc ưp ưt ươc ươp ươt yêt ych "
    "ăk ak âk ok ôk uk ưk êk ik ek"
)
_OPEN_SYLLABLE = re.compile(f"{_ONSET}(?:{'|'.join(sorted(_OPEN.split(), key=len, reverse=True))})")
_STOPPED_SYLLABLE = re.compile(
    f"{_ONSET}(?:{'|'.join(sorted(_STOPPED.split(), key=len, reverse=True))})"
)
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def decode(text: str, font: str | None = None) -> str:
    """Unicode (NFC) of a cell's text written in ``font``; unchanged where it is Unicode already.

    ``font``: the font's name; ``.VnTimeH`` and other names ending in H draw capitals. Where a sheet
    holds several cells of a legacy font, FontColumns decides better than one cell can.
    """
    if text.isascii() and not font:
        return text
    return _decode(text, font or "")


def is_legacy(font: str | None) -> bool:
    """Whether a font's name is one of TCVN3 (ABC) or VNI."""
    return bool(font) and (
        str(font).lower().startswith(".vn") or str(font).upper().startswith("VNI")
    )


@lru_cache(maxsize=16384)
def _decode(text: str, font: str) -> str:
    if is_legacy(font):
        reading = read_by_font(text, font)
        return _by_font(text, font) if reading in ("legacy", "either") else _as_unicode(text, font)
    text = _once_encoded(text)
    text = _with_d(text)
    if not might_be_legacy(text):
        return text
    mended = _mend(text)
    if not might_be_legacy(mended):
        return mended
    for candidate in (_tcvn3(text), _vni(text)):
        if candidate != text and is_vietnamese(candidate):
            return candidate
    return mended


def _by_font(text: str, font: str) -> str:
    if font.upper().startswith("VNI"):
        return _vni(text)
    decoded = _tcvn3(text)
    return decoded.upper() if font.upper().endswith("H") else decoded


def _as_unicode(text: str, font: str) -> str:
    """Unicode typed into a cell of a legacy font; what words of the font stand among it are decoded."""
    words = re.split(r"(\s+)", text)
    kept = [
        _by_font(word, font)
        if might_be_legacy(_with_d(word)) and not _ONLY_UNICODE.search(word)
        else word
        for word in words
    ]
    return unicodedata.normalize("NFC", _with_d("".join(kept)))


def read_by_font(text: str, font: str) -> str:
    """What a text in a cell of a legacy font shows itself to be: ``unicode`` (it bears letters that the
    font cannot write), ``legacy`` (letters that Vietnamese never has), ``plain`` (ASCII), or ``either``."""
    if text.isascii():
        return "plain"
    if _ONLY_UNICODE.search(text):
        return "unicode"
    if might_be_legacy(_with_d(text)):
        return "legacy"
    decoded = _by_font(text, font)
    as_read, as_decoded = is_vietnamese(text), is_vietnamese(decoded)
    if as_read != as_decoded:
        return "unicode" if as_read else "legacy"
    return "either" if decoded != text else "plain"


class FontColumns:
    """What the cells of legacy fonts on one sheet are: still the font's letters, or Unicode typed over.

    A cell that can be either (Cô Tô is Cụ Tụ in .VnTime) is what its column is, else what the sheet is;
    where that is divided it is read by its font and doubted.
    """

    def __init__(self) -> None:
        self._columns: dict[int, list[int]] = {}
        self._sheet = [0, 0]

    def see(self, text: str, font: str, column: int) -> None:
        """Take a cell into account. ``column``: its number on the sheet."""
        reading = read_by_font(text, font)
        if reading in ("unicode", "legacy"):
            at = int(reading == "legacy")
            self._columns.setdefault(column, [0, 0])[at] += 1
            self._sheet[at] += 1

    def decode(self, text: str, font: str, column: int) -> tuple[str, bool]:
        """The cell's text, and whether it may as well be read the other way."""
        if read_by_font(text, font) != "either":
            return decode(text, font), False
        for unicode, legacy in (self._columns.get(column, [0, 0]), self._sheet):
            if unicode >= 3 * legacy and unicode:
                return unicodedata.normalize("NFC", text), False
            if legacy >= 3 * unicode and legacy:
                return _by_font(text, font), False
        return _by_font(text, font), any(self._sheet)


def needs_a_look(text: str) -> bool:
    """Whether ``decode`` might change a text without a font: what a reader of many lines asks first."""
    return bool(_ETH.search(text) or _ENCODED_TWICE.search(text) or might_be_legacy(text))


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


_ETHS = str.maketrans("ÐðƉɖ", "ĐđĐđ")
_ETH = re.compile("[ÐðƉɖ]")


def _with_d(text: str) -> str:
    """Ð and ð (eth), that old keyboards gave for Đ, where they are no é of TCVN3 or ñ of VNI."""
    if not _ETH.search(text):
        return text
    mended = text.translate(_ETHS)
    if might_be_legacy(mended):
        return text  # other letters too are of a legacy font
    if not _ONLY_UNICODE.search(text) and not is_vietnamese(mended) and is_vietnamese(_tcvn3(text)):
        return text
    return mended


_ENCODED_TWICE = re.compile(r"[ÃÂÄÅÆ][\u0080-\u00bf\u0152-\u2122]|á[º»]")


def _once_encoded(text: str) -> str:
    """Text whose UTF-8 bytes were taken for Windows-1252 and encoded again: ``Cháº£`` → ``Chả``."""
    for _ in range(2):
        if not _ENCODED_TWICE.search(text):
            break
        try:
            once = b"".join(map(_byte_of, text)).decode("utf-8")
        except UnicodeError:
            break
        text = unicodedata.normalize("NFC", once)
    return text


def _byte_of(character: str) -> bytes:
    """Raises UnicodeError for a character that is none of Windows-1252."""
    return character.encode("latin-1" if "\x80" <= character <= "\x9f" else "cp1252")


# ---------------------------------------------------------------- is it Vietnamese


@lru_cache(maxsize=16384)
def is_syllable(word: str) -> bool:
    """Whether a word can be a Vietnamese syllable: its sounds, its tone, its capitals."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = [c for c in decomposed if c in _TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    if len(tones) > 1:
        return False
    if _OPEN_SYLLABLE.fullmatch(bare):
        return True
    return bool(_STOPPED_SYLLABLE.fullmatch(bare)) and tones in (["\u0301"], ["\u0323"])


def is_vietnamese(text: str) -> bool:
    """Whether every word is a Vietnamese syllable, or plain ASCII, and one at least bears marks."""
    marked = False
    for word in _WORD.findall(text):
        if word.isascii():
            continue
        if not is_syllable(word):
            return False
        # A lone ½ or £ is a sign, not a syllable.
        marked = marked or len(word) > 1
    return marked and not _NOT_VIETNAMESE.search(text)


# ---------------------------------------------------------------- raw bytes

ENCODINGS = ("cp1258", "tcvn3", "vni")
"""How Vietnamese bytes that are no Unicode may be written, as ``encoding_of_bytes`` names them."""


def of_bytes(line: str, encoding: str) -> str:
    """A line whose bytes were read as Latin-1 (TCVN3) or Windows-1252 (VNI), made Unicode."""
    return _tcvn3(line) if encoding == "tcvn3" else _vni(line) if encoding == "vni" else line


def encoding_of_bytes(sample: bytes) -> str | None:
    """Which of ENCODINGS makes Vietnamese of a sample's words, and no other nearly does; else None."""
    scores = {
        "cp1258": _share_of_syllables(sample.decode("cp1258", "replace")),
        "tcvn3": _share_of_syllables(_tcvn3(sample.decode("latin-1"))),
        "vni": _share_of_syllables(_vni(sample.decode("cp1252", "replace"))),
    }
    best, second = sorted(scores.values(), reverse=True)[:2]
    if best < 0.8 or best - second < 0.15:
        return None
    return max(scores, key=lambda name: scores[name])


def _share_of_syllables(text: str) -> float:
    words = [w for w in _WORD.findall(unicodedata.normalize("NFC", text)) if not w.isascii()]
    signs = len(_NOT_VIETNAMESE.findall(text)) + text.count("\ufffd")
    return sum(map(is_syllable, words)) / (len(words) + signs) if words else 0.0
