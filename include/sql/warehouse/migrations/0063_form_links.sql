-- The key that signs the links of units' forms on the phone (docs/decisions/0037-form-on-the-phone.md).
create table ops.form_link_key (
    key text primary key
);
comment on table ops.form_link_key is 'What signs links of forms on the phone; another row makes all links void. Grain: one row.';
comment on column ops.form_link_key.key is 'The key: random, of this warehouse alone.';
insert into ops.form_link_key (key)
select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
