drop view if exists core.price_told cascade;
create view core.price_told as
select name_key, priced_on, place, price_vnd_kg, known_from, known_until
from core.price_version
where known_from <= core.known_at();
comment on view core.price_told is 'Market prices with all that had been told until core.known_at(). Grain: one row per product, date, place and content.';
