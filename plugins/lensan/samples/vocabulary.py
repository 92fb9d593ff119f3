"""Words that a believable Quảng Ninh is made of: real places and goods, names of nobody in particular.

Communes are those of 2021 (177 in 13 units). A town and a commune of one name (Đầm Hà) stand once,
because communes are compared without their prefix. Goods and harvests follow public reports of the
province; quantities, prices and certificates are invented.
"""

from __future__ import annotations

from typing import NamedTuple

PROVINCE = "22"

COMMUNES: dict[str, list[str]] = {
    unit: [commune.strip() for commune in text.split(",")]
    for unit, text in {
        "193": (
            "Hà Khánh, Hà Phong, Hà Khẩu, Cao Xanh, Giếng Đáy, Hà Tu, Hà Trung, Hà Lầm, Bãi Cháy,"
            "Cao Thắng, Hùng Thắng, Yết Kiêu, Trần Hưng Đạo, Hồng Hải, Hồng Gai, Bạch Đằng, Hồng Hà,"
            "Tuần Châu, Việt Hưng, Đại Yên, Hoành Bồ, Kỳ Thượng, Đồng Sơn, Tân Dân, Đồng Lâm,"
            "Hòa Bình, Vũ Oai, Dân Chủ, Quảng La, Bằng Cả, Thống Nhất, Sơn Dương, Lê Lợi"
        ),
        "194": (
            "Ka Long, Trần Phú, Ninh Dương, Hòa Lạc, Trà Cổ, Hải Yên, Hải Hòa, Bình Ngọc, Hải Sơn,"
            "Bắc Sơn, Hải Đông, Hải Tiến, Quảng Nghĩa, Hải Xuân, Vạn Ninh, Vĩnh Trung, Vĩnh Thực"
        ),
        "195": (
            "Mông Dương, Cửa Ông, Cẩm Sơn, Cẩm Đông, Cẩm Phú, Cẩm Tây, Quang Hanh, Cẩm Thịnh,"
            "Cẩm Thủy, Cẩm Thạch, Cẩm Thành, Cẩm Trung, Cẩm Bình, Cộng Hòa, Cẩm Hải, Dương Huy"
        ),
        "196": (
            "Vàng Danh, Thanh Sơn, Bắc Sơn, Quang Trung, Trưng Vương, Nam Khê, Yên Thanh,"
            "Phương Đông, Phương Nam, Thượng Yên Công"
        ),
        "198": "Bình Liêu, Hoành Mô, Đồng Tâm, Đồng Văn, Vô Ngại, Lục Hồn, Húc Động",
        "199": (
            "Tiên Yên, Hà Lâu, Đại Dực, Phong Dụ, Điền Xá, Đông Ngũ, Yên Than, Đông Hải, Hải Lạng,"
            "Tiên Lãng, Đồng Rui"
        ),
        "200": "Đầm Hà, Quảng Lâm, Quảng An, Tân Bình, Dực Yên, Quảng Tân, Tân Lập, Đại Bình",
        "201": (
            "Quảng Hà, Quảng Đức, Quảng Sơn, Quảng Thành, Quảng Thịnh, Quảng Minh, Quảng Chính,"
            "Quảng Long, Đường Hoa, Quảng Phong, Cái Chiên"
        ),
        "202": (
            "Ba Chẽ, Thanh Sơn, Thanh Lâm, Đạp Thanh, Nam Sơn, Lương Mông, Đồn Đạc, Minh Cầm"
        ),
        "203": (
            "Cái Rồng, Đài Xuyên, Bình Dân, Vạn Yên, Minh Châu, Đoàn Kết, Hạ Long, Đông Xá, Bản Sen,"
            "Thắng Lợi, Quan Lạn, Ngọc Vừng"
        ),
        "205": (
            "Mạo Khê, Đông Triều, An Sinh, Tràng Lương, Bình Khê, Việt Dân, Tân Việt, Bình Dương,"
            "Đức Chính, Tràng An, Nguyễn Huệ, Thủy An, Xuân Sơn, Hồng Thái Tây, Hồng Thái Đông,"
            "Hoàng Quế, Yên Thọ, Yên Đức, Kim Sơn, Hưng Đạo, Hồng Phong"
        ),
        "206": (
            "Quảng Yên, Đông Mai, Minh Thành, Sông Khoai, Hiệp Hòa, Cộng Hòa, Tiền An, Hoàng Tân,"
            "Tân An, Yên Giang, Nam Hòa, Hà An, Cẩm La, Phong Hải, Yên Hải, Liên Hòa, Phong Cốc,"
            "Liên Vị, Tiền Phong"
        ),
        "207": "Cô Tô, Đồng Tiến, Thanh Lân",
    }.items()
}  # fmt: skip

