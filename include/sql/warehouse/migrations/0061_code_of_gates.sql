-- Which code looked: reports have noted it from the first.
alter table ops.check_run add column code_version text;
comment on column ops.check_run.code_version is 'Version of lensan that looked, with its commit where known; null: of before it was noted.';
comment on column ops.report.code_version is 'Version of lensan that rendered it, with its commit where known: 0.2.0+1a2b…';
