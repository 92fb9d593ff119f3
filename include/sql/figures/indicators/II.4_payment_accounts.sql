-- II.4  Producers with an e-payment account: of a stall, or a wallet. Grain: one row per producer and account.
with account as (
    select producer_id, payment_account_on as opened_on, record_id
    from core.stall
    where province_code = '22' and payment_account_on is not null
    union all
    select producer_id, opened_on, record_id
    from core.wallet
)
select 1 as part, producer.unit_code, account.producer_id::text as thing,
       account.opened_on as happened_on, account.opened_on as live_from, null::date as live_until,
       null::date as valid_from, null::date as valid_until,
       null::numeric as amount, account.record_id
from account
join core.producer using (producer_id)
where producer.kind is distinct from 'company'
