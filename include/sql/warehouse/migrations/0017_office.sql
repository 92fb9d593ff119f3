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
-- Until the reference lists are loaded anew, views of an existing warehouse must know their province and deadlines.
insert into core.office (valid_from, province_code, province_name, name, plan_number, plan_start)
values ('2021-10-18', '22', 'Quảng Ninh', 'Sở Thông tin và Truyền thông tỉnh Quảng Ninh', '201/KH-UBND', '2021-10-18');

create table core.deadline (
    report_kind text not null,
    valid_from date not null,
    days_after_end integer not null,
    due_time time not null,
    primary key (report_kind, valid_from)
);
comment on table core.deadline is 'When reports are due, as include/calendar.yml says. Grain: one row per kind and time in which it did not change.';
comment on column core.deadline.report_kind is 'week or month';
comment on column core.deadline.valid_from is 'Holds for the periods that end on this day (the day after their last day) or later, until the next row''s.';
comment on column core.deadline.days_after_end is 'Days from the period''s end to the day on which it is due.';
comment on column core.deadline.due_time is 'Time of that day in Việt Nam.';
insert into core.deadline (report_kind, valid_from, days_after_end, due_time)
values ('week', '2021-10-21', 0, '14:00'), ('month', '2021-11-01', 2, '14:00');

comment on column core.stall_version.platform is 'Code of the marketplace: the source of its contract.';
comment on column core.listing_version.platform is 'Code of the marketplace: the source of its contract.';
comment on column core.order_line_version.platform is 'Code of the marketplace: the source of its contract.';
