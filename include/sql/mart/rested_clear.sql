delete from rested where indicator_code = :code
