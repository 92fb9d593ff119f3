-- name: insert_published
insert into mart.indicator_published (
    report_kind, period, period_start, period_end, revision, unit_code, indicator_code, in_period,
    in_period_2, previous, growth_pct, cumulative, cumulative_2, base, target_share, completion_pct,
    channel, note, published_at, sha256)
values (
    :report_kind, :period, :period_start, :period_end, :revision, :unit_code, :indicator_code,
    :in_period, :in_period_2, :previous, :growth_pct, :cumulative, :cumulative_2, :base, :target_share,
    :completion_pct, :channel, :note, :published_at, :sha256);

-- name: insert_published_region
insert into mart.region_published (
    report_kind, period, period_start, period_end, revision, region_code, region, is_reporting, indicator_code,
    in_period, in_period_2, previous, growth_pct, cumulative, cumulative_2, base, target_share, completion_pct,
    channel, note, published_at, sha256)
values (
    :report_kind, :period, :period_start, :period_end, :revision, :unit_code, :region, :is_reporting, :indicator_code,
    :in_period, :in_period_2, :previous, :growth_pct, :cumulative, :cumulative_2, :base, :target_share,
    :completion_pct, :channel, :note, :published_at, :sha256);

-- name: insert_report
insert into ops.report (
    report_kind, period, revision, period_start, period_end, published_at, known_at, code_version,
    figures_sha256, reason, frozen)
values (
    :report_kind, :period, :revision, :period_start, :period_end, :published_at, :known_at,
    :code_version, :figures_sha256, :reason, cast(:frozen as jsonb));

-- name: insert_report_file
insert into ops.report_file (report_kind, period, revision, name, sha256, size_bytes, content)
values (:report_kind, :period, :revision, :name, :sha256, :size_bytes, :content);

-- name: insert_report_sources
insert into ops.report_source (report_kind, period, revision, file_id)
select :report_kind, :period, :revision, file_id
from ops.source_file
where status = 'loaded';

-- name: report_files
select name, sha256, size_bytes, content
from ops.report_file
where report_kind = :report_kind and period = :period and revision = :revision
order by name;
