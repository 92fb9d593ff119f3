"""A second opinion on every figure: the indicators computed in pandas, straight from the truth.

Written from docs/rules/indicators.md alone, without a look at the warehouse's SQL, for worlds made by
``lensan.samples`` (or frames of the same columns read from elsewhere). Clear rather than fast; two
readings that differ are worth a talk before either is changed.

Periods are half open in wall-clock time of Asia/Ho_Chi_Minh; a record counts by its own date.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from typing import Any, NamedTuple

import pandas as pd

HOME = "22"
PLAN_START = date(2021, 10, 18)
UNITS = ("193", "194", "195", "196", "198", "199", "200", "201", "202", "203", "205", "206", "207")
WEEKLY = (
    "I", "II.1", "II.2", "II.3", "II.4", "III.1", "III.2", "III.3", "III.4", "III.5", "III.6", "III.7",
)  # fmt: skip
MONTHLY = (*WEEKLY, "IV.1", "IV.2", "IV.3", "IV.4", "IV.5")
DECLARED_ONLY = ("II.1", "II.2")
COMPUTED_ONLY = ("IV.1", "IV.2", "IV.3", "IV.4", "IV.5")
PROVINCE_ONLY = ("IV.1", "IV.2", "IV.3", "IV.5")
NEEDS_PLATFORM_TO_COMPLETE = ("III.1", "III.2", "III.3", "III.4", "III.5")

# Share of the base to reach, by year (Appendix I of the plan). "Trên" plays no part in completion.
TARGETS = {
    2021: {
        "I": "1", "II.1": "0.7", "II.2": "0.6", "II.3": "0.5", "II.4": "0.5",
        "III.1": "0.5", "III.2": "0.1", "III.3": "0.5", "III.4": "0.5", "III.5": "0.5",
    },
    2022: {
        "I": "1", "II.1": "0.9", "II.2": "0.9", "II.3": "0.7", "II.4": "0.6",
        "III.1": "0.5", "III.2": "0.2", "III.3": "0.5", "III.4": "0.5", "III.5": "0.5",
    },
}  # fmt: skip


# Absolute numbers to reach, by year, code and unit (HOME: the province).
AMOUNTS: dict[int, dict[str, dict[str, str]]] = {}
# Shares of one unit alone, by year, code and unit.
SHARES: dict[int, dict[str, dict[str, str]]] = {}


class Period(NamedTuple):
    """[start, end) of a week or month."""

    kind: str
    start: date
    end: date

    @property
    def name(self) -> str:
        if self.kind == "span":
            return f"{self.start}_{self.end - timedelta(days=1)}"
        return str(self.end) if self.kind == "week" else f"{self.start:%Y-%m}"

    @property
    def year(self) -> int:
        return (self.end - timedelta(days=1)).year

    @property
    def previous(self) -> Period:
        if self.kind != "month":
            return Period(self.kind, self.start - (self.end - self.start), self.start)
        return Period("month", (self.start - timedelta(days=1)).replace(day=1), self.start)


def period_of(kind: str, name: str) -> Period:
    """``week`` and its due date, ``month`` and YYYY-MM, or ``span`` and its first and last day with _ between."""
    if kind == "span":
        first, last = (date.fromisoformat(day) for day in name.split("_"))
        return Period("span", first, last + timedelta(days=1))
    if kind == "week":
        due = date.fromisoformat(name)
        return Period("week", due - timedelta(days=7), due)
    start = date.fromisoformat(f"{name}-01")
    return Period("month", start, (start + timedelta(days=31)).replace(day=1))


class Value(NamedTuple):
    """What one channel says of one unit and period; None where the form stays blank."""

    in_period: Any = None
    in_period_2: Any = None
    cumulative: Any = None
    cumulative_2: Any = None


NOTHING = Value()


def figures(truth: Any, kind: str, name: str) -> dict[str, Any]:
    """The figures of one report in the shape of figures.json, notes left out."""
    world = _Known(truth)
    period = period_of(kind, name)
    rows = []
    for code in WEEKLY if kind == "week" else MONTHLY:
        now, channels = world.official(code, period)
        before, _ = world.official(code, period.previous)
        bases, completions, shares = world.completion(code, period, now, channels)
        for unit in (HOME, *UNITS):
            value, previous = now[unit], before[unit].in_period
            rows.append(
                {
                    "unit": unit,
                    "indicator": code,
                    "in_period": _shown(code, value.in_period),
                    "in_period_2": _shown("", value.in_period_2),
                    "previous": _shown(code, previous),
                    "growth_pct": _growth(value.in_period, previous),
                    "cumulative": _shown(code, value.cumulative),
                    "cumulative_2": _shown("", value.cumulative_2),
                    "base": _number(bases[unit]),
                    "target_share": shares[unit] if code not in PROVINCE_ONLY else None,
                    "completion_pct": completions[unit],
                    "channel": channels[unit],
                }
            )
    return {"kind": kind, "period": name, "revision": 0, "figures": rows}


def _shown(code: str, value: Any) -> Any:
    if value is None:
        return None
    if code == "III.2":
        return float(Decimal(value).quantize(Decimal("0.001"), ROUND_HALF_UP))
    return _number(value)


def _number(value: Any) -> Any:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def _one_decimal(value: Decimal) -> float:
    return float(value.quantize(Decimal("0.1"), ROUND_HALF_UP))


def _growth(now: Any, before: Any) -> float | None:
    if now is None or before is None or before == 0:
        return None
    now, before = Decimal(now), Decimal(before)
    return _one_decimal((now - before) / before * 100)


@cache
def normalised(text: Any) -> str | None:
    """NFC, blanks single, case folded; a word's tone counts as the word's, wherever it is put."""
    if text is None or text != text:
        return None
    text = unicodedata.normalize("NFC", str(text)).replace("\u00a0", " ").replace("\u200b", "")
    words = []
    for word in text.casefold().split():
        letters = unicodedata.normalize("NFD", word)
        tones = [c for c in letters if c in "\u0300\u0301\u0303\u0309\u0323"]
        words.append(
            unicodedata.normalize("NFC", "".join(c for c in letters if c not in tones))
            + "".join(tones)
        )
    return " ".join(words)


@dataclass
class _Things:
    """Rows of things that count: unit, thing, began, ended (dates, NaT: none)."""

    rows: pd.DataFrame

    def begun_in(self, period: Period, unit: str | None) -> int:
        rows = self._of(unit)
        first = rows.groupby("thing").began.min()
        return int(_within(first, period).sum())

    def live_at(self, end: date, unit: str | None) -> int:
        rows = self._of(unit)
        return int(rows[_live(rows.began, rows.ended, end)].thing.nunique())

    def _of(self, unit: str | None) -> pd.DataFrame:
        return self.rows if unit is None else self.rows[self.rows.unit == unit]


def _within(moments: pd.Series, period: Period) -> pd.Series:
    """In the period, but never before the plan's start."""
    start = max(period.start, PLAN_START)
    return (moments >= pd.Timestamp(start)) & (moments < pd.Timestamp(period.end))


