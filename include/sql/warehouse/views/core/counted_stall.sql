drop view if exists core.counted_stall cascade;
create view core.counted_stall as
select entity_key, platform, producer_id, producer_unit_code as unit_code, opened_on, closed_on,
       payment_account_on, brand_mark_on, traceability_on, record_id
from core.stall
where is_counted;
comment on view core.counted_stall is 'Stalls that count: in the home province, of a producer that counts; the unit is the producer''s. Grain: one row per stall.';
