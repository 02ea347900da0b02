/**
 * The searchable copy of the audit trail; the journal is the original. A record already stored is skipped, so records may
 * be sent again after a lost reply and after a restart.
 * Implementations: `layerMemory` here, `storage/postgres/AuditStorePostgres.ts`.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Reason } from "../domain/Failure.ts"
import type { AuditRecord } from "./Journal.ts"

/** Why the audit trail could not be copied. */
export class AuditStoreError extends Schema.TaggedError<AuditStoreError>()("AuditStoreError", {
  operation: Schema.Literals(["append", "counts", "recent"]),
  reason: Reason
}) {
  override get message(): string {
    return `AuditStore.${this.operation}: ${this.reason.message}`
  }
}

export class AuditStore extends Context.Service<AuditStore, {
  /**
   * Stores records, committed when it returns; one of the same run, event time and sequence is skipped. A repeat is safe.
   * Fails with `Unavailable` when it may be tried again, `Rejected` when a record will never be taken.
   */
  readonly append: (records: ReadonlyArray<AuditRecord>) => Effect.Effect<void, AuditStoreError>
  /** How many records of each of these runs are stored; a run without any is left out. */
  readonly counts: (runIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyMap<string, number>, AuditStoreError>
  /** The newest records, newest first. */
  readonly recent: (limit: number) => Effect.Effect<ReadonlyArray<AuditRecord>, AuditStoreError>
}>()("polymarket-hft/engine/AuditStore") {
  /** Keeps records for as long as the layer lives; for tests. */
  static readonly layerMemory = Layer.sync(AuditStore, () => {
    const stored = new Map<string, AuditRecord>()
    return AuditStore.of({
      append: (records) =>
        Effect.sync(() => {
          for (const record of records) {
            const key = JSON.stringify([record.runId, record.receivedAt, record.sequence])
            if (!stored.has(key)) stored.set(key, record)
          }
        }),
      counts: (runIds) =>
        Effect.sync(() => {
          const counts = new Map<string, number>()
          for (const { runId } of stored.values()) {
            if (runIds.includes(runId)) counts.set(runId, (counts.get(runId) ?? 0) + 1)
          }
          return counts
        }),
      recent: (limit) => Effect.sync(() => [...stored.values()].sort(newestFirst).slice(0, limit))
    })
  })
}

const newestFirst = (a: AuditRecord, b: AuditRecord): number =>
  b.receivedAt - a.receivedAt || (a.runId === b.runId ? b.sequence - a.sequence : a.runId < b.runId ? 1 : -1)
