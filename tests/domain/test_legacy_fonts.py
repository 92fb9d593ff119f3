"""Legacy text made Unicode, and Unicode left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensan.domain import legacy_fonts
from lensan.domain.legacy_fonts import decode

SENTENCES = [
    "hộ sản xuất nông nghiệp",
    "Sản phẩm chủ lực",
    "Đông Triều",
    "Quảng Yên",
    "huyện Hải Hà",
    "Tổng số hộ SXNN",
    "thương mại điện tử",
    "Chứng nhận VietGAP",
    "đóng gói - kết nối - giao nhận",
    "Số hộ được đào tạo, tập huấn về kỹ năng số",
    "truy xuất nguồn gốc",
    "Nguyễn Thị Thuỷ",
    "Phạm Văn Dũng",
    "Trần Quốc Tuấn",
    "Vũ Thị Hường",
    "Lỷ A Sáng",
    "Chíu Sìn Mằn",
    "Bế Văn Đàn",
    "thành phố Hạ Long",
    "thị xã Đông Triều",
    "nước mắm Cái Rồng",
    "Ngọc trai",
    "Mực một nắng",
    "trứng gà ri",
    "ổi Sơn Dương",
    "Cải làn Đông Triều",
    "Khoai lang Hải Hà",
    "gạo nếp cái hoa vàng",
    "Tỉ lệ hoàn thành chỉ tiêu đến thời điểm hiện tại (%)",
    "từ ngày 11/11/2021 đến ngày 17/11/2021",
]


def _inverse(table: dict[str, str]) -> list[tuple[str, str]]:
    pairs = {value: key for key, value in sorted(table.items(), reverse=True)}
    return sorted(pairs.items(), key=lambda pair: -len(pair[0]))


def encode_tcvn3(text: str) -> str:
    table = {value: key for key, value in legacy_fonts._TCVN3.items()}
    out = []
    for letter in text:
        if letter in table:
            out.append(table[letter])
        else:
            out.append(table.get(letter.lower(), letter))
    return "".join(out)


def encode_vni(text: str) -> str:
    table = dict(_inverse(legacy_fonts._VNI))
    return "".join(table.get(letter, letter) for letter in text)


@pytest.mark.parametrize("text", SENTENCES)
def test_tcvn3_text_comes_back_by_its_font(text: str) -> None:
    assert decode(encode_tcvn3(text.lower()), ".VnTime") == text.lower()


@pytest.mark.parametrize("text", SENTENCES)
def test_an_h_font_draws_capitals(text: str) -> None:
    assert decode(encode_tcvn3(text.lower()), ".VnArialH") == text.upper()


@pytest.mark.parametrize("text", SENTENCES)
def test_vni_text_comes_back_by_its_font(text: str) -> None:
    assert decode(encode_vni(text), "VNI-Times") == text


@pytest.mark.parametrize("text", SENTENCES)
def test_unicode_vietnamese_is_left_alone(text: str) -> None:
    assert decode(text) == text
    assert decode(text.upper()) == text.upper()


@pytest.mark.parametrize(
    "text",
    [
        "Citroën façade naïve",
        "5 µm",
        "Müller & Söhne",
        "São Paulo",
        "£5 · ¥700",
        "25 °C",
        "½ kg",
        "Ñandú",
        "hoá học",
        "khoé mắt",
        "quá khứ",
        "Huế",
        "Uỷ ban",
        "trào lưu",
        "ai ù ù",
        "e-mail: ê a",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert decode(text) == text


@pytest.mark.parametrize(
    ("legacy", "text"),
    [
        ("hoä saûn xuaát noâng nghieäp; ÑOÂNG TRIEÀU", "hộ sản xuất nông nghiệp; ĐÔNG TRIỀU"),
        ("Sè hé s¶n xuÊt n«ng nghiÖp", "Số hộ sản xuất nông nghiệp"),
        ("§«ng TriÒu", "Đông Triều"),
        ("huyÖn H¶i Hµ", "huyện Hải Hà"),
        ("Th\u00ad¬ng m¹i", "Thương mại"),
        (
            "Thống kê ngμnh thuỷ sản quảng ninh vμ những vấn đề",
            "Thống kê ngành thuỷ sản quảng ninh và những vấn đề",
        ),
        ("bờ biển dμi", "bờ biển dài"),
        ("th−ơng mại, n−ớc", "thương mại, nước"),
    ],
)
def test_without_a_font_what_cannot_be_vietnamese_is_decoded(legacy: str, text: str) -> None:
    assert decode(legacy) == text


@given(st.text(), st.sampled_from([None, ".VnTime", ".VnTimeH", "VNI-Times", "Arial"]))
def test_nothing_raises(text: str, font: str | None) -> None:
    assert isinstance(decode(text, font), str)


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4))
def test_decoding_twice_is_decoding_once(parts: list[str]) -> None:
    text = unicodedata.normalize("NFC", " ".join(parts))
    assert decode(decode(text)) == decode(text)
