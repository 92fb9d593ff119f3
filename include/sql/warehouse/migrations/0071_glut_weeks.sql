-- The weeks that an alert speaks of, as the last report said, and how good forecasts were when that was last asked
-- (docs/rules/forecast.md#how-good-here).
create table ops.glut_week (
    alert_id integer not null references ops.glut_alert,
    week_on date not null,
    harvested numeric not null,
    harvested_low numeric not null,
    harvested_high numeric not null,
    sold numeric not null,
    demand numeric not null,
    is_peak boolean not null,
    primary key (alert_id, week_on)
);
comment on table ops.glut_week is 'The eight weeks ahead of an alert, as the last report that gave it said; tonnes a week. Grain: one row per alert and week.';
comment on column ops.glut_week.alert_id is 'The alert.';
comment on column ops.glut_week.week_on is 'First day of the week.';
comment on column ops.glut_week.harvested is 'Expected harvest.';
comment on column ops.glut_week.harvested_low is 'Lower end of its 80 % interval.';
comment on column ops.glut_week.harvested_high is 'Upper end of its 80 % interval.';
comment on column ops.glut_week.sold is 'Of it, expected to be sold on the platforms.';
comment on column ops.glut_week.demand is 'What platforms and buyers take within the price frame.';
comment on column ops.glut_week.is_peak is 'Whether it is the week with the largest surplus.';

create table ops.forecast_backtest (
    period text primary key,
    known_at timestamptz not null,
    computed_at timestamptz not null,
    judged_from date,
    judged_until date
);
comment on table ops.forecast_backtest is 'Replays of the forecast that were kept. Grain: one row per week until which was replayed.';
comment on column ops.forecast_backtest.period is 'The week.';
comment on column ops.forecast_backtest.known_at is 'The moment whose knowledge it rests on.';
comment on column ops.forecast_backtest.computed_at is 'When it was computed.';
comment on column ops.forecast_backtest.judged_from is 'First day on which a forecast could be judged; null: there was none.';
comment on column ops.forecast_backtest.judged_until is 'The last such day; null: there was none.';

create table ops.forecast_judgement (
    period text not null references ops.forecast_backtest,
    position integer not null,
    product text not null,
    method text not null,
    gluts integer not null,
    warned integer not null,
    recall numeric,
    alerts integer not null,
    borne_out integer not null,
    precision numeric,
    lead_weeks numeric,
    cost numeric not null,
    intervals integer,
    coverage numeric,
    is_off boolean not null,
    primary key (period, position)
);
comment on table ops.forecast_judgement is 'How good the forecast and simpler rules were. Grain: one row per replay, product (all: of every product) and method.';
comment on column ops.forecast_judgement.period is 'The replay.';
comment on column ops.forecast_judgement.position is 'Its place, from 0.';
comment on column ops.forecast_judgement.product is 'Name of the product; all: every product together.';
comment on column ops.forecast_judgement.method is 'forecast, calendar, last_year or price.';
comment on column ops.forecast_judgement.gluts is 'Gluts that came.';
comment on column ops.forecast_judgement.warned is 'Of them, warned of three weeks or more before.';
comment on column ops.forecast_judgement.recall is 'Their share; null: no glut came.';
comment on column ops.forecast_judgement.alerts is 'Alerts given.';
comment on column ops.forecast_judgement.borne_out is 'Of them, followed by a glut.';
comment on column ops.forecast_judgement.precision is 'Their share; null: none was given.';
comment on column ops.forecast_judgement.lead_weeks is 'Median weeks between warning and glut.';
comment on column ops.forecast_judgement.cost is 'Three for a glut not warned of, one for an alert for nothing.';
comment on column ops.forecast_judgement.intervals is '80 % intervals that could be checked; null for rules that give none.';
comment on column ops.forecast_judgement.coverage is 'Share of them in which lay what came.';
comment on column ops.forecast_judgement.is_off is 'Whether the forecast of the product is switched off.';
