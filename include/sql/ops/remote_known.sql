-- The version of each remote object that was fetched last. Grain: one row per URL.
select distinct on (url) url, validator
from ops.remote_object
where source = :source
order by url, fetched_at desc, remote_object_id desc
