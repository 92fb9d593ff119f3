-- name: next_number
-- As 2021-3: the year, and one more than its last.
select :year || '-' || coalesce(max(split_part(number, '-', 2)::integer), 0) + 1
from ops.adhoc_report
where split_part(number, '-', 1) = cast(:year as text);

-- name: insert
insert into ops.adhoc_report (
    number, title, reason, asked_by, period_start, period_end, units, indicators, published_at, known_at,
    code_version, frozen)
values (
    :number, :title, :reason, :asked_by, :period_start, :period_end, cast(:units as text[]),
    cast(:indicators as text[]), :published_at, :known_at, :code_version, cast(:frozen as jsonb));

-- name: insert_file
insert into ops.adhoc_report_file (number, name, sha256, size_bytes, content)
values (:number, :name, :sha256, :size_bytes, :content);

-- name: listed
-- Newest first. Grain: one row per report; :number null: all of them.
select number, title, reason, asked_by, period_start, period_end, units, indicators, published_at, known_at
from ops.adhoc_report
where cast(:number as text) is null or number = :number
order by published_at desc, number desc;

-- name: frozen
select frozen
from ops.adhoc_report
where number = :number;

-- name: files
select name, sha256, size_bytes, content
from ops.adhoc_report_file
where number = :number
order by name;

-- name: file_names
-- Grain: one row per file of all reports.
select number, name, size_bytes, sha256
from ops.adhoc_report_file
order by number, name;

-- name: mailed
-- Who got it, and what became of the mail. Grain: one row per recipient.
select recipient, state, changed_at
from ops.mail
where kind = 'adhoc' and fact = 'adhoc|' || :number
order by recipient;
