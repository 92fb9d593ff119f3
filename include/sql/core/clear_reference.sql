truncate core.unit, core.province, core.province_successor, core.country, core.target, ops.rule
