-- The province's figures as last published. Grain: one row per indicator.
select distinct on (indicator_code)
       indicator_code, in_period, in_period_2, growth_pct, cumulative, cumulative_2, completion_pct
from mart.indicator_published
where report_kind = :report_kind and period = :period and unit_code = '22'
order by indicator_code, revision desc
