"""A province invented from a seed: what is true, before anybody writes it down.

``build`` makes everything at once: people, stalls, listings and order lines with the moments at which
each thing happens, so that an export is a view of the world at its date. Lists and declarations carry
``sent_on``, the date of the file that first says them.

Moments are wall-clock time of Asia/Ho_Chi_Minh (datetime64, to the minute), dates likewise; weights
are kilograms with at most two decimals, planned output is tonnes, money is đồng. People, phones and
paper numbers are invented; phones and papers have valid shapes. What makes two records one producer
follows docs/rules/sources.md#who-is-the-same-producer: every producer has one record with paper number
and phone, and bears a name alone only where nobody in the commune is called alike.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from lensan.domain import schedule
from lensan.domain.office import PLAN_START, PROVINCE
from lensan.samples import declared, harvests, home, vocabulary
from lensan.samples.home import COMMUNES, KEY_PRODUCTS, PLATFORMS, UNITS

STATUSES = ("pending", "shipping", "completed", "cancelled", "returned")
HISTORY_START = home.since("2019-10-20")
EPOCH = home.since("2019-01-01")
EXPORT_HOUR = np.timedelta64(6 * 60, "m")
NEVER = np.iinfo(np.int32).max
_OCOP_FROM: date = home.since("2019-01-15").astype("datetime64[D]").item()

Generator = np.random.Generator


def generator(seed: int, purpose: str) -> Generator:
    """Random numbers of one purpose, which no other purpose disturbs."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def minutes(day: date) -> np.datetime64:
    return np.datetime64(day, "m")


@dataclass
class Orders:
    """Order lines in columns; a moment is minutes since EPOCH, ``NEVER`` when it does not come.

    ``listing``: position in ``World.listings``; ``weight``: hundredths of a kilogram, -1 unknown;
    ``province``: GSO code, 0 none; ``country``: 0 Việt Nam, else 1 + position in vocabulary.FOREIGN;
    ``says_vietnam``: whether a domestic line names the country; ``phone``: 0 none.
    """

    order_no: np.ndarray
    line_no: np.ndarray
    listing: np.ndarray
    ordered_at: np.ndarray
    shipped_at: np.ndarray
    completed_at: np.ndarray
    cancelled_at: np.ndarray
    returned_at: np.ndarray
    quantity: np.ndarray
    weight: np.ndarray
    amount: np.ndarray
    province: np.ndarray
    country: np.ndarray
    says_vietnam: np.ndarray
    phone: np.ndarray

    def __len__(self) -> int:
        return len(self.order_no)

    def status(self, at: int, rows: np.ndarray) -> np.ndarray:
        """Positions in STATUSES of the given rows, as they stand at a moment."""
        status = np.zeros(len(rows), dtype=np.int8)
        for code, moments in (
            (1, self.shipped_at),
            (2, self.completed_at),
            (3, self.cancelled_at),
            (4, self.returned_at),
        ):
            status[moments[rows] <= at] = code
        return status

    def changed(self, after: int, until: int) -> np.ndarray:
        """Rows with anything happening in (after, until], in the order of the order numbers."""
        hit = np.zeros(len(self), dtype=bool)
        for moments in (
            self.ordered_at,
            self.shipped_at,
            self.completed_at,
            self.cancelled_at,
            self.returned_at,
        ):
            hit |= (moments > after) & (moments <= until)
        return np.flatnonzero(hit)


@dataclass
class Truth:
    """What is known once every file up to ``day`` has been ingested; frames with plain columns.

    ``order_lines`` holds one row a line with its seller, product, moments and weight in kilograms;
    ``exports``: platform → date of its last export, missing when there is none.
    """

    day: date
    stalls: pd.DataFrame
    listings: pd.DataFrame
    order_lines: pd.DataFrame
    wallets: pd.DataFrame
    registry: pd.DataFrame
    ocop: pd.DataFrame
    key_products: pd.DataFrame
    base_totals: pd.DataFrame
    seasons: pd.DataFrame
    information: pd.DataFrame
    submissions: pd.DataFrame
    exports: dict[str, date]


