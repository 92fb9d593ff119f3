-- The statement that makes a user a member of a role, its names quoted.
select format('grant %I to %I', cast(:role as text), cast(:member as text)) as statement
