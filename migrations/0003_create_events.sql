-- The rest of the log: a row for every event that can change a decision, ticks of the clock aside.

-- Changed levels: px and sz have an entry each, sides a letter each, b for bids and a for asks.
create table book_deltas (
  time timestamptz not null,
  asset_id text not null,
  id bigint not null,
  market text not null,
  sides text not null,
  px numeric[] not null,
  sz numeric[] not null,
  best_bid numeric(20,8),
  best_ask numeric(20,8),
  bid_size numeric(20,8),
  ask_size numeric(20,8),
  hash text,
  source text not null,
  received_at timestamptz not null,
  primary key (asset_id, time, id)
);

create index book_deltas_id on book_deltas (id);

create table position_history (
  time timestamptz not null,
  wallet text not null,
  asset_id text not null,
  id bigint not null,
  qty numeric(20,8) not null,
  avg_price numeric,
  realized_pnl numeric,
  unrealized_pnl numeric,
  source text not null,
  received_at timestamptz not null,
  primary key (wallet, asset_id, time, id)
);

create index position_history_id on position_history (id);

-- What each wallet holds now, kept with position_history.
create table positions (
  wallet text not null,
  asset_id text not null,
  qty numeric(20,8) not null,
  avg_price numeric,
  realized_pnl numeric,
  unrealized_pnl numeric,
  time timestamptz not null,
  last_id bigint not null,
  primary key (wallet, asset_id)
);

create table metrics (
  time timestamptz not null,
  name text not null,
  id bigint not null,
  value numeric not null,
  source text not null,
  received_at timestamptz not null,
  primary key (name, time, id)
);

create index metrics_id on metrics (id);

-- Markets as they were described, whenever they were.
create table market_history (
  time timestamptz not null,
  condition_id text not null,
  id bigint not null,
  market jsonb not null,
  source text not null,
  received_at timestamptz not null,
  primary key (condition_id, time, id)
);

create index market_history_id on market_history (id);

-- Markets as they were described last, kept with market_history.
create table markets (
  condition_id text not null primary key,
  slug text not null,
  question text not null,
  asset_ids text[] not null,
  market jsonb not null,
  time timestamptz not null,
  last_id bigint not null
);

create index markets_slug on markets (slug);

create index markets_asset_ids on markets using gin (asset_ids);

create table market_lifecycle (
  time timestamptz not null,
  market text not null,
  id bigint not null,
  kind text not null,
  asset_id text,
  tick_size numeric(20,8),
  winning_asset_id text,
  source text not null,
  received_at timestamptz not null,
  primary key (market, time, id)
);

create index market_lifecycle_id on market_lifecycle (id);

create table controls (
  time timestamptz not null,
  action text not null,
  id bigint not null,
  actor text not null,
  subject text,
  reason text not null,
  source text not null,
  received_at timestamptz not null,
  primary key (action, time, id)
);

create index controls_id on controls (id);

create table policy_reloads (
  time timestamptz not null,
  id bigint not null,
  revisions jsonb not null,
  source text not null,
  received_at timestamptz not null,
  primary key (time, id)
);

create index policy_reloads_id on policy_reloads (id);

-- Executions of own orders; a view, since an update of an order tells them.
create view fills as
select time, asset_id, id, order_id, intent_id, policy_id, market, side, fill_price as price, fill_size as size,
  fill_fee as fee, fill_taker as taker, source, received_at
from orders
where fill_price is not null;

-- What the engine's positions, orders and books were at midnight UTC.
create table daily_snapshots (
  day date not null,
  kind text not null,
  name text not null,
  content jsonb not null,
  primary key (day, kind, name)
);

-- The shipped jobs with their last result.
create table jobs (
  name text not null primary key,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  succeeded boolean not null,
  detail text not null
);
