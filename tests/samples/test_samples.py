"""The generator of sample inputs: the same seed, the same bytes; mess that means the same."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lensan.domain import dates, identifiers, quantities, values
from lensan.samples import build, legacy, spelling, write
from lensan.samples.sheets import Lettered
from lensan.samples.spelling import Hand
from lensan.samples.world import EXPORT_HOUR, UNITS, World, minutes
from lensan.samples.writing import fill_first_only

SMALL = {"weeks": 3, "order_lines": 300}


def digests(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def world() -> World:
    return build(seed=3, order_lines=3000)


# ---------------------------------------------------------------- determinism


@pytest.mark.parametrize("mess", [True, False])
def test_the_same_seed_writes_the_same_bytes_and_bad_rows(tmp_path: Path, mess: bool) -> None:
    first = write(tmp_path / "a", seed=5, mess=mess, **SMALL)
    second = write(tmp_path / "b", seed=5, mess=mess, **SMALL)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert first.bad_rows_json() == second.bad_rows_json()
    assert len(first.files) == len(digests(tmp_path / "a"))


def test_an_item_of_information_said_again_is_another_channels() -> None:
    """However many weeks: an id is a channel's own, and the same one of one channel would be one item."""
    for weeks in range(1, 10):
        items = build(seed=1, weeks=weeks, order_lines=10).information
        assert items.item_id.duplicated().any()
        assert not items.duplicated(["channel", "item_id"]).any(), weeks


