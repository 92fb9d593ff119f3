"""Vietnamese text as older programs wrote it: TCVN3 (ABC), VNI for Windows, and Windows-1258.

The inverse of what readers must decode, kept apart from their tables on purpose. TCVN3 and VNI text
is given as the Latin-1 characters a spreadsheet cell holds; the font's name alone tells what it is.
"""

from __future__ import annotations

import unicodedata

# Glibc's TCVN5712-1, letter by letter; there are no capitals with tones.
_TCVN3 = dict(
    zip(
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂÊÔƠƯĐ",
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\xadõøö÷ùúýûüþ¡¢£¤¥¦§",
        strict=True,
    )
)

_TONES = {"\u0300": "ø", "\u0301": "ù", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
_CIRCUMFLEX = {"": "â", "\u0300": "à", "\u0301": "á", "\u0309": "å", "\u0303": "ã", "\u0323": "ä"}
_BREVE = {"": "ê", "\u0300": "è", "\u0301": "é", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë"}
_VNI_I = {"\u0300": "ì", "\u0301": "í", "\u0309": "æ", "\u0303": "ó", "\u0323": "ò"}


def to_tcvn3(text: str) -> tuple[str, str] | None:
    """The text in TCVN3 and the font to show it in; None where TCVN3 cannot hold it.

    A text with a toned capital is only possible in a font of capitals, which loses the case: such
    text is given in ``.VnTimeH`` when it is all capitals, else not at all.
    """
    text = unicodedata.normalize("NFC", text)
    if text.isupper() and any(c not in _TCVN3 and ord(c) > 127 for c in text):
        text, font = text.lower(), ".VnTimeH"
    else:
        font = ".VnTime"
    if any(c not in _TCVN3 and ord(c) > 126 for c in text):
        return None
    return "".join(_TCVN3.get(c, c) for c in text), font


def to_vni(text: str) -> tuple[str, str] | None:
    """The text in VNI for Windows and the font to show it in; None where VNI cannot hold it."""
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        coded = _vni_char(char)
        if coded is None:
            return None
        out.append(coded)
    return "".join(out), "VNI-Times"


def _vni_char(char: str) -> str | None:
    if char < "\x7f":
        return char
    if char in "đĐ":
        return "ñ" if char == "đ" else "Ñ"
    parts = unicodedata.normalize("NFD", char)
    base, marks = parts[0], set(parts[1:])
    tone = next((mark for mark in marks if mark in _TONES), "")
    upper = base.isupper()
    if base.lower() == "i" and tone:
        coded = _VNI_I[tone]
    elif base.lower() == "y" and tone == "\u0323":
        coded = "î"
    elif "\u0302" in marks and base.lower() in "aeo":
        coded = base.lower() + _CIRCUMFLEX[tone]
    elif "\u0306" in marks and base.lower() == "a":
        coded = "a" + _BREVE[tone]
    elif "\u031b" in marks and base.lower() in "ou":
        coded = {"o": "ô", "u": "ö"}[base.lower()] + _TONES.get(tone, "")
    elif tone and base.lower() in "aeouy":
        coded = base.lower() + _TONES[tone]
    else:
        return None
    return coded.upper() if upper else coded


def to_windows_1258(text: str) -> bytes:
    """The text in Windows-1258: letters with their hat or horn, the tone as a character behind.

    Raises UnicodeEncodeError for characters that code page does not know.
    """
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", char)
        tone = next((mark for mark in parts if mark in _TONES), None)
        if tone is None:
            out.append(char)
        else:
            out.append(unicodedata.normalize("NFC", parts.replace(tone, "")) + tone)
    return "".join(out).encode("cp1258")
