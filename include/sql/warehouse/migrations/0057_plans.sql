-- Further plans beside the first: their reports are of kinds of their own, as week_kh2.
alter table ops.recipient drop constraint recipient_report_kind_check;
comment on column ops.recipient.report_kind is 'week or month, of a further plan as week_kh2; alarm for the engineers.';

alter table core.indicator add column plan text not null default '';
comment on column core.indicator.plan is 'Key of the plan whose forms have it; empty: the first plan''s.';

comment on column mart.indicator_value.report_kind is 'week or month, of a further plan as week_kh2';
comment on column mart.indicator_evidence.report_kind is 'week or month, of a further plan as week_kh2';
comment on column mart.indicator_published.report_kind is 'week or month, of a further plan as week_kh2';
