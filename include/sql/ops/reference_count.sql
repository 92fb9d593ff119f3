select count(*) from core.unit
