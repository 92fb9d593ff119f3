select role, address, name
from ops.recipient
where report_kind = :report_kind and is_active
order by case role when 'to' then 1 when 'cc' then 2 else 3 end, address
