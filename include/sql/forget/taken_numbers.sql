-- Which of the numbers somebody bears already.
select number
from unnest(cast(:numbers as text[])) as number
where number in (
    select unnest(array[paper_number, phone]) from core.stall_version
    union all select unnest(array[paper_number, phone]) from core.registry_version
    union all select unnest(array[paper_number, phone]) from core.wallet_version
    union all select unnest(array[paper_number, phone]) from core.training_version
    union all select buyer_phone from core.order_line_version
    union all select owner_paper_number from core.ocop_version
    union all select contact_phone from core.season_version
    union all select pseudonym from ops.forgotten)
