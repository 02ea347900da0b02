/**
 * Who did what and why. Records are made here, written to the journal by whoever acts before it acts, and copied to the audit
 * store behind: the copy may be late, never lost, since the next start sends the runs again of which the store misses some.
 * A record the store will never take stays in the journal alone, and is logged.
 */
import { Context, Effect, FiberSet, Layer, Queue, Schedule } from "effect"
import type { AssetId } from "../domain/Asset.ts"
import { AuditStore, type AuditStoreError } from "./AuditStore.ts"
import { EventClock } from "./EventClock.ts"
import { Journal } from "./Journal.ts"
import type { AuditRecord, JournalError } from "./Journal.ts"
import { Workers } from "./Workers.ts"

/** Records that may wait for the store; more of them are copied by the next start. */
const mostWaiting = 100_000

/** Records of one append. */
const batchSize = 1_000

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
      let recovering = true

      let left = 0
      const copy = (records: ReadonlyArray<AuditRecord>) => {
        if (waiting >= mostWaiting) {
          left += records.length
          return
        }
        waiting += records.length
        Queue.offerAllUnsafe(lane, records)
      }

      /** Tries until the store has taken what it will ever take. */
      const append = (records: ReadonlyArray<AuditRecord>): Effect.Effect<void> =>
        store.append(records).pipe(
          Effect.tapError((error) => isRefusal(error) ? Effect.void : Effect.logWarning(error.message)),
          Effect.retry({ schedule: untilStored, while: (error) => !isRefusal(error) }),
          Effect.catch((error) => {
            const [only] = records
            if (only === undefined) return Effect.void
            if (records.length === 1) {
              return Effect.logError(`record ${only.runId}/${only.sequence} is in the journal alone: ${error.message}`)
            }
            const half = records.length >> 1
            return Effect.andThen(append(records.slice(0, half)), append(records.slice(half)))
          })
        )

      const recover = Effect.gen(function*() {
        const earlier = journal.recovered.filter((record) => record._tag === "Audit")
        const runs = Map.groupBy(earlier, ({ runId }) => runId)
        const counts = yield* runs.size === 0 ?
          Effect.succeed(new Map<string, number>()) :
          store.counts([...runs.keys()])
            .pipe(
              Effect.retry({ schedule: untilStored, while: (error) => !isRefusal(error) }),
              Effect.orElseSucceed(() => new Map<string, number>())
            )
        const missing = earlier.filter(({ runId }) => (counts.get(runId) ?? 0) < (runs.get(runId)?.length ?? 0))
        for (let at = 0; at < missing.length; at += batchSize) yield* append(missing.slice(at, at + batchSize))
      })

      const copying = Effect.gen(function*() {
        yield* recover
        recovering = false
        while (true) {
          const records = yield* Queue.takeBetween(lane, 1, batchSize)
          yield* append(records)
          waiting -= records.length
          if (left > 0 && waiting === 0) {
            yield* Effect.logError(`${left} records are in the journal alone until the next start`)
            left = 0
          }
        }
      })
      yield* FiberSet.run(workers, copying, { startImmediately: true })

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
        flush: Effect.sync(() => recovering || waiting > 0).pipe(
          Effect.repeat({ schedule: Schedule.spaced("20 millis"), while: (more) => more }),
          Effect.asVoid
        )
      })
    })
  )
}

const isRefusal = ({ reason }: AuditStoreError): boolean => reason._tag === "Rejected" || reason._tag === "Malformed"

/** Half a second doubling to ten seconds, jittered, for as long as it takes. */
const untilStored = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("10 seconds")]).pipe(
  Schedule.jittered
)
