-- Columns of the session's stage table, in order.
select attname as column_name
from pg_attribute
where attrelid = 'pg_temp.stage'::regclass and attnum > 0 and not attisdropped
order by attnum
