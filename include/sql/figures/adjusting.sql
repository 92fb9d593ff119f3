-- name: adjusted
insert into adjusted
values (:period, :unit_code, :indicator_code, :indicator_position, :measure, :measure_position,
        :old_value, :old_value_2, :new_value, :new_value_2, :files);

-- name: causes
-- Which files changed platform figures between then and now, by indicator and unit. Only things that count otherwise
-- than before: of these the files of the records that count now and did not then (or otherwise), and
-- those that replaced a record that counted. Where only the resolution of producers changed: the files
-- it was resolved anew with. Grain: one row per indicator, unit and file.
with counted as (
    select 'then' as at, * from traced_then where is_in_period or is_cumulative
    union all
    select 'now', * from traced_now where is_in_period or is_cumulative
),
thing_counted as (
    select indicator_code, part, unit_code, thing,
           count(*) filter (where at = 'then' and is_in_period) > 0 as then_in_period,
           count(*) filter (where at = 'now' and is_in_period) > 0 as now_in_period,
           count(*) filter (where at = 'then' and is_cumulative) > 0 as then_cumulative,
           count(*) filter (where at = 'now' and is_cumulative) > 0 as now_cumulative,
           coalesce(sum(amount) filter (where at = 'then'), 0) as then_amount,
           coalesce(sum(amount) filter (where at = 'now'), 0) as now_amount
    from counted
    group by indicator_code, part, unit_code, thing
),
thing_changed as (
    select indicator_code, part, thing
    from thing_counted
    where then_in_period <> now_in_period or then_cumulative <> now_cumulative
       or then_amount <> now_amount
),
changed as (
    select coalesce(fresh.indicator_code, stale.indicator_code) as indicator_code,
           coalesce(fresh.record_id, stale.record_id) as record_id,
           stale.record_id is null as is_new,
           stale.unit_code as old_unit, fresh.unit_code as new_unit
    from (select counted.* from counted where at = 'then') as stale
    full join (select counted.* from counted where at = 'now') as fresh
      on fresh.record_id = stale.record_id and fresh.part = stale.part
     and fresh.indicator_code = stale.indicator_code
    where row(stale.unit_code, stale.thing, stale.amount, stale.is_in_period, stale.is_cumulative)
          is distinct from
          row(fresh.unit_code, fresh.thing, fresh.amount, fresh.is_in_period, fresh.is_cumulative)
      and (coalesce(fresh.indicator_code, stale.indicator_code), coalesce(fresh.part, stale.part),
           coalesce(fresh.thing, stale.thing)) in (
          select thing_changed.indicator_code, thing_changed.part, thing_changed.thing from thing_changed)
),
cause as (
    select indicator_code, old_unit, new_unit, ops.file_of(record_id) as file_id
    from changed
    where is_new
    union
    select indicator_code, old_unit, new_unit, ops.file_of(successor.next_record_id)
    from changed
    join core.successor using (record_id)
    where not is_new
),
received as (
    select cause.indicator_code, cause.old_unit, cause.new_unit, file.file_id
    from cause
    join ops.source_file as file using (file_id)
    where file.received_at > :known_at
),
relinked as (
    select distinct changed.indicator_code, changed.old_unit, changed.new_unit, file.file_id
    from changed
    join ops.source_file as file
      on file.received_at > :known_at and file.status = 'loaded'
     and (file.entity ~ 'registry|wallet' or file.entity = 'stall')
    where changed.indicator_code not in (select received.indicator_code from received)
)
select found.indicator_code, place.unit_code, found.file_id
from (select * from received union select * from relinked) as found
cross join lateral (values (core.home_province()), (found.old_unit), (found.new_unit)) as place (unit_code)
where place.unit_code is not null
group by found.indicator_code, place.unit_code, found.file_id
order by found.indicator_code, place.unit_code, found.file_id;

-- name: causes_base
-- Lists that became known after a moment and change the bases of a year that read them. Grain: unit and file.
with listed as (
    select unit_code, record_id from core.base_version
    where known_from > :known_at and year = :year and 'base' = any(cast(:entities as text[]))
    union all
    select unit_code, record_id from core.ocop_version
    where known_from > :known_at and 'ocop' = any(cast(:entities as text[]))
    union all
    select unit_code, record_id from core.key_product_version
    where known_from > :known_at and year = :year and 'key_product' = any(cast(:entities as text[]))
    union all
    select unit_code, record_id from core.season_version
    where known_from > :known_at and extract(year from month_on) = :year
      and 'season' = any(cast(:entities as text[]))
)
select place.unit_code, ops.file_of(listed.record_id) as file_id
from listed
cross join lateral (values (listed.unit_code), (:province)) as place (unit_code)
group by place.unit_code, ops.file_of(listed.record_id)
order by place.unit_code, ops.file_of(listed.record_id);

