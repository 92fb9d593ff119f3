insert into core.province (province_code, name, region, position)
values (:province_code, :name, :region, :position)
