"""Units, provinces and countries by the many ways people write them."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from lensan.domain import values
from lensan.domain.places import places, sort_key
from lensan.domain.seats import fold_commune


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hạ Long", "193"), ("TP Hạ Long", "193"), ("TP. Hạ Long", "193"), ("Tp.Hạ Long", "193"),
        ("thành phố hạ long", "193"), ("THÀNH PHỐ HẠ LONG", "193"), ("Ha Long", "193"),
        ("tp ha long", "193"), ("Thành phố Hạ Long, Quảng Ninh", "193"), ("Hạ Long - Quảng Ninh", "193"),
        ("Hoành Bồ", "193"), ("Huyện Hoành Bồ", "193"), ("TX Đông Triều", "205"), ("TX. Đông Triều", "205"),
        ("Thị xã Đông Triều", "205"), ("dong trieu", "205"), ("Đông  Triều", "205"), ("TX Quảng Yên", "206"),
        ("Yên Hưng", "206"), ("H. Cô Tô", "207"), ("huyện đảo Cô Tô", "207"), ("Huyện đảo Vân Đồn", "203"), ("Huyện Ba Chẽ", "202"),
        ("H.Ba Chẽ", "202"), ("ba che", "202"), ("Vân Đồn", "203"), ("VÂN ĐỒN", "203"), ("Tiên Yên", "199"),
        ("Đầm Hà", "200"), ("Hải Hà", "201"), ("Bình Liêu", "198"), ("Móng Cái", "194"), ("Cẩm Phả", "195"),
        ("Uông Bí", "196"), ("Huyện Hải Hà", "201"), ("H. Hải Hà", "201"), ("hai ha", "201"),
        ("HUYỆN ĐẦM HÀ", "200"), ("Huyện Tiên Yên, tỉnh Quảng Ninh", "199"), ("tien yen", "199"),
        ("TP Móng Cái", "194"), ("tp.móng cái", "194"), ("Thành phố Móng Cái", "194"), ("mong cai", "194"),
        ("TP. Cẩm Phả", "195"), ("cam pha", "195"), ("T.P Cẩm Phả", "195"), ("Tp Uông Bí", "196"),
        ("uong bi", "196"), ("Thành phố Uông Bí - Quảng Ninh", "196"), ("Bình Liêu ", "198"),
        ("huyện Bình Liêu", "198"), ("binh lieu", "198"), ("Huyện Vân Đồn", "203"), ("van don", "203"),
        ("thị xã quảng yên", "206"), ("quang yen", "206"), ("TX.Quảng Yên", "206"), ("T.X Đông Triều", "205"),
        ("Cô Tô", "207"), ("CÔ TÔ", "207"), ("co to", "207"), ("\u00a0Hạ\u00a0Long\u200b", "193"),
        ("Hà Nội", None), ("Hải Phòng", None), ("Quảng Ninh", None), ("-", None), ("Ninh Giang", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_unit_is_found_by_name_and_alias(text: str | None, code: str | None) -> None:
    assert places().match_unit(text).value == code


@pytest.mark.parametrize(
    ("text", "before", "since"),
    [
        ("Hạ Long", "193", "06688"), ("Cô Tô", "207", "07192"), ("van don", "203", "06994"),
        ("Hoành Bồ", "193", "07030"), ("Đầm Hà, tỉnh Quảng Ninh", "200", "06895"),
        ("Thành phố Hạ Long", "193", "193"), ("H. Cô Tô", "207", "207"), ("huyện đảo Cô Tô", "207", "207"),
        ("Phường Hạ Long", "06688", "06688"), ("P.Hạ Long", "06688", "06688"), ("Đặc khu Cô Tô", "07192", "07192"),
        ("PHƯỜNG MÓNG CÁI 1", "06712", "06712"), ("Mong Cai 3", "06736", "06736"), ("Móng Cái", "194", "194"),
        ("Xã Hạ Long", None, None), ("Hải Hòa", "06799", "06799"), ("Hải Hà", "201", "201"),
    ],
)  # fmt: skip
def test_units_that_share_a_name_are_told_apart_by_the_date(
    text: str, before: str | None, since: str | None
) -> None:
    assert places().match_unit(text, date(2018, 6, 30)).value == before
    assert places().match_unit(text, date(2025, 6, 30)).value == before
    assert places().match_unit(text, date(2025, 7, 1)).value == since


def test_the_lists_of_july_2025_are_whole() -> None:
    known = places()
    units = [row for row in known.units if row["level"] == "commune"]
    assert Counter(row["kind"] for row in units) == {"Phường": 30, "Xã": 22, "Đặc khu": 2}
    districts = {row["code"] for row in known.units if row["level"] == "district"}
    assert {row["parent"] for row in units} == districts
    assert known.exists("193", date(2025, 6, 30))
    assert not known.exists("193", date(2025, 7, 1))
    assert not known.exists("06688", date(2025, 6, 30))


@pytest.mark.parametrize(
    ("unit", "commune", "seat"),
    [
        ("193", "Phường Hồng Gai", "193>06685"),
        ("193", "P. Yết Kiêu", "193"),  # merged before the list of 2025: nothing is proved
        ("193", "Phường Hà Khẩu", "193>06661*"),
        ("193", "Phường Hà Khẩu, nay là phường Tuần Châu", "193>06706"),
        ("193", "Xã Đồng Lâm (phường Hoành Bồ)", "193>07030"),
        ("193", "Thôn 2, xã Quảng La", "193>07054"),
        ("194", "Hải Hòa", "194>06712"),
        ("195", "Hải Hòa", "195>06799*"),
        ("200", "Đầm Hà", "200>06895"),
        ("193", None, "193"),
        ("06688", "Tổ 3", "06688"),
        (None, "Hải Hòa", None),
    ],
)
def test_a_commune_proves_what_became_of_it(
    unit: str | None, commune: str | None, seat: str | None
) -> None:
    assert places().seats.seat(unit, commune) == seat


@pytest.mark.parametrize(
    ("seat", "then", "now"),
    [
        ("193>06685", "193", "06685"), ("193>06661*", "193", "06661"), ("193", "193", None),
        ("207", "207", "07192"), ("203", "203", "06994"), ("06688", "193", "06688"),
        ("06979", None, "06979"), ("202>06979", "202", "06979"), (None, None, None),
    ],
)  # fmt: skip
def test_a_seat_is_of_one_unit_then_and_of_another_now(
    seat: str | None, then: str | None, now: str | None
) -> None:
    seats = places().seats
    assert seats.on(seat, date(2025, 6, 30)).unit == then
    assert seats.on(seat, date(2025, 7, 1)).unit == now
    assert seats.on(seat, date(2026, 11, 27)).unit == now


def test_what_is_proved_of_a_producer_goes_before_what_is_assumed() -> None:
    joined = places().seats.joined
    assert joined(["193>06661*", "06706"]) == "193>06706"
    assert joined(["193", "193>06685", "202>06979"]) == "193>06685"
    assert joined(["06979", "202"]) == "202>06979"
    assert joined([None, None]) is None


@pytest.mark.parametrize(
    ("commune", "opened_on", "code", "rule"),
    [
        ("Phường Hồng Gai", None, "06685", None),
        ("Hải Hòa", date(2026, 1, 1), "06799", None),
        ("Hải Hòa", date(2021, 1, 1), None, "ambiguous_place"),  # a ward of Móng Cái was called so
        ("Phường Cẩm Bình", None, "195", None),
        ("Bắc Sơn", None, None, "ambiguous_place"),
        ("Tổ 3", None, None, None),
    ],
)
def test_an_address_without_a_district_is_of_the_time_of_its_record(
    commune: str, opened_on: date | None, code: str | None, rule: str | None
) -> None:
    found = places().match_commune(commune, opened_on, date(2026, 11, 27))
    assert (found.value, found.rule) == (code, rule)
    assert places().match_commune(commune, opened_on, date(2025, 6, 30)).value is None


def test_a_commune_of_the_former_district_says_that_the_address_is_old() -> None:
    assert places().settled("06688", "Phường Hồng Gai") == "193"
    assert places().settled("06688", "Hạ Long") == "06688"
    assert places().settled("06688", "Tổ 3") == "06688"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hà Nội", "01"), ("TP Hà Nội", "01"), ("TP. Hà Nội", "01"), ("HN", "01"), ("ha noi", "01"),
        ("Tỉnh Hòa Bình", "17"), ("Hoà Bình", "17"), ("hòa bình", "17"), ("Thanh Hoá", "38"),
        ("TP.HCM", "79"), ("TP HCM", "79"), ("Sài Gòn", "79"), ("Thành phố Hồ Chí Minh", "79"),
        ("Bà Rịa-Vũng Tàu", "77"), ("BR-VT", "77"), ("Thừa Thiên - Huế", "46"), ("Huế", "46"),
        ("Đắc Lắc", "66"), ("Dak Lak", "66"), ("Quảng Ninh", "22"), ("Tỉnh Quảng Ninh", "22"),
        ("quang ninh", "22"), ("QUẢNG NINH", "22"), ("T. Quảng Ninh", None), ("Hải Phòng", "31"),
        ("TP Hải Phòng", "31"), ("hai phong", "31"), ("Hải Dương", "30"), ("Hưng Yên", "33"),
        ("Nam Định", "36"), ("Thái Bình", "34"), ("thai binh", "34"), ("Thái Nguyên", "19"),
        ("Tỉnh Lạng Sơn", "20"), ("lang son", "20"), ("Bắc Giang", "24"), ("Bắc Ninh", "27"),
        ("bac ninh", "27"), ("Bắc Kạn", "06"), ("Cao Bằng", "04"), ("Lào Cai", "10"), ("Yên Bái", "15"),
        ("Sơn La", "14"), ("Điện Biên", "11"), ("Phú Thọ", "25"), ("Vĩnh Phúc", "26"), ("Hà Nam", "35"),
        ("Ninh Bình", "37"), ("Nghệ An", "40"), ("nghe an", "40"), ("Hà Tĩnh", "42"), ("Quảng Trị", "45"),
        ("TP Đà Nẵng", "48"), ("da nang", "48"), ("Quảng Nam", "49"), ("Bình Định", "52"),
        ("Khánh Hoà", "56"), ("Lâm Đồng", "68"), ("lam dong", "68"), ("Đồng Nai", "75"),
        ("Bình Dương", "74"), ("Long An", "80"), ("TP Cần Thơ", "92"), ("can tho", "92"), ("Cà Mau", "96"),
        ("Đăk Nông", "67"), ("Kon Tum", "62"), ("Gia Lai", "64"),
        ("Bình Trị Thiên", None), ("Việt Nam", None),
    ],
)  # fmt: skip
def test_a_province_is_found_by_name_and_alias(text: str, code: str | None) -> None:
    assert places().match_province(text).value == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Việt Nam", "VN"), ("VN", "VN"), ("vn", "VN"), ("Nhật Bản", "JP"), ("JP", "JP"), ("Nga", "RU"),
        ("Hàn Quốc", "KR"), ("Hoa Kỳ", "US"), ("Lào", "LA"), ("Đức", "DE"), ("Atlantis", None),
    ],
)  # fmt: skip
def test_a_country_is_found_by_name_and_code(text: str, code: str | None) -> None:
    assert places().match_country(text).value == code


def test_every_listed_name_is_found_as_itself() -> None:
    known = places()
    for row in known.units:
        first_day = date.fromisoformat(row["valid_from"])
        assert known.match_unit(row["name"], first_day).value == row["code"]
        assert known.match_unit(row["name"].upper(), first_day).value == row["code"]
    for rows, match in (
        (known.provinces, known.match_province),
        (known.countries, known.match_country),
    ):
        for row in rows:
            assert match(row["name"]).value == row["code"]
            assert match(row["name"].upper()).value == row["code"]


def test_a_formula_without_value_names_no_place() -> None:
    assert places().match_unit(values.FORMULA_WITHOUT_VALUE).rule == "formula_without_value"


def test_communes_are_compared_without_their_prefix() -> None:
    assert (
        fold_commune("Phường Hồng Gai") == fold_commune("P. Hồng Gai") == fold_commune("HỒNG GAI")
    )
    assert fold_commune("Xã Tân Bình") == fold_commune("tân bình")
    assert fold_commune("Phường Phương Nam") == fold_commune("Phương Nam") == "phuong nam"
    assert fold_commune("Phuong Nam") == "phuong nam"
    assert fold_commune("Phuong Hong Gai") == fold_commune("P.Hồng Gai") == "hong gai"
    assert fold_commune("TT. Ba Chẽ") == fold_commune("Thị trấn Ba Chẽ") == "ba che"


def test_vietnamese_names_are_sorted_by_the_vietnamese_alphabet() -> None:
    names = ["Úc", "Đức", "Cuba", "Ấn Độ", "Anh", "Ba Lan", "Áo"]
    assert sorted(names, key=sort_key) == ["Anh", "Áo", "Ấn Độ", "Ba Lan", "Cuba", "Đức", "Úc"]


def test_every_former_province_has_one_successor_and_no_code_means_two_things() -> None:
    known = places()
    rows = known.province_rows()
    assert len({row["province_code"] for row in rows}) == len(rows) == 63 + 34
    since = {row["province_code"]: row for row in rows if row["valid_to"] is None}
    successors = known.province_successor_rows()
    assert {row["province_code"] for row in successors} == {row["code"] for row in known.provinces}
    assert {row["successor_code"] for row in successors} == set(since)
    assert since["2025-24"]["name"] == "Bắc Ninh"
    assert next(row["name"] for row in rows if row["province_code"] == "24") == "Bắc Giang"
