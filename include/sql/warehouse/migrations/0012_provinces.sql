alter table core.province
    add column gso_code text,
    add column valid_from date,
    add column valid_to date;
comment on table core.province is 'Provinces before and after 2025-07-01 (Nghị quyết 202/2025/QH15). Grain: one row per province and its time.';
comment on column core.province.province_code is 'Code in this warehouse: the GSO code of before 2025-07-01; 2025-24 and so on for the provinces of after it, whose codes are those of others before.';
comment on column core.province.gso_code is 'The GSO code of its time.';
comment on column core.province.valid_from is 'First day.';
comment on column core.province.valid_to is 'Last day; null: still there.';

create table core.province_successor (
    province_code text primary key,
    successor_code text not null
);
comment on table core.province_successor is 'Into which province each of before 2025-07-01 went. Grain: one row per former province.';
comment on column core.province_successor.province_code is 'The former province.';
comment on column core.province_successor.successor_code is 'Its province since.';
