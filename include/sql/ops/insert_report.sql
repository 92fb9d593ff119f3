insert into ops.report (
    report_kind, period, revision, period_start, period_end, published_at, known_at, code_version,
    figures_sha256, frozen)
values (
    :report_kind, :period, :revision, :period_start, :period_end, :published_at, :known_at,
    :code_version, :figures_sha256, cast(:frozen as jsonb))
