-- Whose which mail address is. Grain: one row per address.
select address, sender, added_at from ops.sender_address order by sender, address
