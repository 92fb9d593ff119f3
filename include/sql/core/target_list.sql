-- The targets. Grain: one row per year and indicator.
select year, indicator_code, share, is_strict, legal_basis from core.target order by year, indicator_code
