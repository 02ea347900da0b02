/**
 * What an archive needs to have done from time to time: candles rolled up, old rows removed, snapshots kept. `Jobs.ts` does it by the clock.
 * Implementations: `layerMemory` here, `storage/postgres/MaintenancePostgres.ts`.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Reason } from "../domain/Failure.ts"

/** A job did not get done. */
export class MaintenanceError extends Schema.TaggedError<MaintenanceError>()("MaintenanceError", {
  operation: Schema.String,
  reason: Reason
}) {
  override get message(): string {
    return `Maintenance.${this.operation}: ${this.reason.message}`
  }
}

/** How a job went the last time. Times in ms UTC. */
export interface JobResult {
  readonly name: string
  readonly startedAt: number
  readonly finishedAt: number
  readonly succeeded: boolean
  readonly detail: string
}

/** A thing of a kind as it was at the end of a day. */
export interface Snapshot {
  readonly kind: "position" | "order" | "book" | "balance"
  readonly name: string
  /** JSON. */
  readonly content: unknown
}

/** How long rows are kept, by table, ms; a table that is not named keeps its rows for ever. */
export type Keep = ReadonlyMap<string, number>

export class Maintenance extends Context.Service<Maintenance, {
  /** Rolls up what is over and repairs what late rows touched; says what it did. */
  readonly aggregate: Effect.Effect<string, MaintenanceError>
  /** Removes what is older than it is kept; says what it removed. */
  readonly cleanup: Effect.Effect<string, MaintenanceError>
  /** Keeps the snapshots of a day (YYYY-MM-DD); repeated for the same day it replaces them. */
  readonly snapshot: (day: string, snapshots: ReadonlyArray<Snapshot>) => Effect.Effect<void, MaintenanceError>
  readonly record: (result: JobResult) => Effect.Effect<void, MaintenanceError>
  /** The last result of every job that ever ran, by name. */
  readonly results: Effect.Effect<ReadonlyArray<JobResult>, MaintenanceError>
}>()("polymarket-hft/engine/Maintenance") {
  /** Keeps results only; for tests and benches. */
  static readonly layerMemory = Layer.sync(Maintenance, () => {
    const results = new Map<string, JobResult>()
    return Maintenance.of({
      aggregate: Effect.succeed("nothing to do in memory"),
      cleanup: Effect.succeed("nothing to do in memory"),
      snapshot: () => Effect.void,
      record: (result) => Effect.sync(() => void results.set(result.name, result)),
      results: Effect.sync(() => [...results.values()].sort((a, b) => a.name.localeCompare(b.name)))
    })
  })
}
