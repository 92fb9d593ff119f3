drop view if exists mart.producer cascade;
create view mart.producer as
with stall as (
    select producer_id, count(*) as stalls, min(opened_on) as first_stall_on,
           min(payment_account_on) as payment_account_on
    from core.stall
    where province_code = core.home_province() and producer_id is not null
    group by producer_id
),
wallet as (
    select producer_id, min(opened_on) as wallet_on from core.wallet
    where producer_id is not null group by producer_id
),
registry as (
    select producer_id, bool_or(certificate is not null) as is_certified from core.registry
    where producer_id is not null group by producer_id
)
select producer.producer_id, producer.kind, producer.unit_code, producer.is_unit_assumed, producer.unit_from,
       registry.producer_id is not null as is_registered,
       coalesce(registry.is_certified, false) as is_certified,
       coalesce(stall.stalls, 0) as stalls, stall.first_stall_on,
       least(stall.payment_account_on, wallet.wallet_on) as payment_account_on
from core.producer
left join stall using (producer_id)
left join wallet using (producer_id)
left join registry using (producer_id);
comment on view mart.producer is 'Producers: stalls, entries of the units'' lists and wallet accounts resolved to one. Without names: the steward has them. A row is of a single producer: not for the public. Grain: one row per producer.';
comment on column mart.producer.producer_id is 'Number of the producer; it stays while stalls come and go.';
comment on column mart.producer.kind is 'household, business_household, cooperative, coop_group or company; companies count in no indicator of II and III';
comment on column mart.producer.unit_code is 'Its unit: the registry''s, else that of its first-opened stall, else the wallet account''s; of the day of core.units_on(), else as named; null: none is proved.';
comment on column mart.producer.is_unit_assumed is 'Whether its commune was divided and the unit that took most of it is assumed.';
comment on column mart.producer.unit_from is 'What the unit was taken from: registry, stall or wallet';
comment on column mart.producer.is_registered is 'Whether a unit''s list has it.';
comment on column mart.producer.is_certified is 'Whether a unit''s list gives it a certificate.';
comment on column mart.producer.stalls is 'Stalls in the province, closed ones too.';
comment on column mart.producer.first_stall_on is 'Day its first stall was opened.';
comment on column mart.producer.payment_account_on is 'Since when it has an e-payment account, of a stall or a wallet.';
