create table core.office (
    valid_from date primary key,
    valid_until date,
    province_code text not null,
    province_name text not null,
    name text not null,
    plan_number text not null,
    plan_start date not null
);
comment on table core.office is 'Whose reports these are, as include/office.yml says. Grain: one row per time in which none of it changed.';
comment on column core.office.valid_from is 'First day.';
comment on column core.office.valid_until is 'Last day; null: still so.';
comment on column core.office.province_code is 'Its province (core.province), the same in all rows: core.home_province().';
comment on column core.office.province_name is 'Name of the province.';
comment on column core.office.name is 'Name of the office that reports.';
comment on column core.office.plan_number is 'Number of the plan it reports on.';
comment on column core.office.plan_start is 'First day that counts, the same in all rows.';
-- Until the reference lists are loaded anew, views of an existing warehouse must know their province.
insert into core.office (valid_from, province_code, province_name, name, plan_number, plan_start)
values ('2021-10-18', '22', 'Quảng Ninh', 'Sở Thông tin và Truyền thông tỉnh Quảng Ninh', '201/KH-UBND', '2021-10-18');

comment on column core.stall_version.platform is 'Code of the marketplace: the source of its contract.';
comment on column core.listing_version.platform is 'Code of the marketplace: the source of its contract.';
comment on column core.order_line_version.platform is 'Code of the marketplace: the source of its contract.';
