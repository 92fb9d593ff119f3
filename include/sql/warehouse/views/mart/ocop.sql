drop view if exists mart.ocop cascade;
create view mart.ocop as
select ocop_code, unit_code, stars, recognised_on, valid_until as valid_until_on
from core.ocop;
comment on view mart.ocop is 'The OCOP catalogue. Without names of products, which often hold their owner''s, and without owners. Grain: one row per code.';
comment on column mart.ocop.ocop_code is 'Code of the product.';
comment on column mart.ocop.unit_code is 'Unit of the product.';
comment on column mart.ocop.stars is 'Stars, 1 to 5.';
comment on column mart.ocop.recognised_on is 'Date of the certificate.';
comment on column mart.ocop.valid_until_on is 'Day of its expiry; without one 36 months after recognition.';
