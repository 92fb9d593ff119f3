copy (
    select platform, status, product_group, province_code, producer_id, producer_kind, unit_code,
           completed_on, weight_kg, receiving_province_code, receiving_country_code, ordered_on, buyer_phone
    from core.order_line
) to stdout (format csv, header)
