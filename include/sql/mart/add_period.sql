-- A period counts from its first day, but never before the plan's start. The platform channel is
-- available when at least one platform has exported sellers, products and orders on or after the
-- period's last day (indicators.md, Which channel is official).
insert into report_period
select :no, :report_kind, :s, :e, greatest(:s ::date, :plan_start ::date), :year,
       exists (
           select 1
           from unnest(cast(:platforms as text[])) as platform
           where (
               select count(distinct entity)
               from ops.source_file
               where source = platform and status in ('loaded', 'duplicate')
                 and entity in ('stall', 'listing', 'order_line')
                 and received_at <= core.known_at()
                 and export_date >= (:e ::date - 1)
           ) = 3
       )
