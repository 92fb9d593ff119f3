"""A labelled sample: who wrote himself how into which list, and who it truly is.

``build`` invents people of some communes (names as frequent as they are in the country, so namesakes
and near-namesakes come by themselves), then adds hard cases on purpose, then lets the registry, both
platforms and the wallets write each of them down with the slips that such lists have. Numbers are
written as people write them and read by ``lensan.domain.values``, so that mending is part of what is
measured. The label is the person, cooperative or company meant, whatever the rules make of it.

``Sample.evident`` says which true pairs can be known from the rows at all:

* two rows of one person are *joined* when they bear the same paper number, or the same phone in one
  province (however the name is written), or stand in one commune, where nobody else goes by that
  name, and no number of a kind (CCCD, CMND, MST, phone) has two values;
* a pair is evident when a chain of such rows joins it, unless its own two paper numbers of a kind
  differ (a mistyped number): these the rules keep apart by the letter.

What is left out is what nobody could know from the rows (a changed phone, no paper, a namesake next
door). Typing errors, swapped names, shop names, initials and broken letters stay in, although the
rules send many of them to a person.

Hard on purpose, of all people: 4% husbands and wives with one phone, 3% namesakes next door, 2% of
them in another commune (of the same name where there is one), 3% lookalikes (Hùng, Hưng) each, 3%
that sell by the phone of their cooperative or company, 0.3% fathers and sons with one phone; 28% have
an old CMND, most of them a CCCD too; 10% changed their phone. Of all rows: 5% a slip of the finger,
1% misheard (l/n, s/x, ch/tr), 2% a word without its marks, 2% names swapped, 1.5% shortened, 0.6% the
name of a shop, 14% without diacritics, 20% with a title or form; 2% of the stalls sell from another
commune.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

from lensan.domain import identifiers, values
from lensan.domain.seats import fold_commune
from lensan.producers.resolution import KIND_ORDER, Member, paper_kind
from lensan.samples import legacy, vocabulary
from lensan.samples.spelling import bare, move_tones

Pair = tuple[int, int]

SURNAMES = (
    ["Nguyễn"] * 31 + ["Trần"] * 11 + ["Lê"] * 9 + ["Phạm"] * 8 + ["Hoàng"] * 5 + ["Vũ"] * 5
    + ["Đặng"] * 3 + ["Bùi"] * 3 + ["Đỗ"] * 3 + ["Ngô"] * 2 + ["Hồ"] * 2 + ["Dương"] * 2
    + vocabulary.SURNAMES
)  # fmt: skip
MEN = ["Văn"] * 12 + ["Đức"] * 3 + ["Hữu", "Minh", "Quang", "Xuân", "Công", "Duy", "Mạnh", "Đình"]
WOMEN = ["Thị"] * 14 + ["Thu", "Kim", "Bích", "Ngọc", "Hồng", "Thanh"]
GIVEN_OF_MEN = [
    "An", "Bình", "Cường", "Dũng", "Đạt", "Giang", "Hùng", "Hưng", "Khôi", "Kiên", "Lộc", "Nghĩa",
    "Phong", "Quang", "Quý", "Quyết", "Sáng", "Sơn", "Tâm", "Tân", "Thắng", "Tiến", "Toàn", "Tuấn",
    "Vinh", "Hải", "Nam", "Long", "Chiến", "Thành", "Trung", "Đông", "Hiếu", "Hòa", "Khánh", "Lâm",
    "Mạnh", "Ngọc", "Phúc", "Thịnh", "Tú", "Tùng", "Việt", "Bảo", "Chính", "Duy", "Hậu", "Hoàng",
]  # fmt: skip
GIVEN_OF_WOMEN = [
    "Bình", "Duyên", "Giang", "Hà", "Hạnh", "Hiền", "Hoa", "Hương", "Lan", "Liên", "Loan", "Ly",
    "Mai", "Nga", "Ngân", "Nhàn", "Oanh", "Phượng", "Tâm", "Thảo", "Thủy", "Trang", "Xoan", "Yến",
    "Thúy", "Hòa", "Bích", "Chung", "Cúc", "Dung", "Hằng", "Hồng", "Huệ", "Huyền", "Lý", "Minh",
    "Mơ", "Ngọc", "Nhung", "Phương", "Quyên", "Thanh", "Thơm", "Thu", "Tuyết", "Vân", "Xuân", "Yên",
]  # fmt: skip
LOOKALIKES = [("Hùng", "Hưng"), ("Tuấn", "Tuân"), ("Thắng", "Thăng"), ("Quý", "Quỳ"),
              ("Lan", "Lân"), ("Hoa", "Hóa"), ("Toàn", "Toán"), ("Tân", "Tấn")]  # fmt: skip
SOUNDS = [("l", "n"), ("n", "l"), ("s", "x"), ("x", "s"), ("ch", "tr"), ("tr", "ch"), ("y", "i")]
# Communes whose names repeat in another unit, then a few more.
COMMUNES = [
    ("194", "Bắc Sơn"), ("196", "Bắc Sơn"), ("196", "Thanh Sơn"), ("202", "Thanh Sơn"),
    ("195", "Cộng Hòa"), ("206", "Cộng Hòa"),
]  # fmt: skip
EVERY_COMMUNE = [(unit, name) for unit, names in vocabulary.COMMUNES.items() for name in names]
HUSBAND_AND_WIFE, FATHER_AND_SON, SHOP_PHONE = "husband and wife", "father and son", "shop phone"
NAMESAKE, LOOKALIKE = "namesake", "lookalike"


@dataclass
class Person:
    """Who is meant: a producer, with everything true of it."""

    number: int
    kind: str
    name: str
    unit: str
    commune: str
    papers: list[str]
    phones: list[str]
    case: str = ""
    shop_phone: str | None = None


@dataclass
class Sample:
    """``members`` sorted as the warehouse sorts them; ``labels[i]``: the person behind member i."""

    members: list[Member]
    labels: list[int]
    people: dict[int, Person] = field(repr=False)

    def true_pairs(self) -> set[Pair]:
        return pairs_within(self.labels)

    def evident(self) -> set[Pair]:
        """True pairs that the rows themselves make known; see the module's docstring."""
        called: dict[tuple[str | None, str | None], Counter[str]] = defaultdict(Counter)
        for person in self.people.values():
            place = person.unit, fold_commune(person.commune)
            called[place][values.fold(person.name)] += 1
        rows_of: dict[int, list[int]] = defaultdict(list)
        for row, label in enumerate(self.labels):
            rows_of[label].append(row)
        evident: set[Pair] = set()
        for label, rows in rows_of.items():
            name = values.fold(self.people[label].name)
            parent = {row: row for row in rows}

            def root(row: int, parent: dict[int, int] = parent) -> int:
                while parent[row] != row:
                    row = parent[row]
                return row

            for one, other in combinations(rows, 2):
                left, right = self.members[one], self.members[other]
                paper = left.paper_number and left.paper_number == right.paper_number
                phone = left.phone and left.phone == right.phone
                at_home = (
                    left.commune
                    and (left.unit_code, left.commune) == (right.unit_code, right.commune)
                    and called[left.unit_code, left.commune][name] <= 1
                    and not _torn(left, right, "phone")
                    and left.producer_kind != "company"
                )
                if paper or (phone and left.province_code == right.province_code) or (
                    at_home and not _torn(left, right, "paper")
                ):  # fmt: skip
                    parent[root(one)] = root(other)
            evident |= {
                pair
                for pair in combinations(rows, 2)
                if root(pair[0]) == root(pair[1])
                and not _torn(self.members[pair[0]], self.members[pair[1]], "paper")
            }
        return evident


