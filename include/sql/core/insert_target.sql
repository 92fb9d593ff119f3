insert into core.target (year, indicator_code, share, is_strict, legal_basis)
values (:year, :indicator_code, :share, :is_strict, :legal_basis)
