select count(*) from core.unit where valid_from <= :last_day and (valid_to is null or valid_to >= :last_day)