def _since_plan(moments: pd.Series, end: date) -> pd.Series:
    return (moments >= pd.Timestamp(PLAN_START)) & (moments < pd.Timestamp(end))


def _live(began: pd.Series, ended: pd.Series, end: date) -> pd.Series:
    """Began on a date before ``end`` and has not ended on a date before it."""
    at = pd.Timestamp(end)
    return (began < at) & (ended.isna() | (ended >= at))


def _day(moments: pd.Series) -> pd.Series:
    return pd.to_datetime(moments).dt.normalize()


class _Known:
    """The truth with what the rules derive from it: producers, products, who counts."""

    def __init__(self, truth: Any) -> None:
        self.truth = truth
        self.producers = self._producers()
        self.stalls = self._stalls()
        self.listings = self._listings()
        self.lines = self._lines()
        self.marked_from = self.stalls.groupby("person_id").brand_mark_at.min()

    # ------------------------------------------------------------ people and goods

    def _producers(self) -> pd.DataFrame:
        """Person → unit and kind: the registry's, else the first-opened stall's, else the wallet's."""
        truth = self.truth
        stalls = truth.stalls[truth.stalls.province == HOME].sort_values(
            ["opened_at", "seller_id"], kind="stable"
        )
        wallets = truth.wallets.assign(kind=None)
        records = pd.concat(
            [frame[["person_id", "unit", "kind"]] for frame in (truth.registry, stalls, wallets)]
        )
        return records.drop_duplicates("person_id", keep="first").set_index("person_id")

    def _stalls(self) -> pd.DataFrame:
        stalls = self.truth.stalls.copy()
        for column in stalls.columns:
            if column.endswith("_at"):
                stalls[column] = _day(stalls[column])
        known = self.producers.reindex(stalls.person_id)
        stalls["unit"] = known.unit.to_numpy()
        stalls["counts"] = (
            (stalls.province == HOME).to_numpy()
            & known.unit.notna().to_numpy()
            & (known.kind != "company").to_numpy()
        )
        return stalls

    def _listings(self) -> pd.DataFrame:
        listings = self.truth.listings.copy()
        for column in ("listed_at", "delisted_at", "brand_mark_at", "traceability_at"):
            listings[column] = _day(listings[column])
        stalls = self.stalls.set_index("seller_id").reindex(listings.seller_id)
        for column in ("unit", "counts", "province"):
            listings[column] = stalls[column].to_numpy()
        closed = pd.Series(stalls.closed_at.to_numpy(), index=listings.index)
        listings["began"] = listings.listed_at
        listings["ended"] = listings[["delisted_at"]].assign(closed=closed).min(axis=1)
        listings["category_key"] = [normalised(category) for category in listings.category]
        listings["product"] = _products(listings)
        return listings

    def _lines(self) -> pd.DataFrame:
        lines = self.truth.order_lines.copy()
        goods = self.listings.set_index("listing_id").reindex(lines.listing_id)
        for column in ("unit", "counts", "group", "category_key"):
            lines[column] = goods[column].to_numpy()
        lines["ordered_on"] = _day(lines.ordered_at)
        lines["completed_on"] = _day(lines.completed_at)
        lines["grams"] = (lines.weight_kg * 1000).round().fillna(0).astype("int64")
        return lines

    def _goods(self, group: str, *, of_producers: bool) -> pd.DataFrame:
        rows = self.listings[self.listings.group == group]
        return rows[rows.counts] if of_producers else rows

    @cached_property
    def _farm_sales(self) -> pd.DataFrame:
        lines = self.lines
        return lines[(lines.group == "agri") & (lines.status == "completed") & lines.counts]

    # ------------------------------------------------------------ platforms

    def fresh(self, period: Period) -> bool:
        """Whether at least one platform exported on or after the period's last day."""
        last_day = period.end - timedelta(days=1)
        return any(day >= last_day for day in self.truth.exports.values())

    def computed(self, code: str, period: Period) -> dict[str, Value]:
        """The platform channel's value of the province and each unit."""
        if period.end <= PLAN_START:
            return dict.fromkeys((HOME, *UNITS), NOTHING)
        measure: Callable[[Period, str | None], Value] = {
            "I": self._ocop,
            "II.3": self._stall_owners,
            "II.4": self._payers,
            "III.1": self._farm_goods,
            "III.2": self._tonnes,
            "III.3": self._marked_goods,
            "III.4": self._marked_owners,
            "III.5": self._traceable,
            "III.6": self._provinces,
            "III.7": self._countries,
            "IV.1": self._items,
            "IV.2": self._update_days,
            "IV.3": self._inputs,
            "IV.4": self._buyers,
            "IV.5": self._discounts,
        }[code]
        values = {unit: measure(period, unit) for unit in UNITS}
        if code in PROVINCE_ONLY:
            values = dict.fromkeys(UNITS, NOTHING)
            values[HOME] = measure(period, None)
        elif code in ("III.6", "III.7"):
            values[HOME] = measure(period, None)
        else:
            values[HOME] = _sum(list(values.values()))
            if code == "III.1":
                whole = measure(period, None)
                values[HOME] = values[HOME]._replace(
                    in_period_2=whole.in_period_2, cumulative_2=whole.cumulative_2
                )
        return values

    def _catalogue(self, end: date) -> pd.DataFrame:
        """OCOP products with three stars or more whose certificate is valid at ``end``."""
        ocop = self.truth.ocop
        at = pd.Timestamp(end)
        without = ocop.recognised_on + pd.DateOffset(months=36)
        until = ocop.expires_on.where(ocop.expires_on.notna(), without)
        return ocop[(ocop.stars >= 3) & (ocop.recognised_on < at) & (until >= at)]

    def _ocop(self, period: Period, unit: str | None) -> Value:
        valid = self._catalogue(period.end).set_index("ocop_code").unit
        rows = self.listings[
            (self.listings.province == HOME) & self.listings.ocop_code.isin(valid.index)
        ]
        things = _Things(
            pd.DataFrame(
                {
                    "unit": valid.reindex(rows.ocop_code).to_numpy(),
                    "thing": rows.ocop_code.to_numpy(),
                    "began": rows.began.to_numpy(),
                    "ended": rows.ended.to_numpy(),
                }
            )
        )
        return Value(things.begun_in(period, unit), None, things.live_at(period.end, unit))

    def _stall_owners(self, period: Period, unit: str | None) -> Value:
        things = self._owners(self.stalls[self.stalls.counts], "opened_at")
        return Value(things.begun_in(period, unit), None, things.live_at(period.end, unit))

    @staticmethod
    def _owners(stalls: pd.DataFrame, began: str) -> _Things:
        return _Things(
            pd.DataFrame(
                {
                    "unit": stalls.unit,
                    "thing": stalls.person_id,
                    "began": stalls[began],
                    "ended": stalls.closed_at,
                }
            )
        )

    def _payers(self, period: Period, unit: str | None) -> Value:
        stalls = self.stalls[self.stalls.counts & self.stalls.payment_account_at.notna()]
        wallets = self.truth.wallets
        known = self.producers.reindex(wallets.person_id)
        wallets = wallets[(known.kind != "company").to_numpy()]
        accounts = pd.DataFrame(
            {
                "thing": [*stalls.person_id, *wallets.person_id],
                "began": [*stalls.payment_account_at, *_day(wallets.opened_on)],
            }
        )
        accounts["unit"] = self.producers.unit.reindex(accounts.thing).to_numpy()
        accounts["ended"] = pd.NaT
        things = _Things(accounts)
        return Value(things.begun_in(period, unit), None, things.live_at(period.end, unit))

    def _products_and_categories(self, rows: pd.DataFrame) -> tuple[_Things, _Things]:
        goods = rows.assign(thing=rows["product"])
        kinds = rows[rows.category_key.notna()]
        return _Things(goods), _Things(kinds.assign(thing=kinds.category_key))

    def _farm_goods(self, period: Period, unit: str | None) -> Value:
        goods, kinds = self._products_and_categories(self._goods("agri", of_producers=True))
        return Value(
            goods.begun_in(period, unit),
            kinds.begun_in(period, unit),
            goods.live_at(period.end, unit),
            kinds.live_at(period.end, unit),
        )

    def _tonnes(self, period: Period, unit: str | None) -> Value:
        lines = _of_unit(self._farm_sales, unit)
        return Value(
            _tonnes_of(lines[_within(lines.completed_on, period)]),
            None,
            _tonnes_of(lines[_since_plan(lines.completed_on, period.end)]),
        )

    def _granted(
        self, rows: pd.DataFrame, thing: str, moment: str, period: Period, unit: str | None
    ) -> tuple[int, int]:
        """Things whose earliest grant lies in the period; things live at its end, granted before."""
        rows = _of_unit(rows, unit)
        first = rows.groupby(thing)[moment].min()
        granted = set(first[first < pd.Timestamp(period.end)].index)
        began = rows.began if "began" in rows else rows.opened_at
        ended = rows.ended if "ended" in rows else rows.closed_at
        live = set(rows[_live(began, ended, period.end)][thing])
        return int(_within(first, period).sum()), len(live & granted)

    def _marked_goods(self, period: Period, unit: str | None) -> Value:
        rows = self._goods("agri", of_producers=True)
        now, total = self._granted(rows, "product", "brand_mark_at", period, unit)
        return Value(now, None, total)

    def _marked_owners(self, period: Period, unit: str | None) -> Value:
        rows = self.stalls[self.stalls.counts]
        now, total = self._granted(rows, "person_id", "brand_mark_at", period, unit)
        return Value(now, None, total)

    def _traceable(self, period: Period, unit: str | None) -> Value:
        goods = self._goods("agri", of_producers=True)
        owners = self.stalls[self.stalls.counts]
        now, total = self._granted(goods, "product", "traceability_at", period, unit)
        now_2, total_2 = self._granted(owners, "person_id", "traceability_at", period, unit)
        return Value(now, now_2, total, total_2)

    def _places(self, period: Period, unit: str | None, column: str, rows: pd.DataFrame) -> Value:
        rows = _of_unit(rows, unit)
        return Value(
            int(rows[_within(rows.completed_on, period)][column].nunique()),
            None,
            int(rows[_since_plan(rows.completed_on, period.end)][column].nunique()),
        )

    def _provinces(self, period: Period, unit: str | None) -> Value:
        lines = self._farm_sales
        return self._places(
            period, unit, "province", lines[(lines.country == "VN") & (lines.province != 0)]
        )

    def _countries(self, period: Period, unit: str | None) -> Value:
        lines = self._farm_sales
        return self._places(period, unit, "country", lines[lines.country != "VN"])

    def _items(self, period: Period, _: str | None) -> Value:
        items = self.truth.information.drop_duplicates(["channel", "item_id"])
        now = items[_within(items.published_at, period)]
        total = items[_since_plan(items.published_at, period.end)]
        return Value(len(now), now.group.nunique(), len(total), total.group.nunique())

    def _update_days(self, period: Period, _: str | None) -> Value:
        days = _day(self.truth.information.published_at)
        return Value(
            int(days[_within(days, period)].nunique()),
            None,
            int(days[_since_plan(days, period.end)].nunique()),
        )

    def _inputs(self, period: Period, _: str | None) -> Value:
        goods, _kinds = self._products_and_categories(self._goods("input", of_producers=False))
        return Value(goods.begun_in(period, None), None, goods.live_at(period.end, None))

    def _buyers(self, period: Period, unit: str | None) -> Value:
        stalls = self.stalls[self.stalls.province == HOME]
        phones = pd.concat(
            [frame[["phone", "person_id"]] for frame in (self.truth.registry, stalls)]
        )
        phones = phones[phones.phone.notna() & (phones.phone != 0)].drop_duplicates()
        phones = phones[~phones.phone.duplicated(keep=False)].set_index("phone").person_id
        lines = self.lines
        lines = lines[(lines.group == "input") & ~lines.status.isin(["cancelled", "returned"])]
        buyers = pd.DataFrame(
            {
                "person_id": phones.reindex(lines.buyer_phone).to_numpy(),
                "ordered_on": lines.ordered_on.to_numpy(),
            }
        ).dropna(subset="person_id")
        known = self.producers.reindex(buyers.person_id)
        buyers["unit"] = known.unit.to_numpy()
        buyers = _of_unit(buyers[(known.kind != "company").to_numpy()], unit)
        return Value(
            int(buyers[_within(buyers.ordered_on, period)].person_id.nunique()),
            None,
            int(buyers[_since_plan(buyers.ordered_on, period.end)].person_id.nunique()),
        )

    def _discounts(self, period: Period, _: str | None) -> Value:
        rows = self._goods("input", of_producers=False)
        rows = rows[rows.discount.fillna(0) > 0]
        return Value(
            int(rows[_within(rows.listed_at, period)].category_key.nunique()),
            None,
            int(rows[_live(rows.began, rows.ended, period.end)].category_key.nunique()),
        )

    # ------------------------------------------------------------ forms

    def declared(self, code: str, period: Period) -> tuple[dict[str, Value], set[str]]:
        """The submission channel's values, and the units that reported for the period."""
        values, reported = {}, set()
        for unit in UNITS:
            forms = self.truth.submissions
            forms = forms[(forms.unit == unit) & (forms.code == code)].sort_values("end")
            value = self._declared_by(forms, period)
            if value is not None:
                reported.add(unit)
                values[unit] = value
            else:
                earlier = _until(forms, period)
                values[unit] = NOTHING
                if len(earlier):
                    last = earlier.iloc[-1]
                    values[unit] = Value(
                        None, None, _declared(last.cumulative), _declared(last.cumulative_2)
                    )
        values[HOME] = _sum(list(values.values()))
        if code == "III.1":
            values[HOME] = values[HOME]._replace(in_period_2=None, cumulative_2=None)
        if code in ("III.6", "III.7"):
            forms = self.truth.submissions
            forms = forms[(forms.code == code) & (forms.end <= pd.Timestamp(period.end))]
            last_day = forms.end - pd.Timedelta(days=1)
            now = forms[(last_day >= pd.Timestamp(period.start)) & (forms.kind == "week")]
            if period.kind == "month":
                monthly = forms[(forms.kind == "month") & (forms.end == pd.Timestamp(period.end))]
                now = pd.concat([now[~now.unit.isin(monthly.unit)], monthly])
            values[HOME] = Value(
                _union(now.places) if reported else None,
                None,
                _union(forms.places) if len(forms) else None,
            )
        return values, reported

    @staticmethod
    def _declared_by(forms: pd.DataFrame, period: Period) -> Value | None:
        own = forms[(forms.kind == period.kind) & (forms.end == pd.Timestamp(period.end))]
        if len(own):
            row = own.iloc[-1]
            return Value(
                *(
                    _declared(row[column])
                    for column in ("in_period", "in_period_2", "cumulative", "cumulative_2")
                )
            )
        if period.kind == "week":
            return None
        weekly = forms[forms.kind == "week"]
        last_day = weekly.end - pd.Timedelta(days=1)
        start, end = pd.Timestamp(period.start), pd.Timestamp(period.end)
        inside = weekly[(last_day >= start) & (last_day < end)]
        if inside.empty:
            return None
        inside = inside[inside.cumulative.notna()]
        if inside.empty:
            return NOTHING
        before = weekly[(last_day < start) & weekly.cumulative.notna()]
        first, last = inside.iloc[0], inside.iloc[-1]
        parts = []
        for suffix in ("", "_2"):
            total = _declared(last[f"cumulative{suffix}"])
            if total is None:
                parts.append((None, None))
                continue
            if len(before):
                stood = _declared(before.iloc[-1][f"cumulative{suffix}"])
            else:
                stood = _declared(first[f"cumulative{suffix}"]) - _declared(
                    first[f"in_period{suffix}"]
                )
            parts.append((total - stood, total))
        return Value(parts[0][0], parts[1][0], parts[0][1], parts[1][1])

    # ------------------------------------------------------------ which is official

    def official(self, code: str, period: Period) -> tuple[dict[str, Value], dict[str, str | None]]:
        """The official value and its channel, of the province and each unit."""
        everywhere = (HOME, *UNITS)
        if period.end <= PLAN_START:
            return dict.fromkeys(everywhere, NOTHING), dict.fromkeys(everywhere)
        if code not in DECLARED_ONLY and self.fresh(period):
            channels: dict[str, str | None] = dict.fromkeys(everywhere, "platform")
            if code in PROVINCE_ONLY:
                channels |= dict.fromkeys(UNITS)
            return self.computed(code, period), channels
        if code in COMPUTED_ONLY:
            return dict.fromkeys(everywhere, NOTHING), dict.fromkeys(everywhere)
        values, reported = self.declared(code, period)
        channels = {unit: "submission" if unit in reported else None for unit in UNITS}
        channels[HOME] = "submission" if reported else None
        return values, channels

    # ------------------------------------------------------------ targets

    def completion(
        self,
        code: str,
        period: Period,
        now: dict[str, Value],
        channels: dict[str, str | None],
    ) -> tuple[dict[str, Any], dict[str, float | None], dict[str, Any]]:
        """Base, completion and share of the province and each unit."""
        amounts = AMOUNTS.get(period.year, {}).get(code)
        if amounts:
            return _of_amounts(now, amounts)
        text = TARGETS.get(period.year, {}).get(code)
        share = Decimal(text) if text else None
        pairs: dict[str, tuple[Any, Any]] = {}
        for unit in UNITS:
            base, achieved = self._base(code, period, unit)
            if code in NEEDS_PLATFORM_TO_COMPLETE:
                if channels[HOME] != "platform":
                    base = achieved = None
            else:
                achieved = now[unit].cumulative
            pairs[unit] = (base, achieved)
        known = [pair for pair in pairs.values() if pair[0] is not None]
        whole = None
        if known:
            whole = (sum(base for base, _ in known), _reached([got for _, got in known]))
        pairs[HOME] = whole or (None, None)
        return _of_shares(pairs, share, SHARES.get(period.year, {}).get(code, {}))

    def _base(self, code: str, period: Period, unit: str) -> tuple[Any, Any]:
        """The base of a unit and what is achieved of it; None: not known, or the cumulative."""
        truth, year = self.truth, period.year
        if code == "I":
            if not (truth.ocop.unit == unit).any():
                return None, None
            return int((self._catalogue(period.end).unit == unit).sum()), None
        if code.startswith("II."):
            rows = truth.base_totals[
                (truth.base_totals.unit == unit) & (truth.base_totals.year == year)
            ]
            return (int(rows.value.iloc[0]), None) if len(rows) else (None, None)
        if code not in NEEDS_PLATFORM_TO_COMPLETE:
            return None, None
        keys = truth.key_products[
            (truth.key_products.unit == unit) & (truth.key_products.year == year)
        ]
        if keys.empty:
            return None, None
        if code == "III.2":
            return self._planned(period, unit, keys)
        goods = _of_unit(self._goods("agri", of_producers=True), unit)
        live = goods[_live(goods.began, goods.ended, period.end)]
        named = {normalised(name) for name in keys.name}
        certified = {normalised(name) for name in keys[keys.certificate.notna()].name}
        if code == "III.1":
            return len(named), len(named & set(live.category_key))
        if code == "III.4":
            owners = set(live[live.category_key.isin(certified)].person_id)
            marked = self.marked_from[self.marked_from < pd.Timestamp(period.end)]
            return len(owners), len(owners & set(marked.index))
        moment = "brand_mark_at" if code == "III.3" else "traceability_at"
        first = goods.groupby("product")[moment].min()
        granted = set(first[first < pd.Timestamp(period.end)].index)
        reached = set(live[live["product"].isin(granted)].category_key)
        return len(certified), len(certified & reached)

    def _planned(self, period: Period, unit: str, keys: pd.DataFrame) -> tuple[Decimal, Decimal]:
        """Planned tonnes of the unit's key products, and tonnes of them sold in the year."""
        since = max(date(period.year, 1, 1), PLAN_START)
        lines = _of_unit(self._farm_sales, unit)
        lines = lines[
            (lines.completed_on >= pd.Timestamp(since))
            & (lines.completed_on < pd.Timestamp(period.end))
        ]
        seasons = self.truth.seasons
        seasons = seasons[(seasons.unit == unit) & (seasons.month.dt.year == period.year)]
        base = achieved = Decimal(0)
        for key in keys.itertuples():
            name = normalised(key.name)
            months = seasons.tonnes[seasons.name.map(normalised) == name].dropna()
            if len(months):
                planned = sum((Decimal(str(tonnes)) for tonnes in months), Decimal(0))
            elif key.tonnes == key.tonnes and key.tonnes is not None:
                planned = Decimal(str(key.tonnes))
            else:
                continue
            base += planned
            achieved += _tonnes_of(lines[lines.category_key == name])
        return base, achieved


