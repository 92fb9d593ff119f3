insert into ops.report (
    report_kind, period, revision, period_start, period_end, published_at, known_at, code_version,
    figures_sha256, reason, frozen)
values (
    :report_kind, :period, :revision, :period_start, :period_end, :published_at, :known_at,
    :code_version, :figures_sha256, :reason, cast(:frozen as jsonb))
