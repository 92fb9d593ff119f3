select current_setting('server_version') as version,
       cast(current_setting('server_version_num') as integer) as version_number,
       clock_timestamp() as now
