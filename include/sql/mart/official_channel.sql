select channel from official where no = 1 and indicator_code = :code and unit_code = :unit
