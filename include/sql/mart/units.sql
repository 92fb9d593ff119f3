select unit_code, name, full_name from report_unit order by position
