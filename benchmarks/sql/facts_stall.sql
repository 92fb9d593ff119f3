copy (
    select stall.producer_id, producer.unit_code, producer.kind, stall.province_code, stall.opened_on,
           stall.closed_on, stall.brand_mark_on, stall.traceability_on
    from core.stall left join core.producer using (producer_id)
) to stdout (format csv, header)
