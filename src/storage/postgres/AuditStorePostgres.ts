/** The audit trail in the table `actions`. */
import { Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { AssetId } from "../../domain/Asset.ts"
import { AuditStore, AuditStoreError } from "../../engine/AuditStore.ts"
import type { AuditRecord } from "../../engine/Journal.ts"
import { integers, texts, times } from "./Columns.ts"
import { reasonOf } from "./Failures.ts"

const insert = `insert into actions (time, run_id, seq, actor, kind, asset_id, correlation_id, payload)
select r.time, r.run_id, r.seq, r.actor, r.kind, r.asset_id, r.correlation_id, r.payload::jsonb
from unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
  as r(time, run_id, seq, actor, kind, asset_id, correlation_id, payload)
on conflict (run_id, time, seq) do nothing`

const newest = `select (extract(epoch from time) * 1000)::bigint as time, run_id, seq, actor, kind, asset_id,
  correlation_id, payload::text as payload
from actions order by time desc, run_id desc, seq desc limit $1`

const countOf = "select run_id, count(*) as count from actions where run_id = any($1::text[]) group by run_id"

interface Row {
  readonly time: bigint
  readonly run_id: string
  readonly seq: bigint
  readonly actor: string
  readonly kind: string
  readonly asset_id: AssetId | null
  readonly correlation_id: string | null
  readonly payload: string
}

/**
 * The audit trail in a migrated PostgreSQL database; payloads come back as jsonb prints them. What PostgreSQL cannot hold
 * in a text, NUL and halves of surrogate pairs, is stored as U+FFFD.
 */
export const layer: Layer.Layer<AuditStore, never, SqlClient.SqlClient> = Layer.effect(
  AuditStore,
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    return AuditStore.of({
      append: (records) =>
        records.length === 0 ? Effect.void : sql.unsafe(insert, [
          times(records, (record) => record.receivedAt),
          texts(records, (record) => record.runId),
          integers(records, (record) => record.sequence),
          texts(records, (record) => storable(record.actor)),
          texts(records, (record) => storable(record.kind)),
          texts(records, (record) => record.assetId),
          texts(records, (record) => record.correlationId === undefined ? undefined : storable(record.correlationId)),
          texts(records, (record) => storableJson(record.payload))
        ]).pipe(Effect.asVoid, Effect.mapError(failure("append"))),
      counts: (runIds) =>
        sql.unsafe<{ readonly run_id: string; readonly count: bigint }>(countOf, [runIds]).pipe(
          Effect.map((rows) => new Map(rows.map((row) => [row.run_id, Number(row.count)]))),
          Effect.mapError(failure("counts"))
        ),
      recent: (limit) =>
        sql.unsafe<Row>(newest, [limit]).pipe(
          Effect.map((rows) => rows.map(recordOf)),
          Effect.mapError(failure("recent"))
        )
    })
  })
)

/** The text with NUL and every surrogate without its other half replaced. */
const storable = (text: string): string => text.replaceAll("\0", "\ufffd").toWellFormed()

/** The same for the escapes in JSON text; an escaped backslash before a `u` is no escape of what follows. */
const storableJson = (json: string): string =>
  storable(json).replace(
    /\\(?:ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|u[\da-f]{4}|.)/gi,
    (escape) => /^\\u(?:0000|d[89a-f][\da-f]{2})$/i.test(escape) ? "\\ufffd" : escape
  )

const recordOf = (row: Row): AuditRecord => ({
  _tag: "Audit",
  runId: row.run_id,
  sequence: Number(row.seq),
  receivedAt: Number(row.time),
  actor: row.actor,
  kind: row.kind,
  ...(row.asset_id === null ? {} : { assetId: row.asset_id }),
  ...(row.correlation_id === null ? {} : { correlationId: row.correlation_id }),
  payload: row.payload
})

const failure = (operation: AuditStoreError["operation"]) => (error: SqlError.SqlError) =>
  new AuditStoreError({ operation, reason: reasonOf("actions", error) })
