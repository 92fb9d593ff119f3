"""Every route of the board, and a file whose contents a browser must not run."""

from __future__ import annotations

import re

from office import WEEKS

from lensan.board import api, app

NASTY = "gian-hang_20211105 <img src=x onerror=alert(1)>.csv"
STALLS = (
    "Mã gian hàng,Tên gian hàng,Chủ gian hàng,Loại hình,Số giấy tờ,Số điện thoại,Xã/Phường,"
    "Huyện/Thị xã/Thành phố,Tỉnh/Thành phố,Ngày mở gian hàng\n"
    # Two people with one phone, and a row whose kind is none: what a spreadsheet would run.
    "GHX1,Gian hàng,Nguyễn Văn Ấn Danh,Hộ SXNN,,0912345670,Hồng Gai,Hạ Long,Quảng Ninh,05/11/2021\n"
    "GHX2,Gian hàng,Trần Thị Bích Vân,Hộ SXNN,,0912345670,Hồng Gai,Hạ Long,Quảng Ninh,05/11/2021\n"
    "GHX3,Gian hàng,Phạm Quốc Khánh,=<b>1</b>,,0912345671,Hồng Gai,Hạ Long,Quảng Ninh,05/11/2021\n"
)
ROUTES = [
    (method, route.path)
    for router in app.ROUTERS
    if router is not api.router
    for route in router.routes
    for method in sorted(route.methods - {"HEAD"})  # type: ignore[attr-defined]
]
FILLED = {
    "number": "2021-1", "kind": "week", "name": WEEKS[2].name, "revision": "0", "file_name": "figures.json",
    "file_id": "1", "scan_id": "1", "pair_id": "1", "alert_id": "1",
    "difficulty_id": "1", "decision": "same", "path": "index.html",
    "mail_key": "week.2021-11-04.0.abc", "what": "resend", "unit_code": "193",
}  # fmt: skip


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda match: FILLED[match[1]], path)


FOR_ALL_READERS = {
    "/style.css", "/", "/period/{kind}/{name}", "/pace/{kind}/{name}", "/quarantine", "/quarantine/{file_id}",
    "/checks", "/duties", "/difficulties", "/gluts", "/worklist", "/unit-page/{kind}/{name}/{unit_code}",
    "/duplicates", "/reports", "/reports/{kind}/{name}/{revision}/{file_name}",
    "/data-docs/{path:path}",
}  # fmt: skip
