drop view if exists mart.stall cascade;
create view mart.stall as
with first_row as (
    select entity_key, min(record_id) as stall_id from core.stall_version group by entity_key
)
select first_row.stall_id, stall.platform, stall.producer_id,
       case when stall.producer_id is null then stall.unit_code else stall.producer_unit_code end as unit_code, stall.province_code, stall.kind,
       stall.opened_on, stall.closed_on, stall.payment_account_on, stall.brand_mark_on,
       stall.traceability_on
from core.stall
join first_row using (entity_key);
comment on view mart.stall is 'Stalls of the marketplaces. Without their names and numbers there, which lead to a person. A row is of a single producer: not for the public. Grain: one row per stall.';
comment on column mart.stall.stall_id is 'Number of the stall in this warehouse; it stays.';
comment on column mart.stall.platform is 'Code of the marketplace: the source of its contract.';
comment on column mart.stall.producer_id is 'Its producer (mart.producer); null outside the province.';
comment on column mart.stall.unit_code is 'Its producer''s unit, else its own; only for stalls of the province.';
comment on column mart.stall.province_code is 'GSO code of the province, before 2025-07-01.';
comment on column mart.stall.kind is 'household, business_household, cooperative, coop_group or company';
comment on column mart.stall.opened_on is 'Opening date.';
comment on column mart.stall.closed_on is 'Closing date; null while it is open.';
comment on column mart.stall.payment_account_on is 'Since when it has a payment account.';
comment on column mart.stall.brand_mark_on is 'Since when it bears a brand mark.';
comment on column mart.stall.traceability_on is 'Since when it is traceable.';
