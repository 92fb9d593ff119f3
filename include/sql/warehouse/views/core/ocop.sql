-- A certificate without an expiry date ends the same day 36 months later.
drop view if exists core.ocop cascade;
create view core.ocop as
select ocop.*,
       coalesce(expires_on, (recognised_on + interval '36 months')::date) as valid_until
from core.ocop_version as ocop
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.ocop is 'The OCOP catalogue as known. Grain: one row per code.';