-- name: causes_freshness
-- Exports that made a platform fresh for a period after a moment. Grain: one row per file.
select file_id
from ops.source_file
where source = any(cast(:platforms as text[])) and received_at > :known_at
  and status in ('loaded', 'duplicate') and export_date >= cast(:last_day as date)
order by file_id;

-- name: causes_submission
-- Forms that became known after a moment and bear on a period's declared values. Grain: unit and file.
select place.unit_code, submission.file_id
from core.submission
cross join lateral (values (submission.unit_code), (core.home_province())) as place (unit_code)
where submission.known_from > :known_at and submission.unit_code is not null
  and submission.period_end <= :period_end
group by place.unit_code, submission.file_id
order by place.unit_code, submission.file_id;

-- name: changed_figures
-- Figures of published reports of a kind, of the revisions given, that are different now, with the files kept as those
-- that changed them (null: they are to be found) and how many rows are kept of the report. Grain: one row per period,
-- unit, indicator and measure, by period.
with asked as (
    select period, revision
    from unnest(cast(:periods as text[]), cast(:revisions as integer[])) as report (period, revision)
)
select published.period, published.revision, published.unit_code, published.indicator_code, measure.name as measure,
       measure.old_value, measure.old_value_2, measure.new_value, measure.new_value_2, change.file_ids,
       (select count(*) from ops.report_change as every
        where every.report_kind = published.report_kind and every.period = published.period
          and every.revision = published.revision) as kept
from asked
join mart.indicator_published as published
  on published.report_kind = :report_kind and published.period = asked.period and published.revision = asked.revision
join mart.indicator_value as value
  on value.report_kind = published.report_kind and value.period_start = published.period_start
 and value.unit_code = published.unit_code and value.indicator_code = published.indicator_code
cross join lateral (values
    ('in_period', published.in_period, published.in_period_2, value.in_period, value.in_period_2),
    ('cumulative', published.cumulative, published.cumulative_2, value.cumulative, value.cumulative_2),
    ('growth_pct', published.growth_pct, null, value.growth_pct, null),
    ('completion_pct', published.completion_pct, null, value.completion_pct, null)
) as measure (name, old_value, old_value_2, new_value, new_value_2)
left join ops.report_change as change
  on change.report_kind = published.report_kind and change.period = published.period
 and change.revision = published.revision and change.unit_code = published.unit_code
 and change.indicator_code = published.indicator_code and change.measure = measure.name
 and row(change.new_value, change.new_value_2)
     is not distinct from row(measure.new_value, measure.new_value_2)
where row(measure.old_value, measure.old_value_2) is distinct from row(measure.new_value, measure.new_value_2)
order by published.period, published.unit_code, published.indicator_code, measure.name;

-- name: changed_from
select core.changed_from(:entity, cast(:columns as text[]), :since);

-- name: declared_from
-- The first day of the earliest period for which a form became known after a moment. Grain: one row.
select min(period_start) from core.submission_version where known_from > :since;

-- name: file_labels
select file_id, source, name from ops.source_file where file_id = any(cast(:file_ids as integer[]));

-- name: forget_causes
-- Of reports on which something new bears.
delete from ops.report_change
where report_kind = :report_kind and period = any(cast(:periods as text[]));

-- name: forget_changes
delete from ops.report_change
where report_kind = :report_kind and period = :period and revision = :revision;

-- name: fresh_from
-- The earliest day of a period in which platforms were not fresh and may be now. Grain: one row.
select min(least(value.period_start, file.export_date))
from mart.indicator_value as value
join ops.source_file as file
  on file.received_at > :since and file.source = any(cast(:platforms as text[]))
 and file.export_date >= value.period_end - 1
where value.report_kind = :report_kind and value.unit_code = :province
  and value.indicator_code = any(cast(:codes as text[])) and value.channel is distinct from 'platform';

-- name: keep_change
insert into ops.report_change (
    report_kind, period, revision, unit_code, indicator_code, measure, new_value, new_value_2, file_ids)
