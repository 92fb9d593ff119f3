-- Key products that may be left over in the eight weeks ahead, as lensan.forecast has put them into the work table,
-- those with an alert first; then, of how many nothing can be said, and why. Grain: one row per product and unit; one
-- per reason.
with told as (
    select 0 as part, position, product, unit_code as unit, peak_on,
           to_char(peak_low_on, 'DD/MM') || ' - ' || to_char(peak_high_on, 'DD/MM') as peak_interval,
           round(chance * 100) as chance_pct, unsold,
           replace(to_char(unsold_low, 'FM999999990.0') || ' - ' || to_char(unsold_high, 'FM999999990.0'), '.', ',')
               as unsold_interval,
           warned_on,
           case when warned_on is null then 'Theo dõi'
                -- An alert stands for a while after its danger has gone.
                when chance < 0.2 then 'Đã cảnh báo, nay ít nguy cơ: theo dõi'
                else 'Cảnh báo: bán sớm trước cao điểm' end as remark
    from outlook
    where state = 'forecast' and (warned_on is not null or chance >= 0.1)
),
silent as (
    select 1 as part, min(position) as position, count(*) || ' nông sản khác' as product, null as unit,
           null::date as peak_on, null as peak_interval, null::numeric as chance_pct, null::numeric as unsold,
           null as unsold_interval, null::date as warned_on,
           case state
               when 'forecast' then 'Ít khả năng ùn ứ'
               when 'off_season' then 'Không thu hoạch trong tám tuần tới'
               when 'no_calendar' then 'Chưa có lịch mùa vụ của tám tuần tới'
               when 'short_history' then 'Chưa đủ dữ liệu: cần ít nhất tám tuần thu hoạch có giá thị trường và khung giá'
               else 'Đã tắt: dự báo trước đây kém hơn lịch mùa vụ' end as remark
    from outlook
    where not (state = 'forecast' and (warned_on is not null or chance >= 0.1))
    group by state
)
select product, unit, peak_on, peak_interval, chance_pct, unsold, unsold_interval, warned_on, remark
from (select * from told union all select * from silent) as both_parts
order by part, warned_on is null, chance_pct desc, position
