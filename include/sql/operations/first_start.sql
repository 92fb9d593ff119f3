-- name: reader
-- The login of analysts on the home's own server.
create role phan_tich login nosuperuser nocreatedb nocreaterole connection limit 20;

-- name: password
alter role phan_tich password :password;
