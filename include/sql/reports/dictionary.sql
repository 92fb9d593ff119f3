-- name: closed
-- What an analyst may not read, because it holds personal data or files. Grain: one row per table or view.
with readable as (
    select namespace.nspname || '.' || relation.relname as object, attribute.attname as name, attribute.attnum as no,
           coalesce(
               has_column_privilege(to_regrole('lensan_analyst'), relation.oid, attribute.attnum, 'select'),
               false) as is_readable
    from pg_class as relation
    join pg_namespace as namespace on namespace.oid = relation.relnamespace
    join pg_attribute as attribute
      on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
    where relation.relkind in ('r', 'v') and namespace.nspname = 'ops'
)

select object, bool_or(is_readable) as is_partly_open,
       string_agg(name, ', ' order by no) filter (where not is_readable) as columns
from readable
group by object
having bool_or(not is_readable)
order by object;

-- name: columns
-- What an analyst can read, as the comments describe it. Grain: one row per column.
select namespace.nspname || '.' || relation.relname as object,
       obj_description(relation.oid, 'pg_class') as object_comment,
       attribute.attname as name,
       format_type(attribute.atttypid, attribute.atttypmod) as type,
       col_description(relation.oid, attribute.attnum) as comment
from pg_class as relation
join pg_namespace as namespace on namespace.oid = relation.relnamespace
join pg_attribute as attribute
  on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
where relation.relkind in ('r', 'v')
  and (namespace.nspname = 'mart'
       or (namespace.nspname = 'ops'
           and coalesce(
               has_column_privilege(to_regrole('lensan_analyst'), relation.oid, attribute.attnum, 'select'),
               false)))
order by namespace.nspname, relation.relname, attribute.attnum;
