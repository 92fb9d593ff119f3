-- The statement that ends a membership, its names quoted.
select format('revoke %I from %I', cast(:role as text), cast(:member as text)) as statement
