-- The archive, plain PostgreSQL level: runs unchanged on PostgreSQL 15 and newer, PGlite and TimescaleDB.
-- time is the venue's, received_at the engine's event time, id the event id; all keys hold time, so that a table can
-- become a hypertable. A statement ends with a semicolon at the end of a line.

create table prices (
  time timestamptz not null,
  asset_id text not null,
  id bigint not null,
  price numeric(20,8),
  bid numeric(20,8),
  ask numeric(20,8),
  volume numeric,
  volume_24h numeric,
  source text not null,
  received_at timestamptz not null,
  primary key (time, id)
);

create index prices_asset_id_time on prices (asset_id, time desc);

create index prices_id on prices (id);

-- trade_id is the dedupe key: the venue's words for a trade, or the event id where it has none.
create table trades (
  time timestamptz not null,
  asset_id text not null,
  trade_id text not null,
  id bigint not null,
  market text not null,
  side text not null,
  price numeric(20,8) not null,
  size numeric(20,8) not null,
  transaction_hash text,
  venue_trade_id text,
  source text not null,
  received_at timestamptz not null,
  primary key (asset_id, time, trade_id)
);

create index trades_time on trades (time desc);

create index trades_id on trades (id);

-- Levels best first; px and sz of a side have the same length.
create table book_snapshots (
  time timestamptz not null,
  asset_id text not null,
  id bigint not null,
  market text not null,
  bid_px numeric[] not null,
  bid_sz numeric[] not null,
  ask_px numeric[] not null,
  ask_sz numeric[] not null,
  hash text,
  tick_size numeric(20,8),
  dedupe_key text,
  source text not null,
  received_at timestamptz not null,
  primary key (asset_id, time, id)
);

create index book_snapshots_id on book_snapshots (id);

-- News of own orders, one row per update.
create table orders (
  time timestamptz not null,
  asset_id text not null,
  id bigint not null,
  order_id text not null,
  intent_id text,
  policy_id text,
  market text not null,
  side text not null,
  price numeric(20,8) not null,
  size numeric(20,8) not null,
  status text not null,
  filled_size numeric(20,8) not null,
  average_price numeric,
  fill_price numeric(20,8),
  fill_size numeric(20,8),
  fill_fee numeric(20,8),
  fill_taker boolean,
  reason text,
  dedupe_key text,
  source text not null,
  received_at timestamptz not null,
  primary key (asset_id, time, id)
);

create index orders_order_id on orders (order_id, time desc);

create index orders_id on orders (id);

create table feed_status (
  time timestamptz not null,
  feed text not null,
  id bigint not null,
  kind text not null,
  asset_id text,
  from_time timestamptz,
  to_time timestamptz,
  event_ids bigint[],
  detail text,
  source text not null,
  received_at timestamptz not null,
  primary key (feed, time, id)
);

create index feed_status_id on feed_status (id);
