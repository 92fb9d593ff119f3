-- II.4  Producers with an e-payment account: of a stall, or a wallet. Grain: one row per producer and account.
with account as (
    select unit_code, producer_id, payment_account_on as opened_on, record_id
    from core.counted_stall
    where payment_account_on is not null
    union all
    select producer.unit_code, wallet.producer_id, wallet.opened_on, wallet.record_id
    from core.wallet
    join core.counted_producer as producer using (producer_id)
)
select 1 as part, unit_code, producer_id::text as thing,
       opened_on as happened_on, opened_on as live_from, null::date as live_until,
       null::date as valid_from, null::date as valid_until,
       null::numeric as amount, record_id
from account
