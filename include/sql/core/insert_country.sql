insert into core.country (country_code, name, position) values (:country_code, :name, :position)
