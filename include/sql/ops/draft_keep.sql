insert into ops.draft (report_kind, period, built_at, known_until, figures_sha256)
values (:report_kind, :period, :built_at, :known_until, :figures_sha256)
on conflict (report_kind, period) do update set
    built_at = excluded.built_at, known_until = excluded.known_until,
    figures_sha256 = excluded.figures_sha256
