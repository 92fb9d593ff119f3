insert into adjusted
values (:period, :unit_code, :indicator_code, :indicator_position, :measure, :measure_position,
        :old_value, :old_value_2, :new_value, :new_value_2, :files)
