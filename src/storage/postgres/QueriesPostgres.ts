/** Questions to the archive in PostgreSQL. */
import { Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { AssetId } from "../../domain/Asset.ts"
import type { LevelChange } from "../../domain/Level.ts"
import { type ConditionId, conditionIdFromText } from "../../domain/Market.ts"
import * as Micro from "../../domain/Micro.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import type { TickSize } from "../../domain/TickSize.ts"
import type { OrderBookDelta, OrderBookSnapshot, PolicyReload } from "../../engine/MarketEvent.ts"
import {
  type ActionRow,
  type BookThen,
  type Candle,
  type CandleUnit,
  type GapRow,
  type Named,
  type PriceRow,
  Queries,
  QueryError,
  type Span,
  type TradeRow
} from "../../engine/Queries.ts"
import { policyReloads } from "./EngineTables.ts"
import { reasonOf } from "./Failures.ts"
import { type JobRow, resultOf, resultsQuery } from "./MaintenancePostgres.ts"
import { bookDeltas, bookSnapshots } from "./MarketTables.ts"
import type { Row } from "./Table.ts"
import { tables } from "./Tables.ts"

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`
const exact = (column: string) => `trim_scale(${column})::text`
const stamp = (at: number) => `timestamptz '${new Date(at).toISOString()}'`
const within = ({ from, to }: Span, column = "time") => `${column} >= ${stamp(from)} and ${column} < ${stamp(to)}`

const views: Readonly<Record<CandleUnit, { readonly view: string; readonly bucket: string }>> = {
  "1m": { view: "candles_1m", bucket: "1 minute" },
  "1h": { view: "candles_1h", bucket: "1 hour" },
  "1d": { view: "candles_1d", bucket: "1 day" }
}

/** The grid of a book whose tick is not known; it becomes finer as prices ask for it. */
const coarsestTick: TickSize = 100_000

/** Bytes of a table up to which its rows are counted; of larger ones the database's estimate is given. */
const countable = 67_108_864

const text = (row: Row, name: string): string => String(row[name])
const optional = <K extends string>(row: Row, column: string, key: K): { readonly [key in K]?: string } =>
  row[column] === null || row[column] === undefined
    ? {}
    : { [key]: String(row[column]) } as { readonly [key in K]: string }
const optionalTime = <K extends string>(row: Row, column: string, key: K): { readonly [key in K]?: number } =>
  row[column] === null || row[column] === undefined
    ? {}
    : { [key]: Number(row[column]) } as { readonly [key in K]: number }

/** Over a migrated database. */
export const layer: Layer.Layer<Queries, never, SqlClient.SqlClient> = Layer.effect(
  Queries,
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient

    const ask = (operation: string, statement: string, parameters: ReadonlyArray<unknown> = []) =>
      sql.unsafe<Row>(statement, parameters).pipe(
        Effect.mapError((error: SqlError.SqlError) => new QueryError({ operation, reason: reasonOf("archive", error) }))
      )

    /** The newest rows of a span, oldest of them first. */
    const newest = (operation: string, select: string, span: Span, parameters: ReadonlyArray<unknown>, order: string) =>
      Effect.map(
        ask(operation, `${select} order by ${order} limit ${Math.trunc(span.limit)}`, parameters),
        (rows) => rows.toReversed()
      )

    const find = Effect.fnUntraced(function*(name: string) {
      const conditionId = conditionIdFromText(name)
      const rows = yield* ask(
        "find",
        `select condition_id, slug, question, asset_ids, market::text as market from markets
        where condition_id = $1 or slug = $2 or asset_ids @> array[$2]::text[] order by last_id desc limit 1`,
        [conditionId ?? "", name]
      )
      const row = rows[0]
      if (row === undefined) {
        const known = yield* ask("find", "select 1 from prices where asset_id = $1 limit 1", [name])
        return known.length === 0 ? [] : [{ assetId: name as AssetId }]
      }
      const { outcomes } = JSON.parse(text(row, "market")) as {
        readonly outcomes: ReadonlyArray<{ readonly name: string; readonly assetId: AssetId }>
      }
      const all = outcomes.map(({ assetId, name: outcome }): Named => ({
        assetId,
        outcome,
        market: text(row, "condition_id") as ConditionId,
        slug: text(row, "slug"),
        question: text(row, "question")
      }))
      return all.some(({ assetId }) => assetId === name) ? all.filter(({ assetId }) => assetId === name) : all
    })

    const candles = (assetId: AssetId, unit: CandleUnit, span: Span) => {
      const { bucket, view } = views[unit]
      return Effect.map(
        newest(
          "candles",
          `select ${ms("c.bucket")} as time, ${exact("c.open")} as open, ${exact("c.high")} as high, ${
            exact("c.low")
          } as low, ${exact("c.close")} as close, (
            select ${exact("sum(v.volume)")} from volume_1m v
            where v.asset_id = c.asset_id and v.bucket >= c.bucket and v.bucket < c.bucket + interval '${bucket}'
          ) as volume
          from ${view} c where c.asset_id = $1 and ${within(span, "c.bucket")}`,
          span,
          [assetId],
          "c.bucket desc"
        ),
        (rows) =>
          rows.map((row): Candle => ({
            time: Number(row["time"]),
            open: text(row, "open"),
            high: text(row, "high"),
            low: text(row, "low"),
            close: text(row, "close"),
            ...optional(row, "volume", "volume")
          }))
      )
    }

    const book = Effect.fnUntraced(function*(assetId: AssetId, at: number) {
      const [last] = yield* ask(
        "book",
        `select ${bookSnapshots.columns} from book_snapshots where asset_id = $1 and received_at <= ${stamp(at)}
        and time <= ${stamp(at + 60_000)} order by time desc, id desc limit 1`,
        [assetId]
      )
      if (last === undefined) return undefined
      const snapshot = bookSnapshots.read(last) as OrderBookSnapshot
      const changes = yield* ask(
        "book",
        `select ${bookDeltas.columns} from book_deltas where asset_id = $1 and id > $2 and received_at <= ${stamp(at)}
        and time >= ${stamp(snapshot.time - 60_000)} and time <= ${stamp(at + 60_000)} order by id`,
        [assetId, snapshot.id]
      )
      const gaps = yield* ask(
        "book",
        `select 1 from feed_status where id > $2 and received_at <= ${
          stamp(at)
        } and kind in ('gap', 'disconnected', 'stale')
        and (feed = $3 or feed = 'archive') and (asset_id is null or asset_id = $1) limit 1`,
        [assetId, snapshot.id, snapshot.source]
      )
      return thenOf(snapshot, changes.map((row) => bookDeltas.read(row) as OrderBookDelta), gaps.length > 0)
    })

    const sizes = Effect.gen(function*() {
      const [level] = yield* ask("sizes", "select level from archive_level")
      const chunked = level?.["level"] !== "plain"
      const found: Array<{ table: string; rows: number; bytes: number; oldest?: number; newest?: number }> = []
      for (const name of [...[...tables.values()].map((table) => table.name), "actions"]) {
        const [row] = yield* ask(
          "sizes",
          `select ${
            chunked
              ? `coalesce(hypertable_size('${name}'), 0)::bigint as bytes, approximate_row_count('${name}')::bigint as rows`
              : `pg_total_relation_size('${name}')::bigint as bytes,
              (select greatest(reltuples, 0)::bigint from pg_class where oid = '${name}'::regclass) as rows`
          }, (select ${ms("min(time)")} from ${name}) as oldest, (select ${ms("max(time)")} from ${name}) as newest`
        ).pipe(Effect.catch(() =>
          // A table that is no hypertable.
          ask(
            "sizes",
            `select pg_total_relation_size('${name}')::bigint as bytes, count(*)::bigint as rows from ${name}`
          )
        ))
        if (row === undefined) continue
        const exactly = Number(row["bytes"]) > countable
          ? undefined
          : (yield* ask("sizes", `select count(*)::bigint as rows from ${name}`))[0]
        found.push({
          table: name,
          rows: Number((exactly ?? row)["rows"]),
          bytes: Number(row["bytes"]),
          ...optionalTime(row, "oldest", "oldest"),
          ...optionalTime(row, "newest", "newest")
        })
      }
      return found
    })

    return Queries.of({
      find,
      candles,
      trades: (assetId, span) =>
        Effect.map(
          newest(
            "trades",
            `select ${ms("time")} as at, side, ${exact("price")} as price, ${exact("size")} as size, transaction_hash
            from trades where asset_id = $1 and ${within(span)}`,
            span,
            [assetId],
            "time desc, id desc"
          ),
          (rows) =>
            rows.map((row): TradeRow => ({
              time: Number(row["at"]),
              side: text(row, "side"),
              price: text(row, "price"),
              size: text(row, "size"),
              ...optional(row, "transaction_hash", "transactionHash")
            }))
        ),
      prices: (assetId, span) =>
        Effect.map(
          newest(
            "prices",
            `select ${ms("time")} as at, ${exact("price")} as price, ${exact("bid")} as bid, ${
              exact("ask")
            } as ask, source
            from prices where asset_id = $1 and ${within(span)}`,
            span,
            [assetId],
            "time desc, id desc"
          ),
          (rows) =>
            rows.map((row): PriceRow => ({
              time: Number(row["at"]),
              ...optional(row, "price", "price"),
              ...optional(row, "bid", "bid"),
              ...optional(row, "ask", "ask"),
              source: text(row, "source")
            }))
        ),
      book,
      actions: (span, kind) =>
        Effect.map(
          newest(
            "actions",
            `select ${ms("time")} as at, actor, kind, asset_id, correlation_id, payload::text as payload from actions
            where ${within(span)} and ($1::text is null or kind = $1)`,
            span,
            [kind ?? null],
            "time desc, run_id desc, seq desc"
          ),
          (rows) =>
            rows.map((row): ActionRow => ({
              time: Number(row["at"]),
              actor: text(row, "actor"),
              kind: text(row, "kind"),
              ...optional(row, "asset_id", "assetId"),
              ...optional(row, "correlation_id", "correlationId"),
              payload: text(row, "payload")
            }))
        ),
      gaps: (span) =>
        Effect.map(
          newest(
            "gaps",
            `select ${ms("time")} as at, feed, kind, asset_id, ${ms("from_time")} as from_at, ${
              ms("to_time")
            } as to_at, detail
            from feed_status where ${within(span)} and kind in ('gap', 'disconnected', 'stale', 'conflated')`,
            span,
            [],
            "time desc, id desc"
          ),
          (rows) =>
            rows.map((row): GapRow => ({
              time: Number(row["at"]),
              feed: text(row, "feed"),
              kind: text(row, "kind"),
              ...optional(row, "asset_id", "assetId"),
              ...optionalTime(row, "from_at", "from"),
              ...optionalTime(row, "to_at", "to"),
              ...optional(row, "detail", "detail")
            }))
        ),
      policies: (at) =>
        Effect.map(
          ask(
            "policies",
            `select ${policyReloads.columns} from policy_reloads where received_at <= ${
              stamp(at)
            } order by id desc limit 1`
          ),
          ([row]) => row === undefined ? undefined : (policyReloads.read(row) as PolicyReload).revisions
        ),
      sizes,
      jobs: sql.unsafe<JobRow>(resultsQuery).pipe(
        Effect.map((rows) => rows.map(resultOf)),
        Effect.mapError((error) => new QueryError({ operation: "jobs", reason: reasonOf("jobs", error) }))
      )
    })
  })
)

/** A snapshot with the changes after it. */
const thenOf = (
  snapshot: OrderBookSnapshot,
  deltas: ReadonlyArray<OrderBookDelta>,
  isBroken: boolean
): BookThen => {
  const book = OrderBook.make(snapshot.tickSize ?? coarsestTick)
  let fits = OrderBook.replace(book, snapshot.bids, snapshot.asks)
  const apply = ({ price, side, size }: LevelChange) => {
    if (!OrderBook.setLevel(book, side, price, size)) fits = false
  }
  for (const delta of deltas) delta.changes.forEach(apply)
  const levels = (side: "buy" | "sell") =>
    OrderBook.levels(book, side).map(({ price, size }) => [Micro.format(price), Micro.format(size)] as const)
  return {
    market: snapshot.market,
    assetId: snapshot.assetId,
    time: deltas.at(-1)?.time ?? snapshot.time,
    usable: fits && !isBroken,
    bids: levels("buy"),
    asks: levels("sell")
  }
}
