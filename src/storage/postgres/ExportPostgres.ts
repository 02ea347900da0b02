/** Exports tables of the archive in PostgreSQL, a page after the other by their order, so that memory stays small whatever their size. */
import { Effect, Layer, Option, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { type ColumnKind, Export, type ExportColumn, type ExportRow, type ExportWish } from "../../engine/Export.ts"
import { QueryError } from "../../engine/Queries.ts"
import { reasonOf } from "./Failures.ts"

const page = 5_000

interface Exported {
  readonly columns: ReadonlyArray<ExportColumn>
  /** Column of time. */
  readonly time: string
  /** Unique order of the rows: whole numbers and texts. */
  readonly order: ReadonlyArray<string>
}

const columns = (kind: ColumnKind, names: string): ReadonlyArray<ExportColumn> =>
  names.split(" ").map((name) => ({ name, kind }))

const event = (...more: ReadonlyArray<ReadonlyArray<ExportColumn>>): Exported => ({
  columns: [...columns("time", "time"), ...columns("integer", "id"), ...more.flat(), ...columns("text", "source")],
  time: "time",
  order: ["id"]
})

const candles: Exported = {
  columns: [...columns("time", "bucket"), ...columns("text", "asset_id"), ...columns("decimal", "open high low close")],
  time: "bucket",
  order: ["bucket", "asset_id"]
}

const exported: ReadonlyMap<string, Exported> = new Map<string, Exported>([
  ["prices", event(columns("text", "asset_id"), columns("decimal", "price bid ask volume volume_24h"))],
  [
    "trades",
    event(
      columns("text", "asset_id market side"),
      columns("decimal", "price size"),
      columns("text", "transaction_hash")
    )
  ],
  ["book_snapshots", event(columns("text", "asset_id market bid_px bid_sz ask_px ask_sz hash"))],
  ["book_deltas", event(columns("text", "asset_id market sides px sz hash"), columns("decimal", "best_bid best_ask"))],
  [
    "orders",
    event(
      columns("text", "order_id intent_id policy_id asset_id market side status reason"),
      columns("decimal", "price size filled_size")
    )
  ],
  ["fills", event(columns("text", "order_id policy_id asset_id market side"), columns("decimal", "price size fee"))],
  ["metrics", event(columns("text", "name"), columns("decimal", "value"))],
  ["candles_1m", candles],
  ["candles_1h", candles],
  ["candles_1d", candles]
])

const select = ({ kind, name }: ExportColumn): string => {
  switch (kind) {
    case "time":
      return `(extract(epoch from ${name}) * 1000)::bigint as ${name}`
    case "integer":
      return name
    case "decimal":
      return `trim_scale(${name})::text as ${name}`
    case "text":
      return `${name}::text as ${name}`
  }
}

/** Over a migrated database. */
export const layer: Layer.Layer<Export, never, SqlClient.SqlClient> = Layer.effect(
  Export,
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient

    const pageAfter = Effect.fnUntraced(function*(
      { columns, order, time }: Exported,
      { assetId, from, table, to }: ExportWish,
      after: ReadonlyArray<string | null> | undefined
    ) {
      const parameters: Array<unknown> = [from, to]
      const conditions = [
        `${time} >= to_timestamp($1::float8 / 1000)`,
        `${time} < to_timestamp($2::float8 / 1000)`
      ]
      if (assetId !== undefined) {
        parameters.push(assetId)
        conditions.push(`asset_id = $${parameters.length}`)
      }
      if (after !== undefined) {
        const places = after.map((value, index) => {
          parameters.push(value)
          return `$${parameters.length}::text::${castOf(order[index] as string)}`
        })
        conditions.push(`(${order.join(", ")}) > (${places.join(", ")})`)
      }
      const rows = yield* sql.unsafe<Readonly<Record<string, string | bigint | null>>>(
        `select ${columns.map(select).join(", ")}, ${
          order.map((name, index) => `${name}::text as order_${index}`).join(", ")
        } from ${table} where ${conditions.join(" and ")} order by ${order.join(", ")} limit ${page}`,
        parameters
      ).pipe(Effect.mapError((error) => new QueryError({ operation: "export", reason: reasonOf(table, error) })))
      const last = rows.at(-1)
      return {
        rows: rows.map((row): ExportRow =>
          columns.map(({ kind, name }) => {
            const value = row[name] ?? null
            return kind === "time" && value !== null ? Number(value) : value
          })
        ),
        next: last === undefined || rows.length < page
          ? Option.none()
          : Option.some(order.map((_, index) => (last[`order_${index}`] ?? null) as string | null))
      }
    })

    return Export.of({
      tables: new Map([...exported].map(([name, { columns }]) => [name, columns])),
      rows: (wish) => {
        const table = exported.get(wish.table)
        return table === undefined
          ? Stream.empty
          : Stream.paginate(
            undefined as ReadonlyArray<string | null> | undefined,
            (after) => Effect.map(pageAfter(table, wish, after), ({ next, rows }) => [[rows], next] as const)
          )
      }
    })
  })
)

const castOf = (column: string): string => {
  if (column === "id") return "bigint"
  return column === "bucket" ? "timestamptz" : "text"
}
