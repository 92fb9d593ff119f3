-- Forms that became known after a moment and bear on a period's declared values. Grain: unit and file.
select place.unit_code, submission.file_id
from core.submission
cross join lateral (values (submission.unit_code), ('22')) as place (unit_code)
where submission.known_from > :known_at and submission.unit_code is not null
  and submission.period_end <= :period_end
group by place.unit_code, submission.file_id
order by place.unit_code, submission.file_id
