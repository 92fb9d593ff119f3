-- Order lines of a new file are added to the kept sums by groups (include/sql/warehouse/views/core).
drop function if exists core.add_sales_of_file(bigint, bigint);
