-- The address a file was mailed from and whose it is (null: unknown). Grain: one row per address.
select distinct object.sender_address as address, known.sender
from ops.remote_object as object
left join ops.sender_address as known on known.address = object.sender_address
where object.file_id = :file_id and object.sender_address is not null
order by address