def _torn(left: Member, right: Member, what: str) -> bool:
    """Whether two rows bear different values of one kind of number."""
    if what == "phone":
        return bool(left.phone and right.phone and left.phone != right.phone)
    ours, theirs = left.paper_number, right.paper_number
    return bool(ours and theirs and ours != theirs and paper_kind(ours) == paper_kind(theirs))


def pairs_within(groups: Iterable[int]) -> set[Pair]:
    """The pairs of rows that are in one group."""
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        rows_of[group].append(row)
    return {pair for rows in rows_of.values() for pair in combinations(rows, 2)}


def build(seed: int, *, people: int = 2600, communes: int = 60) -> Sample:
    """About 2.2 rows a person. Fewer communes make more near-namesakes; at most all of them."""
    draw = random.Random(seed)
    rest = [place for place in EVERY_COMMUNE if place not in COMMUNES]
    places = COMMUNES + draw.sample(rest, min(communes - len(COMMUNES), len(rest)))
    everybody = _people(draw, people, places)
    rows: list[tuple[Member, int]] = []
    for person in everybody:
        for member in _Lists(draw, person, len(rows)).write():
            rows.append((member, person.number))
    rows.sort(key=lambda row: (KIND_ORDER[row[0].kind], row[0].key))
    return Sample(
        [member for member, _ in rows],
        [label for _, label in rows],
        {person.number: person for person in everybody},
    )