values (
    :report_kind, :period, :revision, :unit_code, :indicator_code, :measure, :new_value, :new_value_2, :file_ids)
on conflict (report_kind, period, revision, unit_code, indicator_code, measure) do update
set new_value = excluded.new_value, new_value_2 = excluded.new_value_2, file_ids = excluded.file_ids;

-- name: last_arrival
-- The moment of the last thing that became known: a file's arrival, or a later resolution of producers.
select greatest(
    (select max(received_at) from ops.source_file),
    (select max(known_from) from core.producer_version),
    (select max(known_from) from core.producer_member_version),
    (select max(known_until) from core.producer_member_version where known_until <> 'infinity'));

-- name: phones_from
-- The earliest day on which anything was ordered by a phone that became known, or known otherwise, after a moment:
-- who bought input goods is known by phone. Grain: one row.
with phone as (
    select new.phone
    from core.registry_version as new
    where new.known_from > :since and new.phone is not null
    union
    select old.phone
    from core.registry_version as old
    where old.known_until > :since and old.known_until <> 'infinity' and old.phone is not null
    union
    select stall.phone
    from core.stall_version as stall
    where (stall.known_from > :since or stall.known_until > :since and stall.known_until <> 'infinity')
      and stall.phone is not null
)
select min(kept.first_on)
from core.input_order as kept
join phone on phone.phone = kept.buyer_phone
where not kept.is_month;

-- name: published_before
-- Earlier published periods of a kind with their last revision. Grain: one row per period.
select distinct on (report.period)
       report.period, report.revision, report.known_at,
       coalesce(report_check.checked_until, report.known_at) as checked_until
from ops.report
left join ops.report_check using (report_kind, period)
where report.report_kind = :report_kind and report.period_end <= :period_start
  and report.published_at <= core.known_at()
order by report.period, report.revision desc;

-- name: relinked_from
-- The earliest day that producers resolved otherwise after a moment bear on: the dates of their stalls, listings and
-- wallets. Grain: one row.
with relinked as (
    select new.member_kind, new.member_key
    from core.producer_member_version as new
    left join core.producer_member_version as old
      on old.member_kind = new.member_kind and old.member_key = new.member_key
     and old.known_until = new.known_from
    where new.known_from > :since and new.producer_id is distinct from old.producer_id
    union
    select old.member_kind, old.member_key
    from core.producer_member_version as old
    where old.known_until > :since and old.known_until <> 'infinity'
      and not exists (
          select 1 from core.producer_member_version as new
          where new.member_kind = old.member_kind and new.member_key = old.member_key
            and new.known_from = old.known_until)
    union
    select member.member_kind, member.member_key
    from core.producer_version as new
    join core.producer_version as old
      on old.producer_id = new.producer_id and old.known_until = new.known_from
    join core.producer_member_version as member
      on member.producer_id = new.producer_id and member.known_until > new.known_from
    where new.known_from > :since
      and (new.kind, new.unit_code) is distinct from row(old.kind, old.unit_code)
),
member as (
    select least(stall.opened_on, stall.payment_account_on, stall.brand_mark_on,
                 stall.traceability_on, listing.first_on) as day
    from relinked
    join core.stall_version as stall
      on relinked.member_kind = 'stall' and stall.entity_key = relinked.member_key
     and stall.known_until = 'infinity'
    left join lateral (
        select min(least(listed_on, brand_mark_on, traceability_on)) as first_on
        from core.listing_version as listing
        where listing.platform = stall.platform and listing.seller_id = stall.seller_id
          and listing.known_until = 'infinity'
    ) as listing on true
    union all
    select wallet.opened_on as day
    from relinked
    join core.wallet_version as wallet
      on relinked.member_kind = 'wallet' and wallet.entity_key = relinked.member_key
     and wallet.known_until = 'infinity'
)
select min(day) from member;

-- name: report_check
insert into ops.report_check (report_kind, period, checked_until)
values (:report_kind, :period, :checked_until)
on conflict (report_kind, period) do update set checked_until = excluded.checked_until;

-- name: traced_then
create temporary table if not exists traced_then (
    indicator_code text, part integer, unit_code text, thing text, happened_on date, live_from date, live_until date,
    amount numeric, record_id bigint, is_in_period boolean, is_cumulative boolean, records bigint
) on commit drop;
create temporary table if not exists traced_now (like traced_then) on commit drop;
delete from traced_then;
delete from traced_now;
