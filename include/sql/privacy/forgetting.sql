-- name: bearers
-- All rows that name a person, as known now and before, with their numbers. Grain: one row per row and content.
with named as (
    select 'stall' as kind, entity_key as key, owner_name as name, array[paper_number, phone] as numbers
    from core.stall_version
    union
    select 'registry', entity_key, name, array[paper_number, phone] from core.registry_version
    union
    select 'wallet', entity_key, name, array[paper_number, phone] from core.wallet_version
    union
    select 'training', entity_key, name, array[paper_number, phone] from core.training_version
    union
    select 'ocop', entity_key, owner_name, array[owner_paper_number] from core.ocop_version
)
select named.kind, named.key, named.name, named.numbers, member.producer_id
from named
left join core.producer_member_version as member
  on member.member_kind = named.kind and member.member_key = named.key and member.known_until = 'infinity'
where named.name is not null
order by named.kind, named.key, named.name;

-- name: erase
-- Replaces a person's numbers, names and keys everywhere but in what was published and in the audit.
update raw.source_row
set cells = erased_row.cells, entity_key = erased_row.entity_key
from erased_row
where source_row.record_id = erased_row.record_id;

-- What a message quotes is gone with it: the rule's own sentence stays.
update ops.quarantine
set value = null, parameters = null, entity_key = erased_row.entity_key,
    message = coalesce((select label from ops.rule where rule.rule = quarantine.rule), quarantine.rule)
from erased_row
where quarantine.record_id = erased_row.record_id;
update ops.row_warning
set value = null, parameters = null,
    message = coalesce((select label from ops.rule where rule.rule = row_warning.rule), row_warning.rule)
from erased_row
where row_warning.record_id = erased_row.record_id;

update core.stall_version as row
set owner_name = erased_key.person,
    stall_name = case when row.stall_name is not null then erased_key.person end
from erased_key
where erased_key.entity = 'stall' and erased_key.old = row.entity_key;
update core.registry_version as row
set name = coalesce(erased_key.person, row.name), entity_key = erased_key.new
from erased_key
where erased_key.entity = 'registry' and erased_key.old = row.entity_key;
update core.wallet_version as row
set name = coalesce(erased_key.person, row.name), entity_key = erased_key.new
from erased_key
where erased_key.entity = 'wallet' and erased_key.old = row.entity_key;
update core.training_version as row
set name = coalesce(erased_key.person, row.name), entity_key = erased_key.new,
    person_key = coalesce((select new from erased_number where old = row.person_key), row.person_key)
from erased_key
where erased_key.entity = 'training' and erased_key.old = row.entity_key;
update core.listing_version as row
set name = erased_listing.new, name_key = erased_listing.new_key
from erased_listing
where erased_listing.key = row.entity_key and erased_listing.old = row.name;
update core.ocop_version as row
set owner_name = erased_key.person
from erased_key
where erased_key.entity = 'ocop' and erased_key.old = row.entity_key and row.owner_name is not null;
update core.season_version as row
set contact = :person
from erased_number
where row.contact_phone = erased_number.old and row.contact is not null;

-- Numbers go wherever they stand, so that what was equal stays equal.
update core.stall_version as row set paper_number = new from erased_number where paper_number = old;
update core.stall_version as row set phone = new from erased_number where phone = old;
update core.registry_version as row set paper_number = new from erased_number where paper_number = old;
update core.registry_version as row set phone = new from erased_number where phone = old;
update core.wallet_version as row set paper_number = new from erased_number where paper_number = old;
update core.wallet_version as row set phone = new from erased_number where phone = old;
update core.training_version as row set paper_number = new from erased_number where paper_number = old;
update core.training_version as row set phone = new from erased_number where phone = old;
update core.ocop_version as row set owner_paper_number = new from erased_number where owner_paper_number = old;
update core.season_version as row set contact_phone = new from erased_number where contact_phone = old;
update core.order_line_version as row set buyer_phone = new from erased_number where buyer_phone = old;
update core.order_line_waiting as row set buyer_phone = new from erased_number where buyer_phone = old;

update core.producer_member_version as row set member_key = new
from erased_key where entity = member_kind and old = member_key;
update core.producer_member_version as row set linked_to = new
from erased_key where old = linked_to and new <> old;
update core.doubtful_pair as row set left_key = new from erased_key where entity = left_kind and old = left_key;
update core.doubtful_pair as row set right_key = new from erased_key where entity = right_kind and old = right_key;

-- name: list
-- Who was forgotten. Grain: one row per person.
select coalesce(person, pseudonym) as person, min(forgotten_at) as forgotten_at,
       count(*) filter (where kind = 'number') as numbers, max(came_back_at) as came_back_at
from ops.forgotten
group by coalesce(person, pseudonym)
order by min(forgotten_at), person;

-- name: notes
-- What is kept of forgotten persons. Grain: one row per number or key.
select number_hash, kind, pseudonym, person, forgotten_at from ops.forgotten order by number_hash;

-- name: open
drop table if exists pg_temp.erased_number, pg_temp.erased_key, pg_temp.erased_row, pg_temp.erased_listing;
create temporary table erased_number (old text primary key, new text not null) on commit drop;
create temporary table erased_key (
    entity text, old text, new text not null, person text, primary key (entity, old)
) on commit drop;
create temporary table erased_row (
    record_id bigint primary key, entity_key text, cells text[]
) on commit drop;
create temporary table erased_listing (
    key text, old text, new text, new_key text, primary key (key, old)
) on commit drop;

-- name: remember
insert into ops.forgotten (number_hash, kind, pseudonym, person, forgotten_at)
values (:number_hash, :kind, :pseudonym, :person, :moment)
on conflict (number_hash) do nothing;

-- name: salt
insert into ops.forgotten_salt (salt) values (:salt) on conflict (is_only) do nothing;

-- name: taken_numbers
-- Which of the numbers somebody bears already.
select number
from unnest(cast(:numbers as text[])) as number
where number in (
    select unnest(array[paper_number, phone]) from core.stall_version
    union all select unnest(array[paper_number, phone]) from core.registry_version
    union all select unnest(array[paper_number, phone]) from core.wallet_version
    union all select unnest(array[paper_number, phone]) from core.training_version
    union all select buyer_phone from core.order_line_version
    union all select owner_paper_number from core.ocop_version
    union all select contact_phone from core.season_version
    union all select pseudonym from ops.forgotten);
