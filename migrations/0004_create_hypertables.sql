-- With TimescaleDB every event table is a hypertable with compressed chunks; without it a BRIN index finds stretches of
-- time. Retention is the engine's job `cleanup` on both.

-- [hypertables]

select from create_hypertable('prices', 'time', chunk_time_interval => interval '1 day', create_default_indexes => false, migrate_data => true);

select from create_hypertable('trades', 'time', chunk_time_interval => interval '7 days', create_default_indexes => false, migrate_data => true);

select from create_hypertable('book_snapshots', 'time', chunk_time_interval => interval '6 hours', create_default_indexes => false, migrate_data => true);

select from create_hypertable('book_deltas', 'time', chunk_time_interval => interval '6 hours', create_default_indexes => false, migrate_data => true);

select from create_hypertable('position_history', 'time', chunk_time_interval => interval '30 days', create_default_indexes => false, migrate_data => true);

select from create_hypertable('orders', 'time', chunk_time_interval => interval '7 days', create_default_indexes => false, migrate_data => true);

select from create_hypertable('metrics', 'time', chunk_time_interval => interval '7 days', create_default_indexes => false, migrate_data => true);

select from create_hypertable('market_history', 'time', chunk_time_interval => interval '7 days', create_default_indexes => false, migrate_data => true);

select from create_hypertable('market_lifecycle', 'time', chunk_time_interval => interval '30 days', create_default_indexes => false, migrate_data => true);

select from create_hypertable('feed_status', 'time', chunk_time_interval => interval '7 days', create_default_indexes => false, migrate_data => true);

select from create_hypertable('actions', 'time', chunk_time_interval => interval '7 days', create_default_indexes => false, migrate_data => true);

-- [aggregates]

alter table prices set (timescaledb.compress, timescaledb.compress_segmentby = 'asset_id', timescaledb.compress_orderby = 'time desc, id desc');

select add_compression_policy('prices', interval '2 days');

alter table trades set (timescaledb.compress, timescaledb.compress_segmentby = 'asset_id', timescaledb.compress_orderby = 'time desc, trade_id');

select add_compression_policy('trades', interval '14 days');

alter table book_snapshots set (timescaledb.compress, timescaledb.compress_segmentby = 'asset_id', timescaledb.compress_orderby = 'time desc, id desc');

select add_compression_policy('book_snapshots', interval '1 day');

alter table book_deltas set (timescaledb.compress, timescaledb.compress_segmentby = 'asset_id', timescaledb.compress_orderby = 'time desc, id desc');

select add_compression_policy('book_deltas', interval '1 day');

alter table position_history set (timescaledb.compress, timescaledb.compress_segmentby = 'wallet', timescaledb.compress_orderby = 'asset_id, time desc, id desc');

select add_compression_policy('position_history', interval '60 days');

alter table orders set (timescaledb.compress, timescaledb.compress_segmentby = 'asset_id', timescaledb.compress_orderby = 'time desc, id desc');

select add_compression_policy('orders', interval '14 days');

alter table metrics set (timescaledb.compress, timescaledb.compress_segmentby = 'name', timescaledb.compress_orderby = 'time desc, id desc');

select add_compression_policy('metrics', interval '14 days');

alter table actions set (timescaledb.compress, timescaledb.compress_segmentby = '', timescaledb.compress_orderby = 'time desc, run_id, seq desc');

select add_compression_policy('actions', interval '14 days');

-- [no hypertables]

create index prices_time_brin on prices using brin (time);

create index book_snapshots_time_brin on book_snapshots using brin (time);

create index book_deltas_time_brin on book_deltas using brin (time);

create index position_history_time_brin on position_history using brin (time);

create index orders_time_brin on orders using brin (time);

create index metrics_time_brin on metrics using brin (time);

create index market_history_time_brin on market_history using brin (time);

create index feed_status_time_brin on feed_status using brin (time);

create index actions_time_brin on actions using brin (time);

-- [to hypertables]

drop index if exists prices_time_brin, book_snapshots_time_brin, book_deltas_time_brin, position_history_time_brin, orders_time_brin, metrics_time_brin, market_history_time_brin, feed_status_time_brin, actions_time_brin;
