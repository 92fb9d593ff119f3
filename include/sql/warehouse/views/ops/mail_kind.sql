-- The kinds of mails, once: each migration that added one would undo the others' where it runs after them.
alter table ops.mail drop constraint if exists mail_kind_check;
alter table ops.mail add constraint mail_kind_check
check (kind in ('report', 'reminder', 'feedback', 'receipt', 'alarm', 'adhoc', 'unit_page', 'difficulty', 'glut'));
comment on column ops.mail.kind is 'report, reminder, feedback (a workbook returned), receipt, alarm, adhoc (an ad-hoc report), unit_page (a unit''s own page), difficulty (an answer to one) or glut (an alert of one).';
