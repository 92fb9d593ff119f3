insert into ops.rule (rule, label, reason) values (:rule, :label, :reason)
