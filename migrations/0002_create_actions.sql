-- The audit trail: who did what and why. time is event time; seq counts from 1 in each run.

create table actions (
  time timestamptz not null,
  run_id text not null,
  seq bigint not null,
  actor text not null,
  kind text not null,
  asset_id text,
  correlation_id text,
  payload jsonb not null,
  primary key (run_id, time, seq)
);

create index actions_kind_time on actions (kind, time desc);

create index actions_correlation_id on actions (correlation_id);
