-- How far retention has come: rows before that time were removed, so what was made of them cannot be made anew.

create table retention (
  table_name text not null primary key,
  removed_before timestamptz not null
);
