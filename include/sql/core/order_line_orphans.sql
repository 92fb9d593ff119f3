-- Order lines whose stall, listing or weight is not known yet wait in quarantine.
with orphan as (
    select stage.record_id,
           stage.entity_key,
           case when stall.entity_key is null then 'unknown_stall'
                when listing.entity_key is null then 'unknown_listing'
                else 'no_weight' end as rule,
           case when stall.entity_key is null then stage.seller_id
                when listing.entity_key is null then stage.product_id
           end as value
    from stage
    left join core.stall_version as stall
      on stall.entity_key = stage.platform || '|' || stage.seller_id and stall.known_until = 'infinity'
    left join core.listing_version as listing
      on listing.entity_key = stage.platform || '|' || stage.product_id and listing.known_until = 'infinity'
    where stall.entity_key is null
       or listing.entity_key is null
       or (stage.weight_kg is null and listing.net_weight_kg is null)
),
waiting as (
    insert into core.order_line_waiting
    select stage.*, '-infinity', 'infinity', :file_id
    from stage join orphan using (record_id)
),
held as (
    insert into stage_bad (record_id, entity_key, sheet, row_number, field, column_number, value, rule, message)
    select orphan.record_id, orphan.entity_key, source_table.sheet, source_row.row_number,
           case orphan.rule when 'unknown_stall' then :seller_header
                            when 'unknown_listing' then :product_header else :weight_header end,
           null, orphan.value, orphan.rule,
           case orphan.rule
               when 'unknown_stall' then 'Chưa có gian hàng “' || orphan.value || '”; dòng được giữ lại và tự nạp khi gian hàng được gửi.'
               when 'unknown_listing' then 'Chưa có sản phẩm “' || orphan.value || '”; dòng được giữ lại và tự nạp khi sản phẩm được gửi.'
               else 'Không có khối lượng của dòng và khối lượng tịnh của sản phẩm; cần ghi một trong hai.'
           end
    from orphan
    join raw.source_row using (record_id)
    join raw.source_table using (table_id)
)
delete from stage using orphan where stage.record_id = orphan.record_id
