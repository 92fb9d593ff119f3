-- Each unit's own page after publication goes to the addresses that asked for it (docs/rules/reports.md#a-units-own-page).
alter table ops.sender_address add column wants_page boolean not null default false;
comment on column ops.sender_address.wants_page is 'Whether the unit''s own page of each published report is mailed to it.';
