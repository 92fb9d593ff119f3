-- name: key
select key
from ops.form_link_key;
