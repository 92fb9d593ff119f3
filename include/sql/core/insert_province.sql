insert into core.province (province_code, gso_code, name, region, position, valid_from, valid_to)
values (:province_code, :gso_code, :name, :region, :position, :valid_from, :valid_to)