# ---------------------------------------------------------------- people


class _Numbers:
    def __init__(self, draw: random.Random) -> None:
        self.draw, self.seen = draw, set[str]()

    def new(self, shape: str) -> str:
        """A number nobody has: ``#`` is any digit."""
        while True:
            number = "".join(str(self.draw.randrange(10)) if c == "#" else c for c in shape)
            if number not in self.seen:
                self.seen.add(number)
                return number

    def phone(self) -> str:
        return self.new(self.draw.choice(["091#######", "097#######", "036#######", "070#######"]))

    def papers(self, kind: str) -> list[str]:
        """A person has a CCCD, an old CMND, or both; others a tax code."""
        if kind not in ("household", "business_household"):
            return [self.new("57########")]
        luck = self.draw.random()
        cccd, cmnd = self.new("0220########"), self.new("10#######")
        return [cccd] if luck < 0.72 else [cccd, cmnd] if luck < 0.9 else [cmnd]


def _human(draw: random.Random, man: bool) -> str:
    middle = draw.choice(MEN if man else WOMEN)
    given = draw.choice(GIVEN_OF_MEN if man else GIVEN_OF_WOMEN)
    return f"{draw.choice(SURNAMES)} {middle} {given}"


def _people(draw: random.Random, count: int, places: list[tuple[str, str]]) -> list[Person]:
    numbers = _Numbers(draw)
    found: list[Person] = []

    def add(kind: str, name: str, place: tuple[str, str], case: str = "") -> Person:
        papers, phones = numbers.papers(kind), [numbers.phone()]
        if draw.random() < 0.1:
            phones.append(numbers.phone())  # changed over time
        person = Person(len(found), kind, name, *place, papers, phones, case)
        found.append(person)
        return person

    while len(found) < count:
        place, luck = draw.choice(places), draw.random()
        man = draw.random() < 0.5
        if luck < 0.10:
            form = draw.choice(["HTX", "HTX", "THT"])
            trade = draw.choice(vocabulary.COOPERATIVE_TRADES)
            name = f"{form} {trade} {' '.join(draw.sample(vocabulary.LUCKY_WORDS, 2))}"
            kind = "cooperative" if form == "HTX" else "coop_group"
            cooperative = add(kind, name, place)
            if draw.random() < 0.12:  # members sell by the shop's phone
                for _ in range(draw.randrange(2, 5)):
                    person = add("household", _human(draw, draw.random() < 0.5), place, SHOP_PHONE)
                    person.shop_phone = cooperative.phones[0]
            continue
        if luck < 0.15:
            words = " ".join(draw.sample(vocabulary.LUCKY_WORDS, 2))
            company = add("company", f"Công ty TNHH {words}", place)
            if draw.random() < 0.3:  # its owner sells as a household too, by the same phone
                owner = add("household", _human(draw, man), place, SHOP_PHONE)
                owner.shop_phone = company.phones[0]
            if draw.random() < 0.2:  # another company of that name
                add("company", company.name, place, NAMESAKE)
            continue
        kind = "business_household" if draw.random() < 0.15 else "household"
        person = add(kind, _human(draw, man), place)
        luck = draw.random()
        if luck < 0.05:  # husband and wife, one phone, both sell
            spouse = add("household", _human(draw, not man), place, HUSBAND_AND_WIFE)
            if draw.random() < 0.8:
                spouse.phones = person.phones[:1]
        elif luck < 0.08:
            add(kind, person.name, place, NAMESAKE)
        elif luck < 0.10:  # the same name in another commune, of the same name where there is one
            elsewhere = [p for p in places if p[1] == place[1] and p != place]
            add(kind, person.name, draw.choice(elsewhere or places), NAMESAKE)
        elif luck < 0.13:
            one, other = draw.sample(draw.choice(LOOKALIKES), 2)
            stem = person.name.rsplit(" ", 1)[0]
            person.name, person.case = f"{stem} {one}", LOOKALIKE
            add(kind, f"{stem} {other}", place, LOOKALIKE)
        elif luck < 0.136 and man:  # father and son, one phone
            family = person.name.split()[0]
            given = draw.choice(GIVEN_OF_MEN)
            son = add(kind, f"{family} {draw.choice(MEN)} {given}", place, FATHER_AND_SON)
            son.phones = person.phones[:1]
    return found