def _of_shares(
    pairs: dict[str, tuple[Any, Any]], share: Decimal | None, own: dict[str, str]
) -> tuple[dict[str, Any], dict[str, float | None], dict[str, Any]]:
    """A unit's own share goes before that of all."""
    shares = {unit: Decimal(own[unit]) if unit in own else share for unit in pairs}
    completions = {
        unit: None
        if shares[unit] is None or not base or got is None
        else _one_decimal(Decimal(got) / (shares[unit] * Decimal(base)) * 100)
        for unit, (base, got) in pairs.items()
    }
    bases = {unit: base for unit, (base, _) in pairs.items()}
    return bases, completions, {unit: _number(each) for unit, each in shares.items()}


def _of_amounts(
    now: dict[str, Value], amounts: dict[str, str]
) -> tuple[dict[str, Any], dict[str, float | None], dict[str, Any]]:
    """An absolute number is its own base; without the province's own it is the sum of its units'."""
    goals = {unit: Decimal(amount) for unit, amount in amounts.items()}
    goals.setdefault(HOME, sum((goals[unit] for unit in UNITS if unit in goals), Decimal(0)))
    bases = {unit: _number(goals.get(unit)) for unit in (HOME, *UNITS)}
    completions = {
        unit: None
        if goals.get(unit) is None or now[unit].cumulative is None
        else _one_decimal(Decimal(now[unit].cumulative) / goals[unit] * 100)
        for unit in (HOME, *UNITS)
    }
    return bases, completions, {unit: 1 if unit in goals else None for unit in (HOME, *UNITS)}


