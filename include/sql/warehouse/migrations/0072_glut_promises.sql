-- What an enterprise promises to an alert that it takes in hand (docs/decisions/0041-promises.md).
alter table ops.glut_answer
    add column storage_tonnes numeric check (storage_tonnes >= 0),
    add column transport_tonnes numeric check (transport_tonnes >= 0);
comment on column ops.glut_answer.storage_tonnes is 'Tonnes for which an enterprise promises storage; null: it says nothing of it.';
comment on column ops.glut_answer.transport_tonnes is 'Tonnes a week that it promises to carry; null: it says nothing of it.';
