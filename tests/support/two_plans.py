"""A province with two plans: Quảng Ninh's own until a day in November 2021, and an invented one that begins before."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from lensan.domain import installation

KEY = "kh2"
NUMBER = "250/KH-UBND (ví dụ)"
START = date(2021, 11, 18)
"""A due day of the first plan's: the second one's first week is the one that is due a week later."""
LAST_DAY = date(2021, 11, 28)
"""Of the first plan: in the week due on 2021-12-02."""
SILENT = "207"
"""Hands in no form of the second plan in its second week."""
OF = {
    "K1.1": "II.3",
    "K1.2": "II.1",
    "K1.3": "I",
    "K2.1": "III.2",
    "K2.2": "III.1",
    "K2.3": "III.6",
    "K3.1": "IV.4",
    "K3.2": "II.2",
}
"""By code of the second plan, the library's."""

ABOUT = f"""# yaml-language-server: $schema=about_plan.json
start: {START}
plan:
  number: {NUMBER}
  date: 2021-11-15
  issuer: Ủy ban nhân dân tỉnh Quảng Ninh
  title: Kế hoạch (ví dụ) đưa nông sản lên sàn thương mại điện tử, giai đoạn 2
"""
PLAN = """K1.1: {of: II.3, label: Số hộ có gian hàng đang hoạt động (giai đoạn 2), base: null}
K1.2: {of: II.1, label: Số hộ được tập huấn bán hàng trực tuyến (giai đoạn 2), base: null}
K1.3: {of: I}
K2.1: {of: III.2}
K2.2: {of: III.1}
K2.3: {of: III.6, base: null}
K3.1: {of: IV.4}
K3.2: {of: II.2, label: Số hộ được tập huấn thanh toán số (giai đoạn 2)}
"""
TARGETS = """year,indicator,share,strict,legal_basis,unit,amount
2021,K1.1,,no,Kế hoạch (ví dụ),,700
2021,K1.1,,yes,Kế hoạch (ví dụ),193,60
2021,K1.2,,yes,Kế hoạch (ví dụ),,90
2021,K1.3,0.80,yes,Kế hoạch (ví dụ),,
2021,K2.1,0.20,no,Kế hoạch (ví dụ),,
2021,K2.1,0.30,no,Kế hoạch (ví dụ),203,
2021,K3.2,0.50,yes,Kế hoạch (ví dụ),,
"""
ROWS = """rows:
  - {section: A, heading: Gian hàng và tập huấn}
  - K1.1
  - K1.2
  - K1.3
  - {section: B, heading: Tiêu thụ}
  - K2.1
  - K2.2
  - K2.3
  - {section: C, heading: Người mua và thanh toán}
  - K3.1
  - K3.2
"""


def write(folder: Path) -> Path:
    """The province's folder; its second plan is ``plans/kh2`` of it."""
    shutil.copytree(installation.PROVINCES / "quang-ninh", folder)
    office = folder / "office.yml"
    began = "plan_start: 2021-10-18\n"
    text = office.read_text("utf-8")
    assert began in text
    office.write_text(text.replace(began, f"{began}plan_end: {LAST_DAY}\n"), "utf-8")
    own = folder / "plans" / KEY
    (own / "reports").mkdir(parents=True)
    (own / "about.yml").write_text(ABOUT, "utf-8")
    (own / "plan.yml").write_text(PLAN, "utf-8")
    (own / "targets.csv").write_text(TARGETS, "utf-8")
    for kind in ("week", "month"):
        form = (folder / "reports" / f"{kind}.yml").read_text("utf-8")
        head = form.partition("rows:")[0].replace("bao-cao-", "bao-cao-kh2-")
        (own / "reports" / f"{kind}.yml").write_text(head + ROWS, "utf-8")
    return folder
