"""The method in invented worlds of three years, with shocks and calendars late and wrong by up to three weeks.

Seeds are of those kept for judging; `make harvests` runs a hundred (docs/rules/forecast.md#how-good).
"""

from __future__ import annotations

import harvest_judging
import harvest_worlds
import numpy as np
import pytest
from harvest_judging import EDGES, Judged

from lensan.forecast import forecasting, judging, replay
from lensan.forecast.forecasting import FORECAST, RULES, TODAY

SEEDS = range(1000, 1005)


@pytest.fixture(scope="module")
def judged() -> Judged:
    return harvest_judging.judge(SEEDS)


def test_it_costs_less_than_each_simpler_rule(judged: Judged) -> None:
    costs = {rule: score.cost for rule, score in judged.rules.items()}
    assert judged.rules[FORECAST].gluts > 30
    assert all(costs[FORECAST] < costs[rule] for rule in RULES), costs


def test_a_higher_threshold_gives_fewer_alerts_and_truer_ones(judged: Judged) -> None:
    scores = list(judged.frontier.values())
    assert [s.alerts for s in scores] == sorted((s.alerts for s in scores), reverse=True)
    assert (scores[-1].precision or 0) > (scores[0].precision or 0) + 0.2
    assert (scores[0].recall or 0) > (scores[-1].recall or 0)


def test_the_chance_is_what_it_says() -> None:
    """Of weeks in which a glut was called likely as not, about half were followed by one."""
    said, came = [], []
    for seed in SEEDS[:4]:
        world = harvest_worlds.make(seed)
        moments = [(edge, harvest_worlds.moment_of(edge)) for edge in EDGES]
        told = forecasting.replayed(world.history, moments, TODAY)
        is_over = (world.net > world.taken) & judging.is_season(world.net)
        for each in told.said:
            said.append(each.chance)
            came.append(is_over[:, each.edge : each.edge + 11].sum(1) >= judging.GLUT_WEEKS)
    chance, glut = np.concatenate(said), np.concatenate(came)
    for low, high in ((0.0, 0.1), (0.3, 0.7), (0.8, 1.01)):
        of = (chance >= low) & (chance < high)
        assert abs(glut[of].mean() - chance[of].mean()) < 0.15, (low, high)


def test_what_was_said_does_not_change_when_more_becomes_known() -> None:
    world = harvest_worlds.make(SEEDS[0])
    moments = [(edge, harvest_worlds.moment_of(edge)) for edge in EDGES]
    whole = forecasting.replayed(world.history, moments, TODAY)
    short = forecasting.replayed(world.history, moments[:40], moments[39][1])
    for then, later in zip(short.said, whole.said[:40], strict=True):
        assert all(
            np.array_equal(getattr(then, name), getattr(later, name)) for name in then.__dict__
        )
    given = {(a.series, a.given) for a in short.alerts()}
    assert given == {(a.series, a.given) for a in whole.alerts() if a.given < EDGES.start + 40}


def test_a_forecast_that_costs_more_than_the_calendar_switches_itself_off() -> None:
    score = judging.Score(gluts=3, warned=0, alerts=4, borne_out=0, leads=())
    calendar = judging.Score(gluts=3, warned=3, alerts=6, borne_out=3, leads=(5, 5, 5))
    few = judging.Score(gluts=1, warned=0, alerts=1, borne_out=0, leads=())
    off = forecasting.switched_off(
        {
            "na": {FORECAST: score, "calendar": calendar},
            "cam": {FORECAST: calendar, "calendar": score},
            "ổi": {FORECAST: few, "calendar": calendar},
        }
    )
    assert off == {"na"}


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        ([5], []),
        ([5, 6], [(5, 6)]),
        ([5, 6, 10, 11], [(5, 11)]),
        ([5, 6, 11, 12], [(5, 6), (11, 12)]),
    ],
)
def test_two_weeks_are_a_glut_and_less_than_four_apart_one(
    weeks: list[int], expected: list[tuple[int, int]]
) -> None:
    is_over = np.zeros((1, 20), dtype=bool)
    is_over[0, weeks] = True
    assert [(g.first, g.last) for g in judging.gluts(is_over)] == expected


def test_one_danger_is_one_alert_however_long_it_lasts() -> None:
    chances = np.array(
        [[0.1, 0.5, 0.9, 0.3, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0]]
    )
    (alert,) = replay.alerts(chances, 100)
    assert (alert.given, alert.over) == (101, 113)
    assert replay.alerts(chances[:, :12], 100)[0].over is None


def test_an_alert_that_came_too_late_is_no_warning() -> None:
    glut = judging.Glut(0, 30, 33)
    in_time, late = replay.Alert(0, 27, 40), replay.Alert(0, 28, 40)
    assert judging.score([in_time], [glut], range(60)).warned == 1
    found = judging.score([late], [glut], range(60))
    assert (found.warned, found.borne_out, found.cost) == (0, 1, 3.0)