@dataclass
class World:
    """Everything that is true until the last due date, in frames; see the module's docstring."""

    seed: int
    due_dates: list[date]
    missing_exports: frozenset[tuple[str, date]]
    people: pd.DataFrame
    stalls: pd.DataFrame
    listings: pd.DataFrame
    orders: Orders
    wallets: pd.DataFrame
    wallet_dates: list[date]
    registry: pd.DataFrame
    ocop: pd.DataFrame
    key_products: pd.DataFrame
    base_totals: pd.DataFrame
    seasons: pd.DataFrame
    prices: pd.DataFrame
    harvests: pd.DataFrame
    information: pd.DataFrame
    information_dates: list[date]
    trainings: pd.DataFrame
    submissions: pd.DataFrame
    enterprise_forms: pd.DataFrame
    buyers: np.ndarray = field(repr=False)

    def export_dates(self, platform: str) -> list[date]:
        """The dates at which a platform exported, oldest first."""
        return [day for day in self.due_dates if (platform, day) not in self.missing_exports]

    def stalls_at(self, platform: str, at: np.datetime64) -> pd.DataFrame:
        """A platform's stalls as they stand at a moment: nothing later is known yet."""
        frame = self.stalls[(self.stalls.platform == platform) & (self.stalls.opened_at <= at)]
        return _hide_later(
            frame, at, ("closed_at", "payment_account_at", "brand_mark_at", "traceability_at")
        )

    def listings_at(self, platform: str, at: np.datetime64) -> pd.DataFrame:
        """A platform's listings as they stand at a moment, with the price and discount of that day."""
        frame = self.listings[
            (self.listings.platform == platform) & (self.listings.listed_at <= at)
        ]
        frame = _hide_later(frame, at, ("delisted_at", "brand_mark_at", "traceability_at"))
        changed = frame.changed_at <= at
        frame["price"] = frame.new_price.where(changed, frame.price)
        frame["discount"] = frame.new_discount.where(changed, frame.discount)
        return frame

    def as_of(self, day: date | None = None) -> Truth:
        """What is known once every file dated ``day`` or before is in; None: all of them."""
        day = day or self.due_dates[-1]
        stalls, listings, lines = [], [], []
        exports: dict[str, date] = {}
        for platform in PLATFORMS:
            dates = [d for d in self.export_dates(platform) if d <= day]
            if not dates:
                continue
            exports[platform] = dates[-1]
            at = minutes(dates[-1]) + EXPORT_HOUR
            stalls.append(self.stalls_at(platform, at))
            listings.append(self.listings_at(platform, at))
            lines.append(self._lines_at(platform, at))
        wallet_day = max((d for d in self.wallet_dates if d <= day), default=None)
        info_day = max((d for d in self.information_dates if d <= day), default=None)
        return Truth(
            day=day,
            stalls=pd.concat(stalls) if stalls else self.stalls.iloc[:0],
            listings=pd.concat(listings) if listings else self.listings.iloc[:0],
            order_lines=pd.concat(lines) if lines else self._lines_at("", EPOCH),
            wallets=self.wallets[self.wallets.opened_on <= pd.Timestamp(wallet_day)]
            if wallet_day
            else self.wallets.iloc[:0],
            registry=_latest(self.registry, day, ["unit", "paper"]),
            ocop=_latest(self.ocop, day, ["ocop_code"]),
            key_products=_latest(self.key_products, day, ["unit", "name", "year"]),
            base_totals=_latest(self.base_totals, day, ["unit", "year"]),
            seasons=_latest(self.seasons, day, ["unit", "name", "month"]),
            information=self.information[
                self.information.published_at <= minutes(info_day) + EXPORT_HOUR
            ]
            if info_day
            else self.information.iloc[:0],
            submissions=_latest(self.submissions, day, ["unit", "kind", "end", "code"]),
            exports=exports,
        )

    def lines_of(self, platform: str) -> np.ndarray:
        """Whether each order line is of a platform."""
        is_there: np.ndarray = (self.listings.platform == platform).to_numpy()
        lines: np.ndarray = is_there[self.orders.listing]
        return lines

    def _lines_at(self, platform: str, at: np.datetime64) -> pd.DataFrame:
        orders = self.orders
        moment = int((at - EPOCH).astype(int))
        rows = np.flatnonzero(self.lines_of(platform) & (orders.ordered_at <= moment))
        listing = orders.listing[rows]
        completed = orders.completed_at[rows]
        net = self.listings.net_weight_kg.to_numpy()[listing]
        is_weighed = bool(home.header(platform, "orders", "weight")) if len(rows) else True
        weight = np.where(
            (orders.weight[rows] >= 0) & is_weighed,
            orders.weight[rows],
            np.rint(np.nan_to_num(orders.quantity[rows] * net) * 100),
        )
        country = orders.country[rows]
        return pd.DataFrame(
            {
                "platform": platform,
                "order_no": orders.order_no[rows],
                "line_no": orders.line_no[rows],
                "seller_id": self.listings.seller_id.to_numpy()[listing],
                "listing_id": self.listings.listing_id.to_numpy()[listing],
                "ordered_at": EPOCH.astype("datetime64[s]")
                + orders.ordered_at[rows].astype("timedelta64[m]"),
                "completed_at": np.where(
                    completed <= moment,
                    EPOCH.astype("datetime64[s]") + completed.astype("timedelta64[m]"),
                    np.datetime64("NaT", "s"),
                ),
                "status": np.array(STATUSES, dtype=object)[orders.status(moment, rows)],
                "quantity": orders.quantity[rows],
                "weight_kg": weight / 100,
                "province": np.where(country > 0, 0, orders.province[rows]),
                "country": np.array(["VN", *vocabulary.FOREIGN], dtype=object)[country],
                "buyer_phone": orders.phone[rows],
            }
        )


def _hide_later(frame: pd.DataFrame, at: np.datetime64, columns: Sequence[str]) -> pd.DataFrame:
    frame = frame.copy()
    for column in columns:
        frame[column] = frame[column].where(frame[column] <= at)
    return frame


def _latest(frame: pd.DataFrame, day: date, key: list[str]) -> pd.DataFrame:
    known = frame[frame.sent_on <= pd.Timestamp(day)]
    return known.sort_values("sent_on", kind="stable").drop_duplicates(key, keep="last")


