select address from ops.recipient where report_kind = 'alarm' and is_active order by address
