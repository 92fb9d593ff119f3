-- Dòng nào đang bị giữ lại, của ai, vì lỗi gì, bao lâu rồi?
-- Which rows are held back, whose are they, by which rule, and since when?
select coalesce(unit.name, arrival.source) as sender, held_back.entity, held_back.rule, held_back.message,
       count(*) as held_back_rows, count(distinct held_back.file_id) as files, min(held_back.opened_at) as since
from ops.held_back
join ops.arrival on arrival.file_id = held_back.file_id
left join mart.unit
  on unit.unit_code = arrival.unit_code
 and unit.valid_from_on <= arrival.exported_on and coalesce(unit.valid_until_on, 'infinity') >= arrival.exported_on
where held_back.closed_at is null
group by coalesce(unit.name, arrival.source), held_back.entity, held_back.rule, held_back.message
order by held_back_rows desc, sender, held_back.entity, held_back.rule
