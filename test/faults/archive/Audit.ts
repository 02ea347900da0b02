/** Compares an archive with what engines told they had accepted. */
import { Effect, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { EventStore } from "../../../src/engine/EventStore.ts"
import type { FeedStatus, MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { tables } from "../../../src/storage/postgres/Tables.ts"
import { digestOf } from "./Digest.ts"
import type { EngineProcess } from "./Engine.ts"

/** What is wrong with an archive; all zero when nothing is. */
export interface Findings {
  readonly accepted: number
  readonly stored: number
  readonly lost: number
  readonly doubled: number
  readonly altered: number
  /** Restarts whose time without an engine no gap row covers. */
  readonly uncovered: number
}

const acceptedBy = (engines: ReadonlyArray<EngineProcess>): Map<number, string> =>
  new Map(engines.flatMap((engine) => [...engine.accepted]))

/** By id alone, straight from the tables: for large archives. */
export const auditIds = Effect.fnUntraced(function*(engines: ReadonlyArray<EngineProcess>) {
  const sql = yield* SqlClient.SqlClient
  const accepted = acceptedBy(engines)
  const ids = new Set<number>()
  let stored = 0
  for (const { name } of tables.values()) {
    for (const { id } of yield* sql.unsafe<{ readonly id: bigint }>(`select id from ${name}`)) {
      stored++
      ids.add(Number(id))
    }
  }
  const missing = [...accepted.keys()].filter((id) => !ids.has(id))
  if (missing.length > 0) yield* Effect.logWarning(`accepted and not there: ${missing.slice(0, 5).join(", ")}`)
  const lost = missing.length
  return { accepted: accepted.size, stored, lost, doubled: stored - ids.size }
})

const isArchiveGap = (event: MarketEvent): event is FeedStatus =>
  event._tag === "FeedStatus" && event.feed === "archive" && event.kind === "gap"

/** Every event whole, and the gap rows of restarts; the engines in the order they ran. */
export const audit = Effect.fnUntraced(function*(engines: ReadonlyArray<EngineProcess>) {
  const { accepted, doubled, lost } = yield* auditIds(engines)
  const prints = acceptedBy(engines)
  const store = yield* EventStore
  const events = yield* Stream.runCollect(store.replay)
  const altered = events.filter((event) => prints.has(event.id) && prints.get(event.id) !== digestOf(event)).length
  const gaps = events.filter(isArchiveGap)
  let uncovered = 0
  let before = 0
  for (const engine of engines) {
    const times = events.filter((event) => engine.accepted.has(event.id)).map((event) => event.receivedAt)
    // A gap reaches from the last that was stored before the start, told or not, to after it.
    const until = events.findLast((event) => event.receivedAt < engine.startedAt && before > 0)?.receivedAt
    if (until !== undefined && times.length > 0) {
      const covered = gaps.some((gap) => (gap.from ?? 0) <= until && (gap.to ?? 0) >= engine.startedAt)
      if (!covered) uncovered++
    }
    before += times.length
  }
  return { accepted, stored: events.length, lost, doubled, altered, uncovered } satisfies Findings
})