def build(
    *,
    seed: int,
    weeks: int = 8,
    first_due: date = home.FIRST_DUE,
    order_lines: int = 3000,
    missing_exports: frozenset[tuple[str, date]] = frozenset(),
    agrees: bool = False,
) -> World:
    """Invent a world of ``weeks`` reporting weeks, the first due on ``first_due``, a day of the deadline.

    ``order_lines``: how many order lines there are in all; people and goods grow with them.
    ``missing_exports``: (platform, due date) pairs at which that platform sends nothing; the next
    export then covers both weeks. ``agrees``: units declare about what the platforms know, and a product
    has about one price. Raises ValueError when ``first_due`` is another day of the week.
    """
    if first_due.weekday() != home.FIRST_DUE.weekday():
        raise ValueError(f"{first_due} is no {schedule.WEEKDAYS[home.FIRST_DUE.weekday()]}")
    due_dates = [first_due + timedelta(weeks=week) for week in range(weeks)]
    years = list(range(due_dates[0].year, due_dates[-1].year + 2))
    end = minutes(due_dates[-1]) + EXPORT_HOUR
    begin = minutes(min(PLAN_START, first_due - timedelta(days=7)))
    scale = order_lines / 3000

    people = _people(seed, int(np.clip(order_lines // 25, home.LEAST_PEOPLE, 30_000)))
    stalls = _stalls(seed, people, begin, end)
    unlisted = set(generator(seed, "gaps").choice(UNITS, 3, replace=False).tolist())
    no_base, no_ocop, no_key = sorted(unlisted)
    ocop = _ocop(seed, people, stalls, due_dates, no_ocop)
    listings = _listings(seed, people, stalls, ocop, begin, end)
    others = vocabulary_phones(seed, people, 4 * len(people))
    orders = _orders(seed, people, stalls, listings, others, begin, end, order_lines)
    wallets, wallet_dates = _wallets(seed, people, due_dates, end)
    sizes = declared.in_proportion(home.PROPORTION) if agrees else declared.SIZES
    submissions = declared.submissions(
        generator(seed, "submissions"), due_dates, sizes, _shares(stalls) if agrees else None
    )
    prices = _prices(seed, due_dates)
    first_sent = submissions.groupby("unit").sent_on.min()
    registry = _registry(seed, people, due_dates, first_sent)
    key_products, seasons = _plans(seed, due_dates, years, first_sent, no_key, scale)
    told = None
    if agrees:
        listings, told = _agreed(seed, due_dates, listings, orders, scale)
        seasons, prices = _dates(told.calendar), _dates(told.quotes)
    information, information_dates = _information(seed, due_dates, begin, end)
    return World(
        seed=seed,
        due_dates=due_dates,
        missing_exports=missing_exports,
        people=people,
        stalls=stalls,
        listings=listings,
        orders=orders,
        wallets=wallets,
        wallet_dates=wallet_dates,
        registry=registry,
        ocop=ocop,
        key_products=key_products,
        base_totals=declared.base_totals(
            generator(seed, "base"),
            years,
            submissions,
            no_base,
            int(len(people) * home.PROPORTION),
            declared.households(home.PROPORTION) if agrees else (900, 1600),
        ),
        seasons=seasons,
        prices=prices,
        harvests=told.truth if told else pd.DataFrame(),
        information=information,
        information_dates=information_dates,
        trainings=_trainings(seed, people, submissions),
        submissions=submissions,
        enterprise_forms=declared.enterprise_forms(generator(seed, "enterprise"), due_dates, sizes),
        buyers=others,
    )


# ---------------------------------------------------------------- people


def _shares(stalls: pd.DataFrame) -> dict[str, float]:
    """How many stalls a unit has beside the average one."""
    counts = stalls[stalls.unit.isin(UNITS)].groupby("unit").size()
    return {str(unit): float(count / counts.mean()) for unit, count in counts.items()}


def _agreed(
    seed: int, due_dates: list[date], listings: pd.DataFrame, orders: Orders, scale: float
) -> tuple[pd.DataFrame, harvests.Harvests]:
    """Listings and order lines at about the price of their goods, and harvests of which the platforms sell a part."""
    typical = {
        product.name: harvests.typical_price(fold(product.name))
        for products in KEY_PRODUCTS.values()
        for product in products
    }
    months = max(len(due_dates), 1) * 7 / 30.4
    weight = np.where(
        orders.weight >= 0,
        orders.weight / 100,
        np.nan_to_num(orders.quantity * listings.net_weight_kg.to_numpy()[orders.listing]),
    )
    is_sold = (orders.completed_at < NEVER) & (orders.returned_at == NEVER)
    of = listings.category.to_numpy()[orders.listing]
    sold = pd.Series(weight[is_sold] / 1000 / months).groupby(of[is_sold]).sum()
    told = harvests.invent(generator(seed, "harvests"), due_dates, scale, sold.to_dict(), typical)
    listings = _alike(seed, listings)
    orders.amount = (orders.quantity * listings.price.to_numpy()[orders.listing]).astype(np.int64)
    return listings, told


def _alike(seed: int, listings: pd.DataFrame) -> pd.DataFrame:
    """The same goods at about the same price a kilogram, a tenth more or less."""
    draw = generator(seed, f"alike {len(listings)}")
    goods = listings.category.fillna(listings.name)
    typical = goods.map(lambda name: harvests.typical_price(fold(str(name))))
    packed = listings.net_weight_kg.fillna(1.0)
    for column in ("price", "new_price"):
        around = typical * packed * draw.uniform(0.9, 1.1, len(listings))
        listings[column] = (around.round().clip(lower=1) * 1000).where(listings[column].notna())
    return listings


def fold(text: str) -> str:
    """The text without case and diacritics."""
    text = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in text if not unicodedata.combining(c))


def _phones(draw: Generator, count: int) -> np.ndarray:
    prefixes = np.array([91, 97, 36, 70, 83, 98], dtype=np.int64)
    numbers = draw.choice(len(prefixes) * 10_000_000, count, replace=False)
    return prefixes[numbers // 10_000_000] * 10_000_000 + numbers % 10_000_000


def vocabulary_phones(seed: int, people: pd.DataFrame, count: int) -> np.ndarray:
    """Phones of buyers who are nobody's producer."""
    pool = _phones(generator(seed, "phones"), len(people) + count)
    return pool[len(people) :]


def _people(seed: int, count: int) -> pd.DataFrame:
    """Producers, then companies of the province, then sellers from elsewhere.

    Columns: person_id, role (producer, company, outsider), kind, name, paper, phone, unit, commune,
    province, registered, sells, alone (whether nobody in the commune has a similar name).
    """
    draw = generator(seed, "people")
    companies, outsiders = max(12, count // 25), max(6, count // 50)
    total = count + companies + outsiders
    role = np.array(["producer"] * count + ["company"] * companies + ["outsider"] * outsiders)
    kind = draw.choice(
        ["household", "business_household", "cooperative", "coop_group"],
        total,
        p=[0.72, 0.1, 0.12, 0.06],
    ).astype(object)
    kind[role == "company"] = "company"
    kind[(role == "outsider") & (draw.random(total) < 0.6)] = "company"

    weights = np.array([1 + len(COMMUNES[unit]) for unit in UNITS], dtype=float)
    unit = draw.choice(UNITS, total, p=weights / weights.sum()).astype(object)
    commune = np.array([draw.choice(COMMUNES[u]) for u in unit], dtype=object)
    province = np.where(role == "outsider", draw.choice(home.NEIGHBOURS, total), PROVINCE)
    surname = draw.choice(vocabulary.SURNAMES, total)
    middle = draw.choice(vocabulary.MIDDLE_NAMES, total)
    given = draw.choice(vocabulary.GIVEN_NAMES, total)
    trade = draw.choice(vocabulary.COOPERATIVE_TRADES, total)
    lucky = draw.choice(vocabulary.LUCKY_WORDS, (total, 2))
    names = np.empty(total, dtype=object)
    for i in range(total):
        match kind[i]:
            case "cooperative":
                names[i] = f"HTX {trade[i]} {given[i]} {lucky[i, 0]} {lucky[i, 1]}"
            case "coop_group":
                names[i] = f"THT {trade[i]} {given[i]} {lucky[i, 0]} {lucky[i, 1]}"
            case "company":
                names[i] = f"Công ty TNHH {given[i]} {lucky[i, 0]} {lucky[i, 1]} {i - count + 1}"
            case _:
                names[i] = f"{surname[i]} {middle[i]} {given[i]}"
    # Namesakes: two people of one name in one commune, told apart by their papers only.
    for i in draw.choice(np.flatnonzero(kind == "household")[1:], max(2, count // 100), False):
        twin = int(np.flatnonzero(kind[:i] == "household")[-1]) if i else 0
        names[i], unit[i], commune[i] = names[twin], unit[twin], commune[twin]

    phone = _phones(generator(seed, "phones"), total)
    alone = _alone(names, unit, commune)
    # A family's phone: two producers, whose names tell them apart.
    for i in draw.choice(np.arange(1, count), max(2, count // 150), replace=False):
        if JaroWinkler.similarity(fold(names[i]), fold(names[i - 1])) < 0.7:
            phone[i] = phone[i - 1]
            alone[i] = alone[i - 1] = False
    paper = _papers(draw, kind, alone)
    registered = (role == "producer") & (draw.random(total) < 0.7)
    sells = (role != "producer") | (draw.random(total) < 0.62)
    return pd.DataFrame(
        {
            "person_id": np.arange(total),
            "role": role,
            "kind": kind,
            "name": names,
            "paper": paper,
            "phone": phone,
            "unit": unit,
            "commune": commune,
            "province": province,
            "registered": registered,
            "sells": sells,
            "alone": alone,
        }
    )


def _alone(names: np.ndarray, unit: np.ndarray, commune: np.ndarray) -> np.ndarray:
    """Whether nobody else of the commune has a name that similarity could take for this one."""
    plain = np.array([fold(name.removeprefix("HTX ").removeprefix("THT ")) for name in names])
    places = pd.Series(np.arange(len(names))).groupby([unit, commune]).indices
    alone = np.ones(len(names), dtype=bool)
    for rows in places.values():
        scores = process.cdist(plain[rows], plain[rows], scorer=JaroWinkler.similarity)
        np.fill_diagonal(scores, 0)
        alone[rows] = scores.max(axis=1) < 0.75
    return alone


def _papers(draw: Generator, kind: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """CCCD for people, now and then an old CMND; tax codes for the others, some of a branch."""
    total = len(kind)
    serial = draw.choice(900_000_000, total, replace=False) + 100_000_000
    old = alone & (draw.random(total) < 0.1)
    papers = np.empty(total, dtype=object)
    for i in range(total):
        if kind[i] in ("household", "business_household"):
            papers[i] = f"10{serial[i] % 10_000_000:07d}" if old[i] else f"022{serial[i]}"
        else:
            papers[i] = f"57{serial[i] % 100_000_000:08d}"
            if i % 17 == 0:
                papers[i] += f"{i % 3 + 1:03d}"
    # Shortened numbers may meet; a number that is taken already gives way to a plain CCCD.
    seen: set[str] = set()
    for i in range(total):
        if papers[i] in seen:
            papers[i] = (
                f"022{serial[i]}"
                if kind[i] in ("household", "business_household")
                else (f"58{serial[i] % 100_000_000:08d}")
            )
        seen.add(papers[i])
    return papers


# ---------------------------------------------------------------- moments


def _moments(draw: Generator, count: int, begin: np.datetime64, end: np.datetime64) -> np.ndarray:
    """Moments between two others; some exactly on a period's first minute, some a minute before."""
    span = int((end - begin).astype(int))
    moments = begin + draw.integers(0, span, count).astype("timedelta64[m]")
    edge = draw.random(count) < 0.04
    days = moments.astype("datetime64[D]")
    # The epoch of numpy's days is a Thursday, the fourth day of a week.
    due_days = days - (days.astype(int) - (home.FIRST_DUE.weekday() - 3)) % 7
    at_edge = due_days.astype("datetime64[m]") - (draw.random(count) < 0.5).astype("timedelta64[m]")
    return np.where(edge & (at_edge >= begin), at_edge, moments)


def _later(
    draw: Generator, start: np.ndarray, days: float, share: float, end: np.datetime64
) -> np.ndarray:
    """For a share of things, a moment some days after their start; NaT for the rest, and after end."""
    wait = (draw.exponential(days * 1440, len(start))).astype(int).astype("timedelta64[m]")
    moments = start + wait
    return np.where(
        (draw.random(len(start)) < share) & (moments <= end), moments, np.datetime64("NaT")
    )


def _frame_moments(frame: pd.DataFrame) -> pd.DataFrame:
    for column in frame.columns:
        if column.endswith("_at"):
            frame[column] = frame[column].astype("datetime64[s]")
    return frame


# ---------------------------------------------------------------- stalls and listings


def _stalls(
    seed: int, people: pd.DataFrame, begin: np.datetime64, end: np.datetime64
) -> pd.DataFrame:
    draw = generator(seed, "stalls")
    sellers = people[people.sells]
    if len(PLATFORMS) == 2:
        where = draw.choice(3, len(sellers), p=[0.4, 0.3, 0.3])
        parts = [sellers[(where == 0) | (where == 2)], sellers[where >= 1]]
    else:
        first = draw.integers(0, len(PLATFORMS), len(sellers))
        also = np.where(draw.random(len(sellers)) < 0.3, (first + 1) % len(PLATFORMS), first)
        parts = [sellers[(first == nth) | (also == nth)] for nth in range(len(PLATFORMS))]
    owners = pd.concat(parts, keys=PLATFORMS, names=["platform"]).reset_index("platform")
    owners = owners.sample(frac=1, random_state=int(draw.integers(2**31))).reset_index(drop=True)
    count = len(owners)
    opened = np.where(
        draw.random(count) < 0.65,
        _moments(draw, count, HISTORY_START, begin),
        _moments(draw, count, begin, end),
    )
    stalls = pd.DataFrame(
        {
            "platform": owners.platform,
            "seller_id": [
                f"{'GH' if platform == 'postmart' else 'VS'}{10_000 + i}"
                for i, platform in enumerate(owners.platform)
            ],
            "person_id": owners.person_id,
            "stall_name": "Gian hàng " + owners.name.astype(object),
            "owner": owners.name,
            "kind": owners.kind,
            "paper": owners.paper,
            "phone": owners.phone,
            "commune": owners.commune,
            "unit": owners.unit,
            "province": owners.province,
            "opened_at": opened,
            "closed_at": _later(draw, opened, 250, 0.12, end),
            "payment_account_at": _later(draw, opened, 20, 0.65, end),
            "brand_mark_at": _later(draw, opened, 60, 0.45, end),
            "traceability_at": _later(draw, opened, 60, 0.4, end),
        }
    )
    _thin_out(draw, stalls, people)
    return _frame_moments(stalls)


def _thin_out(draw: Generator, stalls: pd.DataFrame, people: pd.DataFrame) -> None:
    """Leave out or contradict what a producer's other records make good."""
    registered = people.registered.to_numpy()[stalls.person_id]
    alone = people.alone.to_numpy()[stalls.person_id]
    producer = (people.role == "producer").to_numpy()[stalls.person_id]
    first = stalls.sort_values(["opened_at", "seller_id"]).groupby("person_id").seller_id.first()
    is_first = stalls.seller_id.to_numpy() == first.loc[stalls.person_id].to_numpy()
    free = producer & (registered | ~is_first)
    luck = draw.random(len(stalls))
    stalls["paper"] = stalls.paper.where(~(free & alone & (luck < 0.25)), None)
    phone_gone = free & ((alone & (luck > 0.15) & (luck < 0.4)) | (~alone & (luck < 0.15)))
    stalls["phone"] = stalls.phone.where(~phone_gone, 0)
    # Moved, or trading under another form: the registry, else the first stall, decides.
    opened = stalls.opened_at.to_numpy().astype("datetime64[D]")
    first_day = stalls.groupby("person_id").opened_at.transform("min").to_numpy()
    later = opened > first_day.astype("datetime64[D]")
    strong = stalls.paper.notna().to_numpy()
    differs = producer & strong & (registered | later)
    moved = np.flatnonzero(differs & (luck > 0.9) & (luck < 0.93))
    for row, unit in zip(moved, draw.choice(UNITS, len(moved)), strict=True):
        stalls.loc[row, "unit"] = unit
        stalls.loc[row, "commune"] = COMMUNES[unit][row % len(COMMUNES[unit])]
    retold = differs & (luck > 0.96) & (stalls.kind == "household")
    stalls["kind"] = stalls.kind.where(~retold, "business_household")


def _ocop(
    seed: int,
    people: pd.DataFrame,
    stalls: pd.DataFrame,
    due_dates: list[date],
    no_ocop: str,
) -> pd.DataFrame:
    draw = generator(seed, "ocop")
    rows: list[dict[str, Any]] = []
    selling = people[people.person_id.isin(stalls.person_id) & (people.province == PROVINCE)]
    last = due_dates[-1]
    for unit in UNITS:
        owners = selling[selling.unit == unit]
        if unit == no_ocop or owners.empty:
            continue
        count = max(4, int(0.08 * (people.unit == unit).sum()))
        chosen = owners.sample(count, replace=True, random_state=int(draw.integers(2**31)))
        goods = [p.name for p in KEY_PRODUCTS[unit]] + vocabulary.FARM_GOODS
        for number, owner in enumerate(chosen.itertuples(), start=1):
            category = str(draw.choice(goods + vocabulary.OTHER_GOODS))
            recognised = _OCOP_FROM + timedelta(days=int(draw.integers(0, 1000)))
            expires: date | None = recognised.replace(
                year=recognised.year + 3, day=min(recognised.day, 28)
            )
            sent = due_dates[0]
            match number % 7:
                case 1:
                    span = (last - due_dates[0]).days + 14
                    expires = due_dates[0] + timedelta(days=int(draw.integers(-7, span)))
                case 2:
                    expires = None
                    recognised = date(due_dates[0].year - 3, due_dates[0].month, 1) + timedelta(
                        days=int(draw.integers(0, 60))
                    )
                case 3 if len(due_dates) > 2:
                    sent = due_dates[int(draw.integers(1, len(due_dates)))]
                    recognised = sent - timedelta(days=int(draw.integers(1, 6)))
                    expires = None
                case _:
                    expires = expires if draw.random() < 0.8 else None
            rows.append(
                {
                    "ocop_code": f"OCOP-{PROVINCE}-{unit}-{number:03d}",
                    "unit": unit,
                    "name": f"{category} {owner.name.split()[-1]} {number}",
                    "category": category,
                    "person_id": owner.person_id,
                    "owner": owner.name,
                    "paper": owner.paper,
                    "stars": int(draw.choice([2, 3, 4, 5], p=[0.1, 0.6, 0.25, 0.05])),
                    "recognised_on": recognised,
                    "expires_on": expires,
                    "sent_on": sent,
                }
            )
    return _dates(pd.DataFrame(rows))


def _dates(frame: pd.DataFrame) -> pd.DataFrame:
    for column in frame.columns:
        if column.endswith("_on") or column in ("month", "start", "end"):
            frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return frame


@dataclass
class _Product:
    name: str
    group: str
    category: str
    code: str | None = None


def _products(
    draw: Generator, person: Any, codes: list[tuple[str, str, str]], count: int
) -> list[_Product]:
    """What one seller sells: OCOP goods first, then others, each under a name of its own."""
    given = person.name.split()[-1]
    products = [
        _Product(name, "other" if category in vocabulary.OTHER_GOODS else "agri", category, code)
        for code, name, category in codes
    ]
    keys = [product.name for product in KEY_PRODUCTS[person.unit]]
    inputs = (
        person.role == "outsider"
        or (person.role == "company" and person.person_id % 2 == 0)
        or (person.kind == "cooperative" and person.person_id % 9 == 0)
    )
    grades = draw.permutation(vocabulary.GRADES)
    for grade in grades[:count]:
        if inputs:
            group, category = "input", str(draw.choice(vocabulary.INPUT_GOODS))
        elif draw.random() < 0.03:
            group, category = "other", str(draw.choice(vocabulary.OTHER_GOODS))
        elif draw.random() < 0.5:
            group, category = "agri", str(draw.choice(keys))
        else:
            group, category = "agri", str(draw.choice(vocabulary.FARM_GOODS))
        products.append(_Product(f"{category} {grade} {given}", group, category))
    if len(codes) >= 2 and person.person_id % 3 == 0:
        # Two certified products under one name: two codes keep them apart.
        products[1] = _Product(
            products[0].name, products[0].group, products[0].category, products[1].code
        )
    return products


def _listings(
    seed: int,
    people: pd.DataFrame,
    stalls: pd.DataFrame,
    ocop: pd.DataFrame,
    begin: np.datetime64,
    end: np.datetime64,
) -> pd.DataFrame:
    draw = generator(seed, "listings")
    codes: dict[int, list[tuple[str, str, str]]] = {}
    for row in ocop.itertuples():
        if draw.random() < 0.75:
            codes.setdefault(int(row.person_id), []).append((row.ocop_code, row.name, row.category))
    persons = {p.person_id: p for p in people[people.sells].itertuples()}
    rows: list[tuple[int, _Product]] = []
    for person_id, own in stalls.groupby("person_id", sort=True).indices.items():
        person = persons[person_id]
        products = _products(
            draw, person, codes.get(int(person_id), []), 1 + min(6, int(draw.poisson(1.3)))
        )
        by_name = {product.name: product for product in products}
        for product in products:
            chosen = [s for s in own if draw.random() < 0.75] or [own[0]]
            twin = (
                by_name[product.name] is not product
                or sum(p.name == product.name for p in products) > 1
            )
            for nth, stall in enumerate(chosen):
                listed = _Product(product.name, product.group, product.category, product.code)
                if nth and product.code and not twin:
                    # The same certified good under another name, or under its name without code.
                    if draw.random() < 0.5:
                        listed.name = f"{product.name} chính hãng"
                    else:
                        listed.code = None
                rows.append((stall, listed))
                if product.code is None and draw.random() < 0.1:
                    rows.append((stall, listed))
    order = draw.permutation(len(rows))
    position = np.array([rows[i][0] for i in order])
    goods = [rows[i][1] for i in order]
    of = stalls.iloc[position]
    count = len(rows)
    opened = of.opened_at.to_numpy().astype("datetime64[m]")
    limit = of.closed_at.to_numpy().astype("datetime64[m]")
    limit = np.where(np.isnat(limit), end, limit)
    wait = draw.exponential(45 * 1440, count).astype(int).astype("timedelta64[m]")
    listed_at = np.minimum(opened + wait, limit)
    fresh = (draw.random(count) < 0.3) & (limit > begin) & (opened < limit)
    recent = _moments(draw, count, begin, end)
    listed_at = np.where(fresh & (recent > opened) & (recent < limit), recent, listed_at)
    price = draw.integers(15, 900, count) * 1000.0
    group = np.array([good.group for good in goods], dtype=object)
    discount = np.where(
        (group == "input") & (draw.random(count) < 0.5), draw.integers(0, 4, count) * 5.0, np.nan
    )
    changed_at = _later(draw, listed_at, 60, 0.3, end)
    weighed = [p for p in PLATFORMS if home.header(p, "orders", "weight")]
    must_say = ~np.isin(of.platform.to_numpy().astype(str), weighed)
    listings = pd.DataFrame(
        {
            "platform": of.platform.to_numpy(),
            "listing_id": [
                f"{'SP' if platform == 'postmart' else 'SKU'}{100_000 + i}"
                for i, platform in enumerate(of.platform)
            ],
            "stall": position,
            "seller_id": of.seller_id.to_numpy(),
            "person_id": of.person_id.to_numpy(),
            "name": [good.name for good in goods],
            "group": group,
            "category": [good.category for good in goods],
            "ocop_code": pd.Series([good.code for good in goods], dtype=object),
            "price": price,
            "sales_unit": draw.choice(vocabulary.SALES_UNITS, count),
            "net_weight_kg": np.where(
                (draw.random(count) < 0.05) & ~must_say,
                np.nan,
                draw.choice([0.25, 0.5, 1, 2, 5, 10, 25], count, p=[.1, .25, .25, .15, .15, .07, .03]),
            ),
            "listed_at": listed_at,
            "delisted_at": _later(draw, listed_at, 120, 0.12, end),
            "brand_mark_at": _later(draw, listed_at, 30, 0.4, end),
            "traceability_at": _later(draw, listed_at, 30, 0.35, end),
            "discount": discount,
            "changed_at": changed_at,
            "new_price": price + 1000 * draw.integers(-5, 6, count),
            "new_discount": np.where(np.isnan(discount), discount, draw.integers(0, 3, count) * 5.0),
        }
    )  # fmt: skip
    return _frame_moments(listings)


# ---------------------------------------------------------------- orders


def _orders(
    seed: int,
    people: pd.DataFrame,
    stalls: pd.DataFrame,
    listings: pd.DataFrame,
    strangers: np.ndarray,
    begin: np.datetime64,
    end: np.datetime64,
    count: int,
) -> Orders:
    draw = generator(seed, "orders")
    first_minute = int((begin - EPOCH).astype(int)) - 10 * 1440
    last_minute = int((end - EPOCH).astype(int))

    # Each stall's listings stand together, the oldest first.
    listed = ((listings.listed_at.to_numpy() - EPOCH.astype("datetime64[s]")) // 60).astype(int)
    by_stall = np.lexsort((listed, listings.stall.to_numpy()))
    stall_of = listings.stall.to_numpy()[by_stall]
    starts = np.searchsorted(stall_of, np.arange(len(stalls)))
    sizes = np.bincount(stall_of, minlength=len(stalls))
    opens = np.full(len(stalls), NEVER, dtype=np.int64)
    np.minimum.at(opens, listings.stall.to_numpy(), listed)
    closed = ((stalls.closed_at.to_numpy() - EPOCH.astype("datetime64[s]")) // 60).astype(int)
    closes = np.where(stalls.closed_at.notna(), closed, last_minute)
    begins = np.maximum(opens, first_minute)
    ends = np.minimum(closes, last_minute)
    active = np.flatnonzero((sizes > 0) & (ends > begins + 60))
    is_input = np.zeros(len(stalls), dtype=bool)
    is_input[listings.stall[listings.group == "input"]] = True
    popular = draw.pareto(1.3, len(active)) + 0.3
    popular *= (ends[active] - begins[active]) / (last_minute - first_minute)
    popular[is_input[active]] *= 0.4 * popular.sum() / max(1, popular[is_input[active]].sum())
    popular /= popular.sum()

    lines = np.minimum(draw.geometric(0.6, count), 4)
    orders = int(np.searchsorted(np.cumsum(lines), count)) + 1
    lines = lines[:orders]
    lines[-1] -= lines.sum() - count
    stall = draw.choice(active, orders, p=popular)
    ordered = begins[stall] + (draw.random(orders) * (ends - begins)[stall]).astype(np.int64)
    by_time = np.argsort(ordered, kind="stable")
    stall, ordered, lines = stall[by_time], ordered[by_time], lines[by_time]

    of = np.repeat(np.arange(orders), lines)
    line_no = np.arange(count) - np.repeat(np.cumsum(lines) - lines, lines) + 1
    pick = (draw.random(count) * sizes[stall[of]]).astype(np.int64)
    listing = by_stall[starts[stall[of]] + pick]
    # What is not listed yet cannot be ordered; the stall's oldest listing can.
    early = listed[listing] > ordered[of]
    listing = np.where(early, by_stall[starts[stall[of]]], listing).astype(np.int32)

    # An order ships and completes as a whole, save some lines that go their own way.
    def waits(days: float, at_most: float) -> np.ndarray:
        whole = np.minimum(draw.exponential(days * 1440, orders), at_most * 1440)
        own = np.minimum(draw.exponential(days * 1440, count), at_most * 1440)
        return np.where(draw.random(count) < 0.15, own, whole[of]).astype(np.int64)

    def goes(share: float) -> np.ndarray:
        own = draw.random(count) < 0.1
        return np.where(own, draw.random(count), draw.random(orders)[of]) < share

    ordered_at = ordered[of]
    cancelled = goes(0.1)
    shipped_at = ordered_at + 60 + waits(0.7, 3)
    completed_at = shipped_at + 60 + waits(2.5, 9)
    edge = draw.random(count) < 0.03
    midnight = completed_at // 1440 * 1440
    completed_at = np.where(edge & (midnight > shipped_at), midnight, completed_at)
    returned = goes(0.05) & ~cancelled
    stuck = goes(0.04)
    never = np.full(count, NEVER, dtype=np.int64)

    quantity = np.minimum(draw.geometric(0.25, count), 40)
    net = listings.net_weight_kg.to_numpy()[listing]
    weighed = quantity * np.where(np.isnan(net), 1.0, net) * draw.choice([1, 1, 1.5, 0.75], count)
    weight = np.where(
        np.isnan(net) | (draw.random(count) < 0.7), np.maximum(1, np.rint(weighed * 100)), -1
    )
    abroad = draw.random(orders) < 0.05
    home = draw.random(orders) < 0.25
    codes = _province_codes()
    liked = draw.zipf(1.4, orders) - 1
    province = np.where(home, int(PROVINCE), codes[np.minimum(liked, len(codes) - 1)])
    province[draw.random(orders) < 0.012] = 0
    country = np.where(abroad, 1 + draw.zipf(1.5, orders) % len(vocabulary.FOREIGN), 0)
    known = people[(people.role == "producer")].phone.to_numpy()
    by_farmer = np.where(is_input[stall], draw.random(orders) < 0.6, draw.random(orders) < 0.05)
    phone = np.where(by_farmer, draw.choice(known, orders), draw.choice(strangers, orders))
    phone[draw.random(orders) < 0.02] = 0
    return Orders(
        order_no=(1_000_000 + of).astype(np.int32),
        line_no=line_no.astype(np.int8),
        listing=listing,
        ordered_at=ordered_at.astype(np.int32),
        shipped_at=np.where(cancelled, never, shipped_at).astype(np.int32),
        completed_at=np.where(cancelled | stuck, never, completed_at).astype(np.int32),
        cancelled_at=np.where(cancelled, ordered_at + 30 + waits(0.5, 3), never).astype(np.int32),
        returned_at=np.where(returned & ~stuck, completed_at + 60 + waits(2, 6), never).astype(
            np.int32
        ),
        quantity=quantity.astype(np.int16),
        weight=weight.astype(np.int32),
        amount=(quantity * listings.price.to_numpy()[listing]).astype(np.int64),
        province=np.where(abroad, 0, province)[of].astype(np.int8),
        country=country[of].astype(np.int8),
        says_vietnam=draw.random(count) < 0.3,
        phone=phone[of].astype(np.int64),
    )


def _province_codes() -> np.ndarray:
    """GSO codes of the 63 provinces, the likeliest buyers first."""
    first = [1, 31, 79, 30, 27, 48, 33, 24, 36]
    rest = [
        2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 25, 26, 34, 35, 37, 38, 40, 42, 44, 45, 46,
        49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 80, 82, 83, 84, 86, 87,
        89, 91, 92, 93, 94, 95, 96,
    ]  # fmt: skip
    return np.array(first + rest)


# ---------------------------------------------------------------- lists


def _wallets(
    seed: int, people: pd.DataFrame, due_dates: list[date], end: np.datetime64
) -> tuple[pd.DataFrame, list[date]]:
    draw = generator(seed, "wallets")
    dates = sorted({*due_dates[4::3], due_dates[-1]})
    local = people[people.province == PROVINCE]
    only = local.role.eq("producer") & ~local.registered & ~local.sells
    share = np.where(only, 0.6, np.where(local.role == "company", 0.1, 0.3))
    parts = []
    for wallet, factor in (("ViettelPay", 0.7), ("VietnamPostPay", 0.5)):
        own = local[draw.random(len(local)) < share * factor].copy()
        own["wallet"] = wallet
        parts.append(own)
    wallets = pd.concat(parts).reset_index(drop=True)
    count = len(wallets)
    luck = draw.random(count)
    strong = (wallets.person_id.map(only.set_axis(local.person_id)) | ~wallets.alone).to_numpy()
    opened = _moments(draw, count, home.since("2021-06-01"), end)
    elsewhere = ~wallets.person_id.map(only.set_axis(local.person_id)).to_numpy() & (luck > 0.95)
    frame = pd.DataFrame(
        {
            "wallet": wallets.wallet,
            "person_id": wallets.person_id,
            "name": wallets.name,
            "paper": wallets.paper.where(strong | (luck < 0.65), None),
            "phone": wallets.phone.where(strong | (luck > 0.3), 0),
            "unit": np.where(elsewhere, draw.choice(UNITS, count), wallets.unit),
            "opened_on": opened.astype("datetime64[D]").astype("datetime64[s]"),
        }
    )
    return frame.sample(frac=1, random_state=int(draw.integers(2**31))), dates


def _registry(
    seed: int, people: pd.DataFrame, due_dates: list[date], first_sent: pd.Series
) -> pd.DataFrame:
    draw = generator(seed, "registry")
    rows = people[people.registered]
    first = rows.unit.map(first_sent).to_numpy()
    late = draw.random(len(rows)) < 0.12
    later = np.array(due_dates, dtype="datetime64[s]")[draw.integers(0, len(due_dates), len(rows))]
    cooperative = (rows.kind == "cooperative").to_numpy()
    return pd.DataFrame(
        {
            "unit": rows.unit.to_numpy(),
            "person_id": rows.person_id.to_numpy(),
            "name": rows.name.to_numpy(),
            "kind": rows.kind.to_numpy(),
            "paper": rows.paper.to_numpy(),
            "phone": rows.phone.to_numpy(),
            "commune": rows.commune.to_numpy(),
            "main_product": [
                KEY_PRODUCTS[unit][i % len(KEY_PRODUCTS[unit])].name if i % 3 == 0 else None
                for i, unit in enumerate(rows.unit)
            ],
            "certificate": [("VietGAP" if i % 7 == 0 else None) for i in range(len(rows))],
            # The alliance lists its cooperatives on the first due date, units when they first report.
            "sent_on": np.where(
                cooperative,
                np.datetime64(due_dates[0], "s"),
                np.where(late & (later > first), later, first),
            ),
        }
    )


def _plans(
    seed: int,
    due_dates: list[date],
    years: list[int],
    first_sent: pd.Series,
    no_key: str,
    scale: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Key products a year, and the harvest calendars with what later calendars change."""
    draw = generator(seed, "plans")
    keys: list[dict[str, Any]] = []
    seasons: list[dict[str, Any]] = []
    for unit in UNITS:
        for nth, product in enumerate(KEY_PRODUCTS[unit]):
            in_calendar = draw.random() < 0.75
            for year in years:
                tonnes: float | None = round(float(draw.uniform(1.5, 9)) * scale, 2)
                unplanned = draw.random() < 0.05
                months = [m for m in product.months if year > years[0] or m >= 9]
                if in_calendar and months:
                    low = int(draw.integers(15, 60))
                    for month in months:
                        seasons.append(
                            {
                                "unit": unit,
                                "name": product.name,
                                "month": date(year, month, 1),
                                "tonnes": round(float(draw.uniform(0.3, 2.2)) * scale, 2),
                                "certificate": product.certificate,
                                "price_low": low * 1000,
                                "price_high": (low + 5 + int(draw.integers(0, 40))) * 1000,
                                "sent_on": due_dates[0] - timedelta(days=7)
                                if year <= years[0] + 1
                                else date(year - 1, 10, 14),
                            }
                        )
                if unit != no_key:
                    sent = first_sent[unit] if year <= years[0] + 1 else date(year, 1, 1)
                    keys.append(
                        {
                            "unit": unit,
                            "name": product.name,
                            "year": year,
                            "tonnes": None if unplanned and nth else tonnes,
                            "certificate": product.certificate,
                            "sent_on": sent,
                        }
                    )
    calendar = pd.DataFrame(seasons)
    if len(due_dates) > 2:
        # Two weeks later a newer calendar changes some months.
        again = calendar[
            (calendar.sent_on == due_dates[0] - timedelta(days=7))
            & (draw.random(len(calendar)) < 0.06)
        ].copy()
        again["tonnes"] = (again.tonnes * draw.choice([0.5, 1.5], len(again))).round(2)
        again["sent_on"] = due_dates[2]
        calendar = pd.concat([calendar, again], ignore_index=True)
    return _dates(pd.DataFrame(keys)), _dates(calendar)


def _prices(seed: int, due_dates: list[date]) -> pd.DataFrame:
    draw = generator(seed, "prices")
    rows = [
        {
            "name": product.name,
            "priced_on": day - timedelta(days=int(draw.integers(0, 5))),
            "place": str(draw.choice(vocabulary.MARKETS)),
            "price": int(draw.integers(15, 300)) * 1000,
            "sent_on": day,
        }
        for day in due_dates[1::2]
        for unit in UNITS
        for product in KEY_PRODUCTS[unit]
        if draw.random() < 0.8
    ]
    found = pd.DataFrame(rows, columns=["name", "priced_on", "place", "price", "sent_on"])
    # Many units grow the same; a market has one price of it on a day.
    return _dates(found.drop_duplicates(["name", "priced_on", "place"], ignore_index=True))


def _information(
    seed: int, due_dates: list[date], begin: np.datetime64, end: np.datetime64
) -> tuple[pd.DataFrame, list[date]]:
    draw = generator(seed, "information")
    dates = sorted({*due_dates[4::4], due_dates[-1]})
    count = 30 + 4 * len(due_dates)
    ids = count - 5
    published = np.sort(_moments(draw, count, begin - np.timedelta64(30 * 1440, "m"), end))
    groups = draw.choice(list(vocabulary.INFORMATION_TITLES), count, p=[0.3, 0.5, 0.2])
    frame = pd.DataFrame(
        {
            # An id is the channel's own: the same one elsewhere is another item.
            "item_id": [f"TT{i % ids + 1:05d}" for i in range(count)],
            "title": [
                f"{draw.choice(vocabulary.INFORMATION_TITLES[group])} số {i + 1}"
                for i, group in enumerate(groups)
            ],
            "group": groups,
            "channel": [
                ("app", *PLATFORMS)[(i % ids + i // ids) % (1 + len(PLATFORMS))]
                for i in range(count)
            ],
            "published_at": published.astype("datetime64[s]"),
        }
    )
    return frame, dates


def _trainings(seed: int, people: pd.DataFrame, submissions: pd.DataFrame) -> pd.DataFrame:
    """People on training lists: some of those that a unit declares (II.1 and II.2)."""
    draw = generator(seed, "trainings")
    weekly = submissions[(submissions.kind == "week") & submissions.code.isin(["II.1", "II.2"])]
    producers = dict(list(people[people.role == "producer"].groupby("unit")))
    rows: list[dict[str, Any]] = []
    for form in weekly.itertuples():
        if draw.random() < 0.7 or form.correction:
            continue
        if form.unit not in producers:
            continue
        trained = producers[form.unit]
        count = min(int(form.in_period), len(trained))
        for person in trained.sample(count, random_state=int(draw.integers(2**31))).itertuples():
            rows.append(
                {
                    "unit": form.unit,
                    "name": person.name,
                    "paper": person.paper,
                    "phone": person.phone,
                    "commune": person.commune,
                    "topic": "digital_skills" if form.code == "II.1" else "packing",
                    "held_on": form.end - pd.Timedelta(days=int(draw.integers(1, 8))),
                    "organiser": home.enterprise(0) if draw.random() < 0.4 else home.enterprise(1),
                    "sender": "post" if draw.random() < 0.25 else "unit",
                    "sent_on": form.sent_on,
                    "end": form.end,
                }
            )
    return pd.DataFrame(
        rows,
        columns=[
            "unit", "name", "paper", "phone", "commune", "topic", "held_on", "organiser", "sender",
            "sent_on", "end",
        ],
    )  # fmt: skip
