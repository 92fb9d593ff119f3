select status, count(*) as files from ops.source_file group by status order by status
