-- What of a province's figure no unit is proved for (docs/rules/units.md#no-unit-proved).
alter table mart.indicator_value add column unplaced numeric, add column unplaced_2 numeric,
    add column unplaced_cumulative numeric, add column unplaced_cumulative_2 numeric;
comment on column mart.indicator_value.unplaced is 'Of the province''s sum in the period, what no unit is proved for; null: not of the province, or no sum of units.';
comment on column mart.indicator_value.unplaced_cumulative is 'The same of the cumulative.';
comment on column mart.indicator_value.unplaced_2 is 'The same of the second part of a two-part value.';
comment on column mart.indicator_value.unplaced_cumulative_2 is 'The same of the second part of the cumulative.';
