-- Which indicators units declare in their forms: how many rows a form has follows from it.
alter table core.indicator add column has_submission boolean not null default true;
comment on column core.indicator.has_submission is 'Whether units declare it in their forms.';
-- Those of section IV, which is in the monthly form only, are the office's own.
update core.indicator set has_submission = false where indicator_code like 'IV.%';
alter table core.indicator alter column has_submission drop default;
