drop view if exists core.wallet cascade;
create view core.wallet as
select wallet.*, member.producer_id
from core.wallet_version as wallet
left join core.producer_member_version as member
  on member.member_kind = 'wallet' and member.member_key = wallet.entity_key
 and member.known_from <= core.known_at() and member.known_until > core.known_at()
where wallet.known_from <= core.known_at() and wallet.known_until > core.known_at();
comment on view core.wallet is 'Wallet accounts as known. Grain: one row per account.';
