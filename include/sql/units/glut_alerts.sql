-- name: answer
-- The last word of an actor holds; what it says nothing of stays promised. Grain: one row, none for an alert that is none.
insert into ops.glut_answer (alert_id, actor, said, noted_by, noted_at, storage_tonnes, transport_tonnes)
select alert_id, :actor, :said, :by, :moment, :storage, :transport
from ops.glut_alert
where alert_id = :alert_id
on conflict (alert_id, actor) do update
set said = excluded.said, noted_by = excluded.noted_by, noted_at = excluded.noted_at,
    storage_tonnes = coalesce(excluded.storage_tonnes, glut_answer.storage_tonnes),
    transport_tonnes = coalesce(excluded.transport_tonnes, glut_answer.transport_tonnes)
returning alert_id;

-- name: answers
-- Grain: one row per alert and actor that has taken it in hand.
select alert_id, actor, said, noted_by, noted_at, storage_tonnes, transport_tonnes
from ops.glut_answer
order by alert_id, noted_at, actor;

-- name: close
update ops.glut_alert set closed_at = :moment, outcome = :outcome
where alert_id = :alert_id and closed_at is null;

-- name: is_read
-- Whether the alerts of a report, or of a later one, were read. Grain: one row.
select exists(select from ops.glut_reading where (period, revision) >= (:period, :revision));

-- name: listed
-- Those that stand first, the nearest peak first. Grain: one row per alert.
select alert_id, unit_code, product, warned_on, period, revision, peak_on, peak_interval, chance_pct, unsold,
       unsold_interval, noted_at, closed_at, outcome
from ops.glut_alert
order by closed_at is not null, case when closed_at is null then peak_on end, closed_at desc, alert_id;

-- name: note
-- What a report says of an alert: a new one, or later numbers of one that stands. Grain: one row per alert.
insert into ops.glut_alert (
    unit_code, product, warned_on, period, revision, peak_on, peak_interval, chance_pct, unsold, unsold_interval, noted_at
)
values (
    :unit, :product, :warned_on, :period, :revision, :peak_on, :peak_interval, :chance_pct, :unsold, :unsold_interval,
    :moment
)
on conflict (unit_code, product, warned_on) do update
set peak_on = excluded.peak_on, peak_interval = excluded.peak_interval, chance_pct = excluded.chance_pct,
    unsold = excluded.unsold, unsold_interval = excluded.unsold_interval
returning alert_id;

-- name: read
insert into ops.glut_reading (period, revision, read_at) values (:period, :revision, :moment)
on conflict (period) do update set revision = excluded.revision, read_at = excluded.read_at;

-- name: readiness
-- How ready a unit is to sell the product of an alert that stands: what its households sell of it on the platforms
-- on a day. Grain: one row per alert.
select alert.alert_id, count(distinct listing.product_key) as listings,
       count(distinct listing.platform || '|' || listing.seller_id) as stalls
from ops.glut_alert as alert
left join (
    select distinct unit_code, name, name_key
    from core.season
) as season on season.unit_code = alert.unit_code and season.name = alert.product
left join core.counted_listing as listing
  on listing.unit_code = alert.unit_code and listing.category_key = season.name_key
 and listing.product_group = 'agri' and listing.listed_on <= :today
 and (listing.live_until is null or listing.live_until > :today)
where alert.closed_at is null
group by alert.alert_id;

-- name: clear_weeks
delete from ops.glut_week where alert_id = :alert_id;

-- name: note_week
insert into ops.glut_week (alert_id, week_on, harvested, harvested_low, harvested_high, sold, demand, is_peak)
values (:alert_id, :week_on, :harvested, :harvested_low, :harvested_high, :sold, :demand, :is_peak);

-- name: rename
update ops.glut_alert set product = :product where alert_id = :alert_id;

-- name: weeks
-- The weeks ahead of the alerts that stand. Grain: one row per alert and week.
select alert_id, week_on, harvested, harvested_low, harvested_high, sold, demand, is_peak
from ops.glut_week
join ops.glut_alert using (alert_id)
where closed_at is null
order by alert_id, week_on;
