-- Units whose own form for the period was accepted. Grain: one row per unit.
select distinct unit_code from evidence where no = 1 and channel = 'submission' and unit_code <> '22'