def _of_unit(rows: pd.DataFrame, unit: str | None) -> pd.DataFrame:
    return rows if unit is None else rows[rows.unit == unit]


def _tonnes_of(lines: pd.DataFrame) -> Decimal:
    return Decimal(int(lines.grams.sum())) / 1_000_000


def _declared(value: Any) -> Any:
    return None if value is None or value != value else Decimal(str(value))


def _until(forms: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The forms with a cumulative of before a period without one; of before a span's end, also a month's that
    ends with it."""
    end = pd.Timestamp(period.end)
    is_known = (forms.end <= end) if period.kind == "span" else (forms.end < end)
    return forms[is_known & forms.cumulative.notna()]


def _reached(amounts: list[Any]) -> Any:
    """Their sum; where nobody says anything nothing is reached, which is not 0."""
    known = [each for each in amounts if each is not None]
    return sum(known) if known else None


def _union(places: pd.Series) -> int:
    return len({place for listed in places.dropna() for place in listed})


def _sum(values: list[Value]) -> Value:
    """Sums over the units that have a value."""
    sums = []
    for part in zip(*values, strict=True):
        known = [value for value in part if value is not None]
        sums.append(sum(known) if known else None)
    return Value(*sums)


def _products(listings: pd.DataFrame) -> pd.Series:
    """Which product each listing is of, within its producer.

    One product: equal OCOP codes, or equal names that do not bear two different codes.
    """
    product = pd.Series(range(len(listings)), index=listings.index)
    names = [normalised(name) for name in listings.name]
    codes = [code if isinstance(code, str) and code else None for code in listings.ocop_code]
    for rows in listings.reset_index(drop=True).groupby("person_id").indices.values():
        parent = {int(row): int(row) for row in rows}

        def root(row: int, parent: dict[int, int] = parent) -> int:
            while parent[row] != row:
                row = parent[row]
            return row

        for i, a in enumerate(rows):
            for b in rows[i + 1 :]:
                same_code = codes[a] is not None and codes[a] == codes[b]
                contradicts = codes[a] and codes[b] and codes[a] != codes[b]
                if same_code or (names[a] == names[b] and not contradicts):
                    parent[root(int(a))] = root(int(b))
        for row in rows:
            product.iloc[row] = root(int(row))
    return product
