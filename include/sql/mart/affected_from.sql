-- The earliest day that anything which became known after a moment bears on: a published period that
-- ended by that day cannot have changed. Null: nothing. A change that only says that something ended
-- bears on that end, not on the beginning.
with stall as (
    select case
        when old.entity_key is null
        then least(new.opened_on, new.closed_on, new.payment_account_on, new.brand_mark_on, new.traceability_on)
        when (new.kind is distinct from old.kind)
          or (new.unit_code is distinct from old.unit_code)
          or (new.province_code is distinct from old.province_code)
        then least(new.opened_on, old.opened_on)
        else least(
            case when new.opened_on is distinct from old.opened_on then least(new.opened_on, old.opened_on) end,
            case when new.closed_on is distinct from old.closed_on then least(new.closed_on, old.closed_on) end,
            case when (new.payment_account_on is distinct from old.payment_account_on)
                 then least(new.payment_account_on, old.payment_account_on) end,
            case when (new.brand_mark_on is distinct from old.brand_mark_on)
                 then least(new.brand_mark_on, old.brand_mark_on) end,
            case when (new.traceability_on is distinct from old.traceability_on)
                 then least(new.traceability_on, old.traceability_on) end)
        end as day
    from core.stall_version as new
    left join core.stall_version as old
      on old.entity_key = new.entity_key and old.known_until = new.known_from
    where new.known_from > :since
),
listing as (
    select case
        when old.entity_key is null
        then least(new.listed_on, new.delisted_on, new.brand_mark_on, new.traceability_on)
        when (new.seller_id is distinct from old.seller_id)
          or (new.product_group is distinct from old.product_group)
          or (new.category_key is distinct from old.category_key)
          or (new.ocop_code is distinct from old.ocop_code)
          or (new.name_key is distinct from old.name_key)
          or (new.net_weight_kg is distinct from old.net_weight_kg)
          or :report_kind = 'month' and (new.farmer_discount_pct is distinct from old.farmer_discount_pct)
        then least(new.listed_on, old.listed_on)
        else least(
            case when new.listed_on is distinct from old.listed_on then least(new.listed_on, old.listed_on) end,
            case when new.delisted_on is distinct from old.delisted_on then least(new.delisted_on, old.delisted_on) end,
            case when (new.brand_mark_on is distinct from old.brand_mark_on)
                 then least(new.brand_mark_on, old.brand_mark_on) end,
            case when (new.traceability_on is distinct from old.traceability_on)
                 then least(new.traceability_on, old.traceability_on) end)
        end as day
    from core.listing_version as new
    left join core.listing_version as old
      on old.entity_key = new.entity_key and old.known_until = new.known_from
    where new.known_from > :since
),
line as (
    select (least(
        case when new.status = 'completed' then new.completed_at end,
        case when old.status = 'completed' then old.completed_at end,
        case when :report_kind = 'month'
              and (old.entity_key is null
                   or row(new.status in ('cancelled', 'returned'), new.product_id, new.buyer_phone, new.ordered_at)
                      is distinct from row(old.status in ('cancelled', 'returned'), old.product_id, old.buyer_phone, old.ordered_at))
             then least(new.ordered_at, old.ordered_at) end
        ) at time zone 'Asia/Ho_Chi_Minh')::date as day
    from core.order_line_version as new
    left join core.order_line_version as old
      on old.entity_key = new.entity_key and old.known_until = new.known_from
    where new.known_from > :since
),
relinked as (
    select new.member_kind, new.member_key
    from core.producer_member_version as new
    left join core.producer_member_version as old
      on old.member_kind = new.member_kind and old.member_key = new.member_key
     and old.known_until = new.known_from
    where new.known_from > :since and new.producer_id is distinct from old.producer_id
    union
    select member.member_kind, member.member_key
    from core.producer_version as new
    join core.producer_version as old
      on old.producer_id = new.producer_id and old.known_until = new.known_from
    join core.producer_member_version as member
      on member.producer_id = new.producer_id and member.known_until > new.known_from
    where new.known_from > :since
      and (new.kind, new.unit_code) is distinct from row(old.kind, old.unit_code)
),
member as (
    select least(stall.opened_on, stall.payment_account_on, stall.brand_mark_on,
                 stall.traceability_on, listing.listed_on) as day
    from relinked
    join core.stall_version as stall
      on relinked.member_kind = 'stall' and stall.entity_key = relinked.member_key
     and stall.known_until = 'infinity'
    left join lateral (
        select min(listed_on) as listed_on
        from core.listing_version as listing
        where listing.platform = stall.platform and listing.seller_id = stall.seller_id
          and listing.known_until = 'infinity'
    ) as listing on true
    union all
    select wallet.opened_on
    from relinked
    join core.wallet_version as wallet
      on relinked.member_kind = 'wallet' and wallet.entity_key = relinked.member_key
     and wallet.known_until = 'infinity'
),
phone as (
    -- IV.4, in the monthly report only: who bought is known by phone.
    select new.phone
    from core.registry_version as new
    where new.known_from > :since and :report_kind = 'month' and new.phone is not null
    union
    select old.phone
    from core.registry_version as old
    where old.known_until > :since and old.known_until <> 'infinity' and :report_kind = 'month'
      and old.phone is not null
    union
    select stall.phone
    from core.stall_version as stall
    where (stall.known_from > :since or stall.known_until > :since and stall.known_until <> 'infinity')
      and :report_kind = 'month' and stall.phone is not null
),
day as (
    select min(day) as day from stall
    union all
    select min(day) from listing
    union all
    select min(day) from line
    union all
    select min(day) from member
    union all
    select min((line.ordered_at at time zone 'Asia/Ho_Chi_Minh')::date)
    from core.order_line_version as line
    join phone on phone.phone = line.buyer_phone
    where :report_kind = 'month' and line.known_until = 'infinity'
    union all
    select min(opened_on) from core.wallet_version where known_from > :since
    union all
    select min(recognised_on) from core.ocop_version
    where known_from > :since or known_until > :since and known_until <> 'infinity'
    union all
    select min(make_date(year, 1, 1)) from core.base_version where known_from > :since
    union all
    select min(make_date(year, 1, 1)) from core.key_product_version where known_from > :since
    union all
    select min(date_trunc('year', month_on)::date) from core.season_version where known_from > :since
    union all
    select min((published_at at time zone 'Asia/Ho_Chi_Minh')::date) from core.information_version
    where known_from > :since
    union all
    select min(period_start) from core.submission_version where known_from > :since
    union all
    -- A platform that was not fresh may be now.
    select min(least(value.period_start, file.export_date))
    from mart.indicator_value as value
    join ops.source_file as file
      on file.received_at > :since and file.source = any(cast(:platforms as text[]))
     and file.export_date >= value.period_end - 1
    where value.report_kind = :report_kind and value.unit_code = '22' and value.indicator_code = 'II.3'
      and value.channel is distinct from 'platform'
)
select min(day) from day
