insert into core.unit (unit_code, name, kind, full_name, position, valid_from, valid_to)
values (:unit_code, :name, :kind, :full_name, :position, :valid_from, :valid_to)
