/**
 * Who did what and why. Records are made here, written to the journal by whoever acts before it acts, and copied to the audit
 * store behind: the copy may be late, never lost, since what a run could not copy is sent again at the next start.
 */
import { Context, Effect, FiberSet, Layer, Queue, Schedule } from "effect"
import type { AssetId } from "../domain/Asset.ts"
import { AuditStore } from "./AuditStore.ts"
import { EventClock } from "./EventClock.ts"
import { Journal } from "./Journal.ts"
import type { AuditRecord, JournalError } from "./Journal.ts"
import { Workers } from "./Workers.ts"

/** What a record says beside time and number. */
export interface AuditEntry {
  readonly actor: string
  readonly kind: string
  readonly assetId?: AssetId | undefined
  readonly correlationId?: string
  readonly payload: unknown
}

export class AuditLog extends Context.Service<AuditLog, {
  /** Names this run in every record. */
  readonly runId: string
  /** Makes the next record of this run; it counts once it is in the journal. */
  readonly record: (entry: AuditEntry) => AuditRecord
  /** Sends journaled records on to the audit store. */
  readonly copy: (records: ReadonlyArray<AuditRecord>) => void
  /** Records, journals and copies what has no order to keep with other records. */
  readonly write: (entry: AuditEntry) => Effect.Effect<void, JournalError>
  /** Waits until everything given to `copy` is stored, for as long as the store answers. */
  readonly flush: Effect.Effect<void>
}>()("polymarket-hft/engine/AuditLog") {
  static readonly layer = Layer.effect(
    AuditLog,
    Effect.gen(function*() {
      const journal = yield* Journal
      const store = yield* AuditStore
      const clock = yield* EventClock
      const workers = yield* Workers
      const startedAt = clock.now()
      const runId = `run-${startedAt}`
      const lane = yield* Queue.unbounded<AuditRecord>()
      let sequence = 0
      let waiting = 0

      const recovered = journal.recovered.filter((record) => record._tag === "Audit")
      const copy = (records: ReadonlyArray<AuditRecord>) => {
        waiting += records.length
        Queue.offerAllUnsafe(lane, records)
      }
      copy(recovered)

      const store1000 = Effect.gen(function*() {
        const records = yield* Queue.takeBetween(lane, 1, 1_000)
        yield* store.append(records).pipe(
          Effect.retry({ schedule: untilStored, while: (error) => error.reason._tag === "Unavailable" }),
          Effect.catch((error) => Effect.logError(error.message))
        )
        waiting -= records.length
      })
      yield* FiberSet.run(workers, Effect.forever(store1000), { startImmediately: true })

      const record = (entry: AuditEntry): AuditRecord => ({
        _tag: "Audit",
        runId,
        sequence: ++sequence,
        receivedAt: clock.now(),
        actor: entry.actor,
        kind: entry.kind,
        ...(entry.assetId === undefined ? {} : { assetId: entry.assetId }),
        ...(entry.correlationId === undefined ? {} : { correlationId: entry.correlationId }),
        payload: JSON.stringify(entry.payload)
      })

      return AuditLog.of({
        runId,
        record,
        copy,
        write: (entry) => {
          const records = [record(entry)]
          return Effect.andThen(journal.append(records), Effect.sync(() => copy(records)))
        },
        flush: Effect.suspend(() => Effect.succeed(waiting)).pipe(
          Effect.repeat({ schedule: Schedule.spaced("20 millis"), while: (left) => left > 0 }),
          Effect.asVoid
        )
      })
    })
  )
}

/** Half a second doubling to ten seconds, jittered, for as long as it takes. */
const untilStored = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("10 seconds")]).pipe(
  Schedule.jittered
)
