insert into ops.report_file (report_kind, period, revision, name, sha256, size_bytes, content)
values (:report_kind, :period, :revision, :name, :sha256, :size_bytes, :content)
