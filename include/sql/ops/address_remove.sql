delete from ops.sender_address where address = :address returning address
