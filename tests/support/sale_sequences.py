"""Random histories of order lines, stalls, listings and producers, as statements against core."""

from __future__ import annotations

import random
from collections.abc import Iterator

LINE = {
    "status": ["'completed'", "'completed'", "'cancelled'", "'shipping'"],
    "ordered_at": ["null", "'2021-11-10 08:00+07'", "'2021-12-01 00:00+07'"],
    "completed_at": ["null", "'2021-11-11 23:59+07'", "'2021-11-12 00:00+07'", "'2021-11-30 17:30Z'"],
    "seller_id": ["'S1'", "'S2'", "'S3'"],
    "product_id": ["'P1'", "'P2'", "'P3'"],
    "quantity": ["1", "2.5"],
    "weight_kg": ["null", "0", "3.25"],
    "amount_vnd": ["null", "0", "15000"],
    "receiving_country_code": ["'VN'", "'CN'"],
    "receiving_province_code": ["null", "'01'", "'22'"],
    "buyer_phone": ["null", "'0900000000'", "'0911111111'"],
    "record_id": ["4294967297", "8589934593"],
    "known_until": ["'infinity'", "'infinity'", "'2021-11-20 00:00+07'"],
}  # fmt: skip
STALL = {"province_code": ["'22'", "'22'", "'01'"], "closed_on": ["null", "'2021-12-01'"]}
LISTING = {
    "product_group": ["'agri'", "'agri'", "'input'", "'other'"],
    "category_key": ["null", "'na'", "'mit'"],
    "net_weight_kg": ["null", "0.5", "2"],
    "seller_id": ["'S1'", "'S2'"],
}
PRODUCER = {
    "kind": ["null", "'household'", "'household'", "'company'"],
    "unit_code": ["null", "'193'", "'194'"],
}
ENTITIES = {
    "stall": (
        ["postmart|S1", "postmart|S2", "postmart|S3"],
        STALL,
        {"platform": "'postmart'", "owner_name": "'Người bán'", "kind": "'household'", "opened_on": "'2021-10-20'",
         "record_id": "1"},
    ),
    "listing": (
        ["postmart|P1", "postmart|P2", "postmart|P3"],
        LISTING,
        {"platform": "'postmart'", "name": "'Hàng'", "name_key": "'hang'", "listed_on": "'2021-10-20'",
         "record_id": "1"},
    ),
}  # fmt: skip


def of_lines(draw: random.Random, number: int) -> Iterator[str]:
    """What files, corrections, late files and the forgetting of persons do to order lines."""
    keys = ", ".join(f"'{k}'" for k in draw.sample("abcdef", draw.randrange(1, 6)))
    kind = draw.choice(["insert", "insert", "update", "update", "delete"])
    if kind == "insert":
        lines = ", ".join(
            f"('{draw.choice('abcdef')}' || gen_random_uuid(), 'postmart', 'DH{number}', {line}, '2021-11-10 00:00+07',"
            f" {', '.join(draw.choice(v) for v in LINE.values())})"
            for line in range(draw.randrange(1, 9))
        )
        yield (
            "insert into core.order_line_version (entity_key, platform, order_no, line_no, known_from,"
            f" {', '.join(LINE)}) values {lines}"
        )
    elif kind == "update":
        column = draw.choice(list(LINE))
        value = draw.choice(LINE[column])
        yield f"update core.order_line_version set {column} = {value} where left(entity_key, 1) in ({keys})"
    else:
        yield f"delete from core.order_line_version where left(entity_key, 1) in ({keys})"


def of_entities(draw: random.Random, number: int) -> Iterator[str]:
    """A stall or listing is new, or said otherwise: its version ends, and mostly a successor comes."""
    entity, (keys, drawn, fixed) = draw.choice(list(ENTITIES.items()))
    key = draw.choice(keys)
    yield (
        f"update core.{entity}_version set known_until = '2021-11-{number + 10} 00:00+07'"
        f" where entity_key = '{key}' and known_until = 'infinity'"
    )
    if draw.random() < 0.9:
        values = {
            "entity_key": f"'{key}'",
            "known_from": f"'2021-11-{number + 10} 00:00+07'",
            **fixed,
            **{column: draw.choice(choices) for column, choices in drawn.items()},
        }
        own = "seller_id" if entity == "stall" else "product_id"
        values[own] = f"'{key.partition('|')[2]}'"
        yield f"insert into core.{entity}_version ({', '.join(values)}) values ({', '.join(values.values())})"


def of_producers(draw: random.Random, number: int) -> Iterator[str]:
    """A resolution or a decision: stalls go to other producers, producers become another kind or unit's."""
    moment = f"'2021-11-{number + 10} 00:00+07'"
    if draw.random() < 0.5:
        key = draw.choice(ENTITIES["stall"][0])
        yield (
            f"update core.producer_member_version set known_until = {moment}"
            f" where member_kind = 'stall' and member_key = '{key}' and known_until = 'infinity'"
        )
        if draw.random() < 0.8:
            yield (
                "insert into core.producer_member_version (member_kind, member_key, producer_id, rule, score,"
                f" known_from) values ('stall', '{key}', {draw.randrange(1, 4)}, 'own', 1, {moment})"
            )
    else:
        producer = draw.randrange(1, 4)
        values = ", ".join(draw.choice(choices) for choices in PRODUCER.values())
        yield (
            f"update core.producer_version set known_until = {moment}"
            f" where producer_id = {producer} and known_until = 'infinity'"
        )
        yield (
            "insert into core.producer_version (producer_id, kind, unit_code, unit_from, known_from)"
            f" values ({producer}, {values}, 'stall', {moment})"
        )


def sequence(seed: int) -> Iterator[list[str]]:
    """The statements of each transaction of a random sequence: first what stalls, listings, producers are."""
    draw = random.Random(seed)
    yield [sql for _ in range(30) for sql in draw.choice([of_entities, of_producers])(draw, 0)]
    for number in range(1, draw.randrange(4, 15)):
        made = draw.choice([of_lines, of_lines, of_entities, of_producers])
        yield list(made(draw, number))
