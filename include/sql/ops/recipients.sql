select report_kind, role, address, name, is_active from ops.recipient order by report_kind, role, address
