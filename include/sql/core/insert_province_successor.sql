insert into core.province_successor (province_code, successor_code)
values (:province_code, :successor_code)
