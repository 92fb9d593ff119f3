copy (
    select product_group, province_code, producer_id, producer_kind, unit_code, product_key, category_key,
           listed_on, live_until, product_brand_mark_on, product_traceability_on
    from core.listing
) to stdout (format csv, header)