def test_neither_hash_seed_nor_time_zone_changes_a_byte(tmp_path: Path) -> None:
    for name, zone, hash_seed in (("a", "UTC", "1"), ("b", "Asia/Tokyo", "2")):
        subprocess.run(
            [sys.executable, "-m", "lensan.samples", tmp_path / name, "--weeks", "2",
             "--order-lines", "200"],
            check=True, capture_output=True,
            env={"TZ": zone, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "plugins"},
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_another_seed_is_another_world(world: World) -> None:
    other = build(seed=4, order_lines=3000)
    assert list(other.people.name) != list(world.people.name)
    assert len(other.orders) == len(world.orders) == 3000


def test_the_command_records_the_rows_for_quarantine(tmp_path: Path) -> None:
    truth = tmp_path / "bad-rows.json"
    subprocess.run(
        [sys.executable, "-m", "lensan.samples", tmp_path / "landing", "--weeks", "3",
         "--order-lines", "300", "--truth", truth],
        check=True, capture_output=True, env={"PYTHONPATH": "plugins"},
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    rows = json.loads(truth.read_text(encoding="utf-8"))
    assert rows
    for row in rows:
        assert list(row) == ["path", "sheet", "row", "field", "rule", "closed"]
        assert (tmp_path / "landing" / row["path"]).is_file()


def test_a_clean_landing_has_no_bad_rows(tmp_path: Path) -> None:
    assert write(tmp_path, seed=5, mess=False, **SMALL).bad_rows == []


def test_a_year_begins_on_a_thursday_only() -> None:
    with pytest.raises(ValueError, match="no Thursday"):
        build(seed=1, first_due=date(2021, 10, 22))


# ---------------------------------------------------------------- the world


def test_an_export_shows_nothing_later_than_its_moment(world: World) -> None:
    for platform in ("postmart", "voso"):
        at = minutes(world.due_dates[2]) + EXPORT_HOUR
        for frame in (world.stalls_at(platform, at), world.listings_at(platform, at)):
            moments = frame[[c for c in frame.columns if c.endswith("_at") and c != "changed_at"]]
            assert len(frame) > 10
            assert moments.max().max() <= pd.Timestamp(at)


def test_a_line_moves_from_pending_to_its_end(world: World) -> None:
    early = world.as_of(world.due_dates[1]).order_lines.set_index(["order_no", "line_no"])
    late = world.as_of().order_lines.set_index(["order_no", "line_no"]).loc[early.index]
    moved = early.status != late.status
    assert moved.any()
    assert set(early.status[moved]) <= {"pending", "shipping", "completed"}
    assert (late.status[early.status == "completed"].isin(["completed", "returned"])).all()
    assert early.completed_at[early.status == "completed"].notna().all()


def test_what_is_ordered_is_listed_already(world: World) -> None:
    truth = world.as_of()
    listed = truth.listings.set_index("listing_id").listed_at
    lines = truth.order_lines
    assert (listed.loc[lines.listing_id].to_numpy() <= lines.ordered_at.to_numpy()).all()


def test_every_producer_has_one_record_with_paper_number_and_phone(world: World) -> None:
    records = pd.concat(
        [
            frame[["person_id", "paper", "phone"]]
            for frame in (world.stalls, world.registry, world.wallets)
        ]
    )
    strong = records[records.paper.notna() & (records.phone != 0)]
    assert set(records.person_id) == set(strong.person_id)


def test_no_paper_number_is_shared(world: World) -> None:
    papers = pd.concat([f[["person_id", "paper"]] for f in (world.stalls, world.registry)])
    owners = papers.dropna().drop_duplicates().groupby("paper").person_id.nunique()
    assert owners.max() == 1


def test_a_name_alone_is_borne_by_nobody_else_of_the_commune(world: World) -> None:
    bare = world.stalls[world.stalls.paper.isna() & (world.stalls.phone == 0)]
    assert len(bare) > 0
    people = world.people.set_index("person_id")
    assert people.alone[bare.person_id].all()


def test_namesakes_and_shared_phones_are_there(world: World) -> None:
    people = world.people[world.people.role == "producer"]
    assert people.duplicated(["name", "unit", "commune"]).any()
    assert people.duplicated("phone").any()


def test_the_declared_cumulative_grows_by_what_is_declared(world: World) -> None:
    forms = world.submissions
    forms = forms[(forms.kind == "week") & ~forms.correction & (forms.code == "II.1")]
    for unit in UNITS:
        own = forms[forms.unit == unit].sort_values("end")
        whole = (own.end.diff() == pd.Timedelta(days=7)).to_numpy()
        grown = own.cumulative.diff().to_numpy()
        assert (grown[whole] == own.in_period.to_numpy()[whole]).all()


def test_one_unit_reports_late_one_corrects_and_one_reports_months(world: World) -> None:
    forms = world.submissions
    assert (forms.sent_on > forms.end).groupby(forms.unit).any()["206"]
    assert set(forms[forms.correction].unit) == {"193"}
    assert set(forms[forms.kind == "month"].unit) == {"194"}
    reports = forms[forms.kind == "week"].groupby("unit").end.nunique()
    assert reports.min() < len(world.due_dates) == reports.max()


def test_a_long_history_has_its_targets_bases_every_year() -> None:
    world = build(seed=2, weeks=70, order_lines=500)
    assert world.due_dates[-1] == date(2021, 10, 21) + timedelta(weeks=69)
    for frame in (world.base_totals, world.key_products):
        assert {2021, 2022, 2023} <= set(frame.year)
    assert {2021, 2022, 2023} <= set(world.seasons.month.dt.year)


def test_size_scales_with_the_order_lines() -> None:
    world = build(seed=1, order_lines=40_000)
    assert len(world.orders) == 40_000
    assert len(world.stalls) > 1_000
    weight = world.as_of().order_lines.weight_kg
    assert (weight > 0).all()


# ---------------------------------------------------------------- files


def test_no_row_of_a_csv_is_lost_in_its_encoding(tmp_path: Path) -> None:
    """Windows-1258, UTF-16 and UTF-8 hold the same sellers, whatever the header's spelling."""
    write(tmp_path, seed=11, weeks=8, order_lines=600, faults=False)
    names, encodings = set(), set()
    for path in (tmp_path / "postmart").rglob("gian-hang*.csv"):
        data = path.read_bytes()
        encoding = "utf-16" if data[:2] == b"\xff\xfe" else "utf-8-sig"
        try:
            text = data.decode(encoding)
        except UnicodeError:
            encoding = "cp1258"
            text = data.decode(encoding)
        encodings.add(encoding)
        delimiter = ";" if text.splitlines()[0].count(";") else ","
        rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
        header = [values.fold(cell) for cell in rows[0]]
        assert set(header) >= {"ma gian hang", "chu gian hang", "ngay mo gian hang"}
        names |= {row[header.index("ma gian hang")].strip() for row in rows[1:] if row}
    world = build(seed=11, weeks=8, order_lines=600)
    assert names == set(world.stalls.seller_id[world.stalls.platform == "postmart"])
    assert len(encodings) > 1


def test_left_out_cells_are_those_that_the_row_above_fills_in() -> None:
    draw = np.random.default_rng(1)
    rows, above = [], None
    for line in range(400):
        order = f"VO{line // 3}"
        done = None if draw.random() < 0.4 else line % 2
        row = [
            order,
            line,
            line // 3,
            done,
            "VS1",
            "S",
            1,
            1,
            1,
            "P",
            None,
            "9",
            "DONE" if done else "NEW",
        ]
        rows.append((row, fill_first_only(row, above, draw)))
        above = row
    filled: list[object] = []
    for row, written in rows:
        if written[0] is None:
            written = [
                filled[i] if cell is None and i in (0, 2, 3, 9, 10, 11, 12) else cell
                for i, cell in enumerate(written)
            ]
        assert written == row
        filled = written
    assert sum(written[0] is None for _, written in rows) > 50


# ---------------------------------------------------------------- spelling


@pytest.mark.parametrize("medium", ["csv", "json", "sheet"])
def test_every_way_to_write_a_value_is_read_back(medium: str) -> None:
    numbers = [3.0, 12.5, 180.0, 1234.5, 12480000.0, 0.25, 2025.0]
    day, moment = np.datetime64("2021-11-04"), np.datetime64("2021-11-04T23:59")
    spellings = set()
    for seed in range(60):
        draw = np.random.default_rng(seed)
        hand = Hand(draw, messy=True, medium=medium, words="postmart")
        column = hand.column("weight", numbers)
        proved = quantities.DecimalMarks(column).decimal_marks()
        for number, cell in zip(numbers, column, strict=True):
            read = quantities.parse_number(cell, decimal_marks=proved).value
            assert read == Decimal(str(number)), (cell, number)
        assert dates.parse_date(hand.spell("date", day)).value == date(2021, 11, 4)
        read_moment = dates.parse_moment(hand.spell("moment", moment)).value
        assert f"{read_moment:%Y-%m-%d %H:%M %z}" == "2021-11-04 23:59 +0700"
        assert identifiers.parse_phone(hand.spell("phone", 912345678)).value == "0912345678"
        paper = identifiers.parse_paper_number(hand.spell("paper", "022123456789")).value
        assert paper.number == "022123456789"
        spellings |= {str(cell) for cell in column}
    assert len(spellings) > len(numbers) + 3


def test_nothing_is_written_as_nothing() -> None:
    hand = Hand(np.random.default_rng(1), messy=True, medium="csv", words="postmart")
    for kind, value in (("paper", None), ("phone", 0), ("number", float("nan")), ("date", pd.NaT)):
        assert hand.spell(kind, value) is None


def test_tone_marks_move_between_the_two_schools() -> None:
    assert spelling.move_tones("Hòa Bình, Thủy, hủy, khỏe, quý, hoàn, toán") == (
        "Hoà Bình, Thuỷ, huỷ, khoẻ, quý, hoàn, toán"
    )


def test_tcvn3_is_what_old_machines_wrote() -> None:
    assert legacy.to_tcvn3("hộ sản xuất nông nghiệp; Đông Triều") == (
        "hé s¶n xuÊt n«ng nghiÖp; §«ng TriÒu", ".VnTime",
    )  # fmt: skip
    assert legacy.to_tcvn3("ư") == ("\xad", ".VnTime")
    assert legacy.to_tcvn3("ĐÔNG TRIỀU") == ("®«ng triÒu", ".VnTimeH")
    assert legacy.to_tcvn3("Ổi") is None


def test_vni_is_what_old_machines_wrote() -> None:
    assert legacy.to_vni("hộ sản xuất nông nghiệp; ĐÔNG TRIỀU") == (
        "hoä saûn xuaát noâng nghieäp; ÑOÂNG TRIEÀU", "VNI-Times",
    )  # fmt: skip


def test_windows_1258_puts_the_tone_behind_its_letter() -> None:
    text = "Nguyễn Thị Hường, xã Đại Yên, TP Hạ Long: 1.234,5 kg"
    composed = legacy.to_windows_1258(text).decode("cp1258")
    assert composed != text
    assert unicodedata.normalize("NFC", composed) == text


def test_legacy_letters_stand_in_sheets_only() -> None:
    found = set()
    for seed in range(40):
        for medium in ("csv", "json", "sheet"):
            hand = Hand(np.random.default_rng(seed), messy=True, medium=medium, words="lists")
            cells = [hand.spell("text", "Số hộ được đào tạo") for _ in range(5)]
            if any(isinstance(cell, Lettered) for cell in cells):
                found.add(medium)
    assert found == {"sheet"}
