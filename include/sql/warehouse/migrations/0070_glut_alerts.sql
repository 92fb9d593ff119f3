-- Alerts of a glut that published weekly reports have given, who has taken them in hand, and what came of them
-- (docs/rules/forecast.md#alerts-go-out).
create table ops.glut_alert (
    alert_id integer generated always as identity primary key,
    unit_code text not null,
    product text not null,
    warned_on date not null,
    period text not null,
    revision integer not null,
    peak_on date not null,
    peak_interval text not null,
    chance_pct numeric not null,
    unsold numeric not null,
    unsold_interval text not null,
    noted_at timestamptz not null,
    closed_at timestamptz,
    outcome text check (outcome in ('glut', 'none', 'unknown')),
    unique (unit_code, product, warned_on),
    check (num_nonnulls(closed_at, outcome) in (0, 2))
);
comment on table ops.glut_alert is 'Alerts of a glut. Grain: one row per unit, product and day from which it was given.';
comment on column ops.glut_alert.alert_id is 'Number of the alert.';
comment on column ops.glut_alert.unit_code is 'The unit that harvests.';
comment on column ops.glut_alert.product is 'Name of the key product.';
comment on column ops.glut_alert.warned_on is 'First day after the week whose report first gave it.';
comment on column ops.glut_alert.period is 'The weekly report that it was first read in.';
comment on column ops.glut_alert.revision is 'Revision of that report.';
comment on column ops.glut_alert.peak_on is 'First day of the week with the largest surplus, as the last report said.';
comment on column ops.glut_alert.peak_interval is 'Its 80 % interval, as printed.';
comment on column ops.glut_alert.chance_pct is 'Chance of a glut, per cent, as the last report said.';
comment on column ops.glut_alert.unsold is 'Tonnes left over in eight weeks, as the last report said.';
comment on column ops.glut_alert.unsold_interval is 'Its 80 % interval, as printed.';
comment on column ops.glut_alert.noted_at is 'When it was read from the report.';
comment on column ops.glut_alert.closed_at is 'When a report no longer gave it; null: it stands.';
comment on column ops.glut_alert.outcome is 'glut: prices fell below the frame in its weeks; none: they did not; unknown: its weeks are no longer kept.';

create table ops.glut_answer (
    alert_id integer not null references ops.glut_alert,
    actor text not null,
    said text not null,
    noted_by text not null,
    noted_at timestamptz not null,
    primary key (alert_id, actor)
);
comment on table ops.glut_answer is 'Who has taken an alert in hand. Grain: one row per alert and actor.';
comment on column ops.glut_answer.alert_id is 'The alert.';
comment on column ops.glut_answer.actor is 'Unit code or key of the actor.';
comment on column ops.glut_answer.said is 'What is being done, in a person''s words; may be empty.';
comment on column ops.glut_answer.noted_by is 'Who noted it.';
comment on column ops.glut_answer.noted_at is 'When it was noted.';

create table ops.glut_reading (
    period text primary key,
    revision integer not null,
    read_at timestamptz not null
);
comment on table ops.glut_reading is 'Weekly reports whose alerts were read. Grain: one row per week.';
comment on column ops.glut_reading.period is 'The week.';
comment on column ops.glut_reading.revision is 'The last revision that was read.';
comment on column ops.glut_reading.read_at is 'When.';
