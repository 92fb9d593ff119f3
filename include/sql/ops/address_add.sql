insert into ops.sender_address (address, sender, added_at) values (:address, :sender, :moment)
on conflict (address) do update set sender = excluded.sender, added_at = excluded.added_at
