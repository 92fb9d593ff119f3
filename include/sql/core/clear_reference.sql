truncate core.unit, core.province, core.country, core.target, ops.rule