UNIT_FOLDERS = {
    "193": "ha-long", "194": "mong-cai", "195": "cam-pha", "196": "uong-bi", "198": "binh-lieu",
    "199": "tien-yen", "200": "dam-ha", "201": "hai-ha", "202": "ba-che", "203": "van-don",
    "205": "dong-trieu", "206": "quang-yen", "207": "co-to",
}  # fmt: skip


class KeyProduct(NamedTuple):
    """A key product of a unit; ``certificate`` None: none; ``months``: when it is harvested."""

    name: str
    certificate: str | None
    months: tuple[int, ...]


_ALL_YEAR = tuple(range(1, 13))
_AUTUMN = (8, 9, 10, 11, 12)

KEY_PRODUCTS: dict[str, list[KeyProduct]] = {
    "193": [
        KeyProduct("Chả mực Hạ Long", "OCOP 5 sao", _ALL_YEAR),
        KeyProduct("Hàu sữa", "OCOP 4 sao", _ALL_YEAR),
        KeyProduct("Ổi Sơn Dương", "VietGAP", (8, 9, 10, 11)),
        KeyProduct("Hoa hồng Đại Yên", None, _ALL_YEAR),
    ],
    "194": [
        KeyProduct("Lợn Móng Cái", "OCOP 4 sao", _ALL_YEAR),
        KeyProduct("Tôm thẻ chân trắng", "VietGAP", (4, 5, 6, 7, 10, 11)),
        KeyProduct("Khoai lang Móng Cái", None, (1, 2, 3, 12)),
        KeyProduct("Ghẹ Trà Cổ", "OCOP 3 sao", _AUTUMN),
    ],
    "195": [
        KeyProduct("Gà đồi Dương Huy", "VietGAP", _ALL_YEAR),
        KeyProduct("Nấm linh chi", "OCOP 3 sao", _ALL_YEAR),
        KeyProduct("Cam Quang Hanh", None, (11, 12, 1)),
    ],
    "196": [
        KeyProduct("Vải chín sớm Phương Nam", "VietGAP", (5, 6)),
        KeyProduct("Thanh long ruột đỏ", "VietGAP", (6, 7, 8, 9, 10, 11)),
        KeyProduct("Mai vàng Yên Tử", None, (1, 2, 12)),
    ],
    "198": [
        KeyProduct("Miến dong Bình Liêu", "OCOP 5 sao", (11, 12, 1)),
        KeyProduct("Dầu sở", "OCOP 3 sao", (10, 11, 12)),
        KeyProduct("Hồi", None, (7, 8, 9, 10)),
    ],
    "199": [
        KeyProduct("Gà Tiên Yên", "VietGAP", _ALL_YEAR),
        KeyProduct("Khâu nhục", "OCOP 3 sao", _ALL_YEAR),
        KeyProduct("Bánh gật gù", None, _ALL_YEAR),
    ],
    "200": [
        KeyProduct("Gà bản Đầm Hà", "OCOP 4 sao", _ALL_YEAR),
        KeyProduct("Củ cải Đầm Hà", "OCOP 3 sao", (11, 12, 1, 2)),
        KeyProduct("Sá sùng khô", None, (5, 6, 7)),
    ],
    "201": [
        KeyProduct("Chè Hải Hà", "VietGAP", (3, 4, 5, 6, 7, 8, 9, 10)),
        KeyProduct("Khoai lang Hải Hà", None, (9, 10, 1, 2)),
        KeyProduct("Mật ong Đường Hoa", "OCOP 3 sao", (11, 12, 1)),
    ],
    "202": [
        KeyProduct("Trà hoa vàng", "OCOP 5 sao", (11, 12, 1, 2)),
        KeyProduct("Ba kích tím", "OCOP 4 sao", (10, 11, 12)),
        KeyProduct("Măng mai", None, (9, 10)),
    ],
    "203": [
        KeyProduct("Cam Vạn Yên", "VietGAP", (11, 12, 1)),
        KeyProduct("Hàu Thái Bình Dương", "OCOP 3 sao", _ALL_YEAR),
        KeyProduct("Nước mắm Cái Rồng", "OCOP 5 sao", _ALL_YEAR),
        KeyProduct("Sá sùng", None, (4, 5, 6, 7, 8, 9)),
    ],
    "205": [
        KeyProduct("Na dai Đông Triều", "VietGAP", (7, 8, 10, 11)),
        KeyProduct("Nếp cái hoa vàng", "OCOP 4 sao", (10, 11)),
        KeyProduct("Cam Canh", "VietGAP", (11, 12, 1)),
        KeyProduct("Rươi", None, (10, 11)),
    ],
    "206": [
        KeyProduct("Hàu Hoàng Tân", "OCOP 3 sao", _ALL_YEAR),
        KeyProduct("Rau an toàn Tiền An", "VietGAP", _ALL_YEAR),
        KeyProduct("Thủy sản Tân An", None, _ALL_YEAR),
    ],
    "207": [
        KeyProduct("Mực một nắng Cô Tô", "OCOP 4 sao", (4, 5, 6, 7, 8, 9)),
        KeyProduct("Cầu gai", None, (3, 4, 5, 6, 7)),
    ],
}