# ---------------------------------------------------------------- lists


class _Lists:
    """Writes one person down in the lists that know it."""

    def __init__(self, draw: random.Random, person: Person, first: int) -> None:
        self.draw, self.person, self.count = draw, person, first

    def write(self) -> list[Member]:
        person, draw = self.person, self.draw
        rows = []
        company = person.kind == "company"
        if draw.random() < 0.7 and not company:
            rows.append(self._row("registry", person.unit, paper=0.85, phone=0.85))
            if draw.random() < 0.08:  # a later list knew another number, so it has another key
                rows.append(self._row("registry", person.unit, paper=0.7, phone=0.7))
        for platform in ("postmart", "voso"):
            if draw.random() < 0.55:
                rows.append(self._row("stall", platform, paper=0.8, phone=0.95))
                if draw.random() < 0.06:
                    rows.append(self._row("stall", platform, paper=0.8, phone=0.95))
        if draw.random() < 0.35 and not company:
            rows.append(self._row("wallet", "viettelpay", paper=0.9, phone=0.95))
        return rows or [self._row("stall", "postmart", paper=0.8, phone=0.95)]

    def _row(self, kind: str, where: str, *, paper: float, phone: float) -> Member:
        draw, person = self.draw, self.person
        self.count += 1
        number = self._paper() if draw.random() < paper else None
        call = self._phone(kind) if draw.random() < phone else None
        if kind == "wallet" and not number and not call:
            number = self._paper()
        commune: str | None = person.commune
        if kind == "wallet" or (kind == "stall" and draw.random() < 0.05):
            commune = None
        unit = person.unit
        if kind == "stall" and draw.random() < 0.02:  # sells from elsewhere
            unit, commune = draw.choice(EVERY_COMMUNE)
        if commune and draw.random() < 0.3:
            commune = f"{draw.choice(['Xã', 'Phường', 'xã'])} {commune}"
        if commune and draw.random() < 0.1:
            commune = bare(commune).upper()
        written = person.kind
        if kind == "stall" and written == "household" and draw.random() < 0.1:
            written = "business_household"
        return Member(
            kind=kind, key=f"{where}|{self.count:07d}", name=self._name(), paper_number=number,
            phone=call, province_code="22", unit_code=unit,
            commune=fold_commune(commune) if commune else None,
            producer_kind=None if kind == "wallet" else written,
            opened_on=None if kind == "registry" else date(2021, 1, 1) + timedelta(self.count % 300),
            export_date=date(2021, 11, 18), record_id=self.count, first_record_id=self.count,
        )  # fmt: skip

    # ------------------------------------------------------------ numbers as written

    def _paper(self) -> str | None:
        number = self.draw.choice(self.person.papers)
        luck = self.draw.random()
        if luck < 0.006:  # mistyped
            place = self.draw.randrange(4, len(number))
            number = f"{number[:place]}{(int(number[place]) + 1) % 10}{number[place + 1 :]}"
        if len(number) == 12 and luck > 0.8:
            number = number[1:]  # Excel ate the 0
        elif luck > 0.7:
            number = self.draw.choice(["'{}", "{}.0", " {} ", "CCCD: {}" if len(number) == 12
                                       else "{}"]).format(number)  # fmt: skip
        parsed = identifiers.parse_paper_number(number)
        return parsed.value.number if parsed.value else None

    def _phone(self, kind: str) -> str | None:
        person, luck = self.person, self.draw.random()
        number = person.phones[-1] if luck < 0.5 else person.phones[0]
        if person.shop_phone and kind == "stall" and luck > 0.3:
            number = person.shop_phone
        shape = self.draw.choice(["{}", "{}", "84", "+84", "9", "blanks", "two", "old"])
        if shape in ("84", "+84"):
            number = shape + number[1:]
        elif shape == "9":
            number = number[1:]
        elif shape == "blanks":
            number = f"{number[:4]} {number[4:7]} {number[7:]}"
        elif shape == "two":
            number = f"{number} / 0203 3825 {self.draw.randrange(100, 999)}"
        elif shape == "old" and number.startswith("036"):
            number = f"0166{number[3:]}"
        elif shape == "old" and number.startswith("070"):
            number = f"0120{number[3:]}"
        parsed = identifiers.parse_phone(number)
        return str(parsed.value) if parsed.value else None

    # ------------------------------------------------------------ names as written

    def _name(self) -> str:
        draw, person = self.draw, self.person
        name = person.name
        human = person.kind in ("household", "business_household")
        luck = draw.random()
        if human:
            words = name.split()
            if luck < 0.013:
                name = f"{words[-1]} {' '.join(words[:-1])}"  # An Nguyễn Văn
            elif luck < 0.019:
                name = f"{' '.join(words[1:])} {words[0]}"  # Văn An Nguyễn
            elif luck < 0.027:
                name = f"{words[0][0]}. {' '.join(words[1:])}"  # N. Văn An
            elif luck < 0.034:
                name = f"{words[0]} {words[-1]}"  # Nguyễn An
            elif luck < 0.04:
                name = f"{draw.choice(['Chả mực', 'Ngao', 'Gà đồi'])} Bà {words[-1]}"  # shop's name
        if 0.04 < luck < 0.09:
            name = self._typo(name)
        elif 0.09 < luck < 0.10:
            name = self._misheard(name)
        elif 0.10 < luck < 0.12:
            name = self._toneless_word(name)
        name = self._form(name, human and " Bà " not in name)
        luck = draw.random()
        if luck < 0.14:
            name = bare(name)
        elif luck < 0.17:
            name = move_tones(name)
        elif luck < 0.172:
            name = (legacy.to_tcvn3(name) or (name, ""))[0]  # undecoded: the font was lost
        luck = draw.random()
        if luck < 0.1:
            name = name.upper()
        elif luck < 0.14:
            name = name.lower()
        elif luck < 0.18:
            name = unicodedata.normalize("NFD", name)
        elif luck < 0.2:
            name = name.replace(" ", "  ", 1)
        return name

    def _form(self, name: str, human: bool) -> str:
        draw = self.draw
        if human:
            if draw.random() > 0.2:
                return name
            form = draw.choice(["Ông", "Bà", "Hộ", "HKD", "Hộ kinh doanh", "Cơ sở", "Hộ ông"])
            return f"{form} {name}"
        if draw.random() < 0.4:
            name = name.replace("HTX", "Hợp tác xã").replace("THT", "Tổ hợp tác")
            if draw.random() < 0.1:
                name = name.replace("Hợp tác xã", "Hợp tác xã (HTX)")
            name = name.replace("TNHH", "trách nhiệm hữu hạn") if draw.random() < 0.3 else name
        return name

    def _typo(self, name: str) -> str:
        """One slip of the finger after the first letter."""
        draw = self.draw
        at = draw.randrange(1, len(name) - 1)
        match draw.randrange(4):
            case 0:
                return name[:at] + name[at + 1 :]
            case 1:
                return name[:at] + name[at] + name[at:]
            case 2:
                return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
            case _:
                return name[:at] + draw.choice("abcdeghiklmnopqrstuvxy") + name[at + 1 :]

    def _misheard(self, name: str) -> str:
        words = name.split()
        for sound, other in self.draw.sample(SOUNDS, len(SOUNDS)):
            for at, word in enumerate(words):
                if word.lower().startswith(sound):
                    heard = other + word[len(sound) :]
                    words[at] = heard[0].upper() + heard[1:]
                    return " ".join(words)
        return name

    def _toneless_word(self, name: str) -> str:
        words = name.split()
        at = self.draw.randrange(len(words))
        words[at] = bare(words[at])
        return " ".join(words)
