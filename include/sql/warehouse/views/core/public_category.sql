-- A category is typed by sellers. It is shown when an office's list has it, or when at least three
-- sellers use it: then it is a word, not somebody's number or name.
drop view if exists core.public_category cascade;
create view core.public_category as
with used as (
    select category_key, platform || '|' || seller_id as seller, category
    from core.listing_version
    where known_from <= core.known_at() and known_until > core.known_at() and category_key is not null
),
office as (
    select name_key from core.key_product
    union
    select name_key from core.season
    union
    select name_key from core.price
)
select used.category_key, min(used.category collate "C") as category
from used
left join office on office.name_key = used.category_key
group by used.category_key
having count(distinct used.seller) >= 3 or bool_or(office.name_key is not null);
comment on view core.public_category is 'Categories that can be nobody''s number or name: in an office''s list, or used by three sellers. Grain: one row per normalised category.';
comment on column core.public_category.category_key is 'Normalised category.';
comment on column core.public_category.category is 'As written; of several spellings the first.';
