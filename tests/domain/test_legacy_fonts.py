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


UNICODE_IN_LEGACY_CELLS = [
    "Nguyễn Công Thái", "Vũ Thị Đào", "Bàn Thị Hoà", "Hoàng Thị Tâm", "ỦY BAN NHÂN DÂN HUYỆN CÔ TÔ", "Đồng Tiến", "Lê Thị Hương",
    "Trần Văn Phúc", "hộ sản xuất nông nghiệp", "Sản phẩm chủ lực", "Đông Triều", "Quảng Yên", "Chỉ tiêu", "Số giấy tờ", "Họ tên",
    "Phạm Văn Cường", "Lý A Sửu", "Chíu Sìn Mằn", "Nguyễn Đình Độ", "Bế Văn Đàn", "Ổi Đài Loan", "Mực một nắng", "Chả mực Hạ Long",
    "Ruốc hàu Vân Đồn", "gạo nếp cái hoa vàng", "Tỉ lệ hoàn thành", "Danh sách các tỉnh thành", "Trung Quốc, Hàn Quốc", "Đỗ Đức",
    "Nguyễn Văn Ðức",
]  # fmt: skip


@pytest.mark.parametrize("font", [".VnTime", ".VnArialH", "VNI-Times", "VNI-Helve"])
@pytest.mark.parametrize("text", UNICODE_IN_LEGACY_CELLS)
def test_unicode_typed_into_a_cell_of_a_legacy_font_is_left_as_it_is(text: str, font: str) -> None:
    assert decode(text, font) == text.replace("Ð", "Đ")


def test_a_cell_that_may_be_both_is_what_its_column_is_else_its_sheet() -> None:
    columns = legacy_fonts.FontColumns()
    for text in ("Nguyễn Công Thái", "Bàn Thị Hoà", "Hoàng Thị Tâm"):
        columns.see(text, ".VnTime", 1)
    assert columns.decode("Lê Công Tám", ".VnTime", 1) == ("Lê Công Tám", False)
    assert columns.decode("Cô Tô", ".VnTime", 5) == ("Cô Tô", False)
    for text in ("NguyÔn C«ng Th¸i", "Bµn ThÞ Hoµ", "Hoµng ThÞ T©m"):
        columns.see(text, ".VnTime", 2)
    assert columns.decode("Hé", ".VnTime", 2) == ("Hộ", False)
    assert columns.decode("Cô Tô", ".VnTime", 1) == ("Cô Tô", False)
    assert columns.decode("Cô Tô", ".VnTime", 5) == ("Cụ Tụ", True)


def test_without_any_other_cell_the_font_decides() -> None:
    columns = legacy_fonts.FontColumns()
    assert columns.decode("Phóc", ".VnTime", 1) == ("Phúc", False)


@pytest.mark.parametrize("text", [s for s in SENTENCES if not s.isascii()])
def test_text_encoded_twice_is_read_once(text: str) -> None:
    twice = "".join(
        chr(b) if 0x80 <= b <= 0x9F and b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([b]).decode("cp1252")
        for b in text.encode()
    )  # fmt: skip
    assert decode(twice) == text
    again = "".join(
        chr(b) if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([b]).decode("cp1252")
        for b in twice.encode()
    )
    assert decode(again) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ðông Triều", "Đông Triều"), ("Ðỗ Văn Ðức", "Đỗ Văn Đức"), ("Nguyễn Ðình Ðộ", "Nguyễn Đình Độ"), ("Ðà Nẵng", "Đà Nẵng"),
        ("Lâm Ðồng", "Lâm Đồng"), ("UBND THỊ XÃ ÐÔNG TRIỀU", "UBND THỊ XÃ ĐÔNG TRIỀU"), ("hộ ðược ðào tạo", "hộ được đào tạo"),
        ("Ðông", "Đông"), ("Ðầm Hà", "Đầm Hà"), ("Ɖông Triều", "Đông Triều"), ("ɖồng", "đồng"), ("ÐT: 0912", "ĐT: 0912"),
    ],
)  # fmt: skip
def test_eth_is_d_with_a_stroke(text: str, expected: str) -> None:
    assert decode(text) == expected


@pytest.mark.parametrize("text", SENTENCES)
def test_the_bytes_of_a_file_tell_how_they_are_written(text: str) -> None:
    other = "Gạo nếp cái hoa vàng, Tôm có vỏ, Chợ Lợi Đức, Mật ong rừng, Hợp tác xã Cửa Ông, hộ sản xuất"
    both = f"{text}\n{other}".lower()
    assert legacy_fonts.encoding_of_bytes(encode_tcvn3(both).encode("latin-1")) == "tcvn3"
    assert legacy_fonts.encoding_of_bytes(encode_vni(both).encode("cp1252")) == "vni"
    assert legacy_fonts.encoding_of_bytes(_cp1258(both)) == "cp1258"


def _cp1258(text: str) -> bytes:
    """Windows-1258: letters with their first mark, the tone behind them."""
    out = []
    for letter in text:
        decomposed = unicodedata.normalize("NFD", letter)
        tones = "".join(c for c in decomposed if c in "\u0300\u0301\u0303\u0309\u0323")
        bare = "".join(c for c in decomposed if c not in tones)
        out.append(unicodedata.normalize("NFC", bare) + tones)
    return "".join(out).encode("cp1258")


@pytest.mark.parametrize("sample", [b"G\xd5o n\xaap, Ch\xfe", b"caf\xe9 cr\xe8me", bytes(range(128, 256)), b"\x80\x81\x82"])  # fmt: skip
def test_bytes_of_no_known_writing_are_told(sample: bytes) -> None:
    assert legacy_fonts.encoding_of_bytes(sample) is None
