-- name: base
-- Base totals declared by the units. Grain: one row per unit, total and year.
-- Key: unit_code, total, year
select * from mart.base
order by unit_code collate "C", total collate "C", year;

-- name: country
-- Countries. Grain: one row per country.
-- Key: country_code
select * from mart.country
order by country_code collate "C";

-- name: indicator
-- The indicators as printed in the report. Grain: one row per unit and indicator.
-- Key: unit_code, indicator_code
select report_kind, period, period_start, period_end, revision, unit_code, indicator_code, in_period,
       in_period_2, previous, growth_pct, cumulative, cumulative_2, base, target_share, completion_pct,
       channel, note
from mart.indicator_published
where report_kind = :report_kind and period = :period and revision = :revision
order by unit_code collate "C", indicator_code collate "C";

-- name: evidence
-- What each channel said of a figure when it was published. Grain: one row per unit, indicator and channel.
-- Key: unit_code, indicator_code, channel
select report_period.report_kind, report_period.s as period_start, report_period.e as period_end,
       evidence.unit_code, evidence.indicator_code, evidence.channel,
       round(evidence.in_period, 3) as in_period, evidence.in_period_2,
       round(evidence.cumulative, 3) as cumulative, evidence.cumulative_2
from evidence
join report_period on report_period.no = evidence.no
where evidence.no = 1 and evidence.channel <> 'carried'
order by evidence.unit_code collate "C", evidence.indicator_code collate "C", evidence.channel collate "C";

-- name: information
-- Information items. Grain: one row per item.
-- Key: information_id
select * from mart.information
order by information_id;

-- name: key_product
-- The units' key products. Grain: one row per unit, product and year.
-- Key: unit_code, product_key, year
select * from mart.key_product
order by unit_code collate "C", product_key collate "C", year;

-- name: listing
-- Listings of both marketplaces. Grain: one row per listing.
-- Key: listing_id
select * from mart.listing
order by listing_id;

-- name: ocop
-- The OCOP catalogue. Grain: one row per code.
-- Key: ocop_code
select * from mart.ocop
order by ocop_code collate "C";

-- name: order_line
-- Order lines of the period's year until its end. Grain: one row per line.
-- Key: platform, order_no, line_no
select * from mart.order_line
where ordered_on >= date_trunc('year', cast(:period_end as date) - 1) and ordered_on < :period_end
order by platform collate "C", order_no collate "C", line_no;

-- name: price
-- Market prices. Grain: one row per product, date and place.
-- Key: product_key, priced_on, place
select * from mart.price
order by product_key collate "C", priced_on, place collate "C";

-- name: producer
-- Producers, without names. Grain: one row per producer.
-- Key: producer_id
select * from mart.producer
order by producer_id;

-- name: product
-- Products. Grain: one row per product.
-- Key: product_id
select * from mart.product
order by product_id;

-- name: province
-- Provinces of before and since 2025-07-01. Grain: one row per province and its time.
-- Key: province_code
select * from mart.province
order by province_code collate "C";

-- name: public_figure
-- The cumulatives that may be shown. Grain: one row per indicator, part and unit.
-- Key: indicator_code, part, unit_code
select * from mart.public_figure
where report_kind = :report_kind and period = :period and revision = :revision
order by indicator_code collate "C", part, unit_code collate "C";

-- name: season
-- The harvest calendar. Grain: one row per product, unit and month.
-- Key: unit_code, product_key, month_on
select * from mart.season
order by unit_code collate "C", product_key collate "C", month_on;

-- name: stall
-- Stalls of both marketplaces. Grain: one row per stall.
-- Key: stall_id
select * from mart.stall
order by stall_id;

-- name: target
-- Targets of the plan. Grain: one row per year and indicator.
-- Key: year, indicator_code
select * from mart.target
order by year, indicator_code collate "C";

-- name: training
-- Trainings. Grain: one row per unit, topic and date.
-- Key: unit_code, topic, held_on
select * from mart.training
order by unit_code collate "C", topic collate "C", held_on;

-- name: unit
-- District-level units with their validity. Grain: one row per unit and validity.
-- Key: unit_code, valid_from_on
select * from mart.unit
order by unit_code collate "C", valid_from_on;
