drop view if exists core.submission_doubt cascade;
create view core.submission_doubt as
with declared as (
    select submission.submission_id, submission.file_id, submission.sender, submission.unit_code,
           submission.report_kind, submission.period_start, submission.period_end,
           value.indicator_code, value.in_period, value.in_period_2, value.cumulative,
           value.cumulative_2, value.record_id
    from core.submission
    join core.submission_value as value using (submission_id)
),
dated as (
    select declared.*,
           max(period_start) filter (where cumulative is not null) over earlier as earlier_start
    from declared
    window earlier as (
        partition by sender, report_kind, indicator_code order by period_start
        range between unbounded preceding and interval '1 day' preceding)
),
-- By equality, so that the work grows with the history and not with its square.
compared as (
    select dated.*, earlier.cumulative as last_cumulative, earlier.cumulative_2 as last_cumulative_2,
           earlier.period_end = dated.period_start as is_next
    from dated
    left join declared as earlier
      on earlier.sender = dated.sender and earlier.report_kind = dated.report_kind
     and earlier.indicator_code = dated.indicator_code and earlier.period_start = dated.earlier_start
),
-- The lists of all senders count; a topic without any list proves and disproves nothing.
listed as (
    select declared.submission_id, declared.indicator_code, count(distinct training.person_key) as people
    from declared
    join core.indicator using (indicator_code)
    join core.training
      on training.unit_code = declared.unit_code and training.topic = indicator.training_topic
     and training.held_on >= declared.period_start and training.held_on < declared.period_end
    group by declared.submission_id, declared.indicator_code
),
base as (
    select base.unit_code, base.year, indicator.indicator_code, null::date as period_end, base.value
    from core.base
    join core.indicator on indicator.base_rule = 'producers_declared'
    where base.name_key in ('tong so ho sxnn', 'tong so ho san xuat nong nghiep')
    union all
    select ocop.unit_code, null, indicator.indicator_code, form.period_end, count(*)
    from core.ocop
    join core.indicator on indicator.base_rule = 'ocop_valid'
    cross join (select distinct period_end from declared) as form
    where ocop.stars >= 3 and ocop.recognised_on < form.period_end
      and ocop.valid_until >= form.period_end
    group by ocop.unit_code, indicator.indicator_code, form.period_end
),
doubt as (
    select submission_id, indicator_code, record_id, 'cumulative_not_sum' as rule,
           last_cumulative + in_period as expected, cumulative as found
    from compared
    join core.indicator using (indicator_code)
    where is_next and cumulative <> last_cumulative + in_period
      and cumulative >= last_cumulative and indicator.is_additive
    union all
    select submission_id, indicator_code, record_id, 'cumulative_fell', last_cumulative, cumulative
    from compared
    where cumulative < last_cumulative
    union all
    select compared.submission_id, compared.indicator_code, compared.record_id, 'cumulative_above_base',
           base.value, compared.cumulative
    from compared
    join base
      on base.unit_code = compared.unit_code and base.indicator_code = compared.indicator_code
     and coalesce(base.year, extract(year from compared.period_end - 1)) = extract(year from compared.period_end - 1)
     and coalesce(base.period_end, compared.period_end) = compared.period_end
    where compared.cumulative > base.value
    union all
    select compared.submission_id, compared.indicator_code, compared.record_id, 'training_list_short',
           compared.in_period, listed.people
    from compared
    join listed using (submission_id, indicator_code)
    where compared.in_period > listed.people
)
select declared.submission_id, declared.file_id, declared.sender, declared.unit_code,
       declared.report_kind, declared.period_start, declared.period_end, doubt.indicator_code,
       doubt.record_id, doubt.rule, doubt.expected, doubt.found
from doubt
join declared
  on declared.submission_id = doubt.submission_id and declared.indicator_code = doubt.indicator_code;
comment on view core.submission_doubt is 'Doubts about accepted forms as known: the declared value stands. Grain: one row per form, indicator and rule.';
