select indicator_code, share, is_strict from core.target where year = :year
