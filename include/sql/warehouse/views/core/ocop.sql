-- A certificate without an expiry date ends the same day 36 months later.
drop view if exists core.ocop cascade;
create view core.ocop as
select shown.unit_code,
       ocop.entity_key, ocop.ocop_code, ocop.name, ocop.owner_name, ocop.owner_paper_number, ocop.stars,
       ocop.recognised_on, ocop.expires_on, ocop.record_id, ocop.known_from, ocop.known_until,
       coalesce(ocop.expires_on, (ocop.recognised_on + interval '36 months')::date) as valid_until
from core.ocop_version as ocop
left join core.seat_shown as shown on shown.seat_code = ocop.unit_code
where ocop.known_from <= core.known_at() and ocop.known_until > core.known_at();
comment on view core.ocop is 'The OCOP catalogue as known, by the units of core.units_on(); null: no unit is proved. Grain: one row per code.';