FARM_GOODS = [
    "Gạo tẻ", "Mật ong", "Trứng gà", "Rau củ quả", "Hoa quả tươi", "Thủy sản tươi", "Dược liệu",
    "Thịt lợn bản", "Gà thả vườn", "Lạc nhân", "Đậu tương", "Tu hài", "Bánh kẹo quê", "Giò chả",
    "Ruốc hàu", "Rượu mơ",
]  # fmt: skip

INPUT_GOODS = [
    "Phân bón", "Thức ăn chăn nuôi", "Giống cây trồng", "Thuốc bảo vệ thực vật", "Thuốc thú y",
    "Chế phẩm sinh học", "Giống thủy sản", "Vật tư nông nghiệp", "Màng phủ", "Thức ăn thủy sản",
]  # fmt: skip

OTHER_GOODS = ["Đồ gốm mỹ nghệ", "Ngọc trai trang sức", "Mây tre đan"]

GRADES = ["loại 1", "đặc biệt", "sạch", "nhà làm", "thượng hạng", "hữu cơ", "túi nhỏ", "hộp quà"]

SALES_UNITS = ["kg", "hộp", "túi", "gói", "chai"]

SURNAMES = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý",
    "Đinh", "Tằng", "Chíu", "Nình", "Phùn", "Voòng", "La", "Tô", "Hà", "Mạc", "Lương", "Lỷ",
    "Trương", "Đoàn", "Từ", "Châu", "Khúc", "Vi",
]  # fmt: skip

MIDDLE_NAMES = [
    "Văn", "Thị", "Đức", "Hữu", "Minh", "Quang", "Thu", "Kim", "Bích", "Ngọc", "Xuân", "Thanh",
    "Hồng", "Công", "Duy", "Sinh", "Phúc", "Mạnh", "Bảo", "Gia",
]  # fmt: skip

GIVEN_NAMES = [
    "An", "Bình", "Cường", "Dũng", "Duyên", "Đạt", "Giang", "Hà", "Hạnh", "Hiền", "Hoa", "Hùng",
    "Hưng", "Hương", "Khôi", "Kiên", "Lan", "Liên", "Loan", "Lộc", "Ly", "Mai", "Nga", "Ngân",
    "Nghĩa", "Nhàn", "Oanh", "Phong", "Phượng", "Quang", "Quý", "Quyết", "Sáng", "Sơn", "Tâm",
    "Tân", "Thảo", "Thắng", "Thủy", "Tiến", "Toàn", "Trang", "Tuấn", "Út", "Vinh", "Vĩnh", "Xoan",
    "Yến", "Thúy", "Hòa",
]  # fmt: skip

COOPERATIVE_TRADES = ["Nông nghiệp", "Chăn nuôi", "Thủy sản", "Dược liệu", "Dịch vụ nông nghiệp"]

LUCKY_WORDS = [
    "An", "Phú", "Lợi", "Hải", "Minh", "Tân", "Thành", "Yên", "Long", "Khánh", "Đông", "Hưng",
    "Phát", "Thịnh", "Bảo", "Nghĩa", "Việt", "Hòa", "Vĩnh", "Đại",
]  # fmt: skip

MARKETS = ["Chợ Hạ Long 1", "Chợ Ba Lan", "Chợ Móng Cái", "Chợ trung tâm Cẩm Phả"]

FOREIGN = ["CN", "JP", "KR", "LA", "TH", "US", "DE", "FR", "AU", "SG", "MY", "NL", "GB", "CA", "RU"]

INFORMATION_TITLES = {
    "CHINH_SACH": ["Miễn phí gian hàng", "Hỗ trợ phí vận chuyển", "Khuyến mại nông sản mùa vụ"],
    "SAN_XUAT": [
        "Lịch bón phân",
        "Phòng trừ sâu bệnh",
        "Chọn giống vụ đông",
        "Giá thức ăn chăn nuôi",
    ],
    "MUA_VU": ["Thời điểm thu hoạch", "Sản lượng dự kiến", "Khung giá thu mua"],
}
