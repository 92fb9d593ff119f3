"""A list of the registry with as many rows as a district may send."""

from __future__ import annotations

ROWS = 2000
REGISTRY = [
    "Họ tên/Tên cơ sở", "Loại hình", "Số giấy tờ", "Số điện thoại", "Xã/Phường", "Sản phẩm chính",
    "Chứng nhận",
]  # fmt: skip
FAMILIES = ("Nguyễn", "Trần", "Đặng", "Hoàng", "Chíu", "Lỷ", "Tằng")
GIVEN = ("An", "Bình", "Chiến", "Duyên", "Hạnh", "Khánh", "Lộc", "Phương", "Thắng", "Yến")


def registry(unit: int) -> list[list[str]]:
    return [
        REGISTRY,
        *(
            [
                f"{FAMILIES[n % 7]} Văn {GIVEN[n // 7 % 10]} {GIVEN[n // 70 % 10]}",
                "Hộ SXNN",
                f"022{unit:02}{n:07}",
                f"09{unit:02}{n:06}",
                f"Xã {n % 20}",
                "Na",
                "VietGAP" if n % 3 == 0 else "",
            ]
            for n in range(ROWS)
        ),
    ]
