insert into ops.rule (rule, label, reason, mended_by) values (:rule, :label, :reason, :mended_by)
