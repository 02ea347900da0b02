-- Candles of prices and volumes of trades, the same rows whatever the database is. Open and close are the first and last
-- price by (time, id): of equal times the one that entered the log first or last. Buckets are those of time_bucket.

-- [aggregates]

create materialized view candles_1m with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket(interval '1 minute', time) as bucket, asset_id,
  (min(array[extract(epoch from time at time zone 'UTC'), id, price]))[3] as open,
  max(price) as high, min(price) as low,
  (max(array[extract(epoch from time at time zone 'UTC'), id, price]))[3] as close
from prices
where price is not null
group by 1, 2
with no data;

create materialized view candles_1h with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket(interval '1 hour', bucket) as bucket, asset_id,
  (min(array[extract(epoch from bucket at time zone 'UTC'), open]))[2] as open,
  max(high) as high, min(low) as low,
  (max(array[extract(epoch from bucket at time zone 'UTC'), close]))[2] as close
from candles_1m
group by 1, 2
with no data;

create materialized view candles_1d with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket(interval '1 day', bucket) as bucket, asset_id,
  (min(array[extract(epoch from bucket at time zone 'UTC'), open]))[2] as open,
  max(high) as high, min(low) as low,
  (max(array[extract(epoch from bucket at time zone 'UTC'), close]))[2] as close
from candles_1h
group by 1, 2
with no data;

create materialized view volume_1m with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket(interval '1 minute', time) as bucket, asset_id,
  sum(size) as volume, sum(price * size) as notional, count(*) as trades
from trades
group by 1, 2
with no data;

select add_continuous_aggregate_policy('candles_1m', start_offset => interval '2 hours', end_offset => interval '1 minute', schedule_interval => interval '1 minute');

select add_continuous_aggregate_policy('candles_1h', start_offset => interval '1 day', end_offset => interval '1 hour', schedule_interval => interval '15 minutes');

select add_continuous_aggregate_policy('candles_1d', start_offset => interval '7 days', end_offset => interval '1 day', schedule_interval => interval '1 hour');

select add_continuous_aggregate_policy('volume_1m', start_offset => interval '2 hours', end_offset => interval '1 minute', schedule_interval => interval '1 minute');

-- [no aggregates]

-- Minutes before the watermark are kept here, those after it are made from the rows when asked for.
create table candles_1m_store (
  bucket timestamptz not null,
  asset_id text not null,
  open numeric not null,
  high numeric not null,
  low numeric not null,
  close numeric not null,
  primary key (asset_id, bucket)
);

create index candles_1m_store_bucket on candles_1m_store (bucket);

create table volume_1m_store (
  bucket timestamptz not null,
  asset_id text not null,
  volume numeric not null,
  notional numeric not null,
  trades bigint not null,
  primary key (asset_id, bucket)
);

create index volume_1m_store_bucket on volume_1m_store (bucket);

create table rollup_watermark (
  watermark timestamptz not null
);

insert into rollup_watermark values ('-infinity');

create view candles_1m as
select bucket, asset_id, open, high, low, close
from candles_1m_store
where bucket < (select watermark from rollup_watermark)
union all
select date_bin(interval '1 minute', time, timestamptz '2000-01-03 00:00:00+00') as bucket, asset_id,
  (min(array[extract(epoch from time at time zone 'UTC'), id, price]))[3] as open,
  max(price) as high, min(price) as low,
  (max(array[extract(epoch from time at time zone 'UTC'), id, price]))[3] as close
from prices
where price is not null and time >= (select watermark from rollup_watermark)
group by 1, 2;

create view candles_1h as
select date_bin(interval '1 hour', bucket, timestamptz '2000-01-03 00:00:00+00') as bucket, asset_id,
  (min(array[extract(epoch from bucket at time zone 'UTC'), open]))[2] as open,
  max(high) as high, min(low) as low,
  (max(array[extract(epoch from bucket at time zone 'UTC'), close]))[2] as close
from candles_1m
group by 1, 2;

create view candles_1d as
select date_bin(interval '1 day', bucket, timestamptz '2000-01-03 00:00:00+00') as bucket, asset_id,
  (min(array[extract(epoch from bucket at time zone 'UTC'), open]))[2] as open,
  max(high) as high, min(low) as low,
  (max(array[extract(epoch from bucket at time zone 'UTC'), close]))[2] as close
from candles_1h
group by 1, 2;

create view volume_1m as
select bucket, asset_id, volume, notional, trades
from volume_1m_store
where bucket < (select watermark from rollup_watermark)
union all
select date_bin(interval '1 minute', time, timestamptz '2000-01-03 00:00:00+00') as bucket, asset_id,
  sum(size) as volume, sum(price * size) as notional, count(*) as trades
from trades
where time >= (select watermark from rollup_watermark)
group by 1, 2;

-- Makes the stored minutes from `from_time` up to `to_time` anew; both are whole minutes.
create function redo_minutes(from_time timestamptz, to_time timestamptz) returns void language sql as $$
  delete from candles_1m_store where bucket >= from_time and bucket < to_time;
  insert into candles_1m_store
  select date_bin(interval '1 minute', time, timestamptz '2000-01-03 00:00:00+00'), asset_id,
    (min(array[extract(epoch from time at time zone 'UTC'), id, price]))[3], max(price), min(price),
    (max(array[extract(epoch from time at time zone 'UTC'), id, price]))[3]
  from prices
  where price is not null and time >= from_time and time < to_time
  group by 1, 2;
  delete from volume_1m_store where bucket >= from_time and bucket < to_time;
  insert into volume_1m_store
  select date_bin(interval '1 minute', time, timestamptz '2000-01-03 00:00:00+00'), asset_id,
    sum(size), sum(price * size), count(*)
  from trades
  where time >= from_time and time < to_time
  group by 1, 2;
$$;

-- [to aggregates]

drop view if exists prices_1h, candles_1d, candles_1h, candles_1m, volume_1m;

drop function if exists redo_minutes(timestamptz, timestamptz);

drop table if exists rollup_watermark;

-- Minutes whose rows are no longer kept cannot be made anew: what was stored stays readable under another name.
alter table candles_1m_store rename to candles_1m_before;

alter table volume_1m_store rename to volume_1m_before;

-- [all]

create view prices_1h as
select bucket, asset_id, open, high, low, close from candles_1h;
