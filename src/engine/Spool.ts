/**
 * The archive's safety net: every chunk the archiver takes is appended here before anything else, and an event counts as
 * accepted when that append has returned. Kept until its rows are committed and checkpointed, replayed at start.
 * Implementations: `layerMemory` here, `storage/file/SpoolFile.ts`.
 */
import { Context, Effect, Layer, Schema, Stream } from "effect"
import { Reason } from "../domain/Failure.ts"
import type { EventId, MarketEvent } from "./MarketEvent.ts"

/** Why the spool could not do what was asked. */
export class SpoolError extends Schema.TaggedError<SpoolError>()("SpoolError", {
  operation: Schema.Literals(["append", "read", "release"]),
  reason: Reason
}) {
  override get message(): string {
    return `Spool.${this.operation}: ${this.reason.message}`
  }
}

/** How far into the spool something reaches: the place after the last record concerned. Grows with every append. */
export type SpoolPosition = number

/** Events read back, with the place after the last of them. */
export interface SpoolChunk {
  readonly events: ReadonlyArray<MarketEvent>
  readonly end: SpoolPosition
}

export class Spool extends Context.Service<Spool, {
  /** Appends a chunk with one write and returns the place after it. Survives kill -9 once it has returned. */
  readonly append: (events: ReadonlyArray<MarketEvent>) => Effect.Effect<SpoolPosition, SpoolError>
  /** The place after the last record; at start, after what an earlier run left. */
  readonly end: Effect.Effect<SpoolPosition>
  /** The place of the oldest record kept. */
  readonly begin: Effect.Effect<SpoolPosition>
  /** The chunks from `from` up to `to`, in the order they were appended. */
  readonly read: (from: SpoolPosition, to: SpoolPosition) => Stream.Stream<SpoolChunk, SpoolError>
  /** Everything before this place is stored for good and may be forgotten. */
  readonly release: (before: SpoolPosition) => Effect.Effect<void, SpoolError>
  /** The highest event id an earlier run left, when it left any. */
  readonly lastEventId: EventId | undefined
}>()("polymarket-hft/engine/Spool") {
  /** Keeps chunks for as long as the layer lives; for tests and benches. */
  static readonly layerMemory = Layer.sync(Spool, () => {
    let first = 0
    let chunks: Array<SpoolChunk> = []
    let end = 0
    return Spool.of({
      append: (events) =>
        Effect.sync(() => {
          end += events.length
          chunks.push({ events, end })
          return end
        }),
      end: Effect.sync(() => end),
      begin: Effect.sync(() => first),
      read: (from, to) =>
        Stream.suspend(() => Stream.fromIterable(chunks.filter((chunk) => chunk.end > from && chunk.end <= to))),
      release: (before) =>
        Effect.sync(() => {
          chunks = chunks.filter((chunk) => chunk.end > before)
          first = Math.max(first, before)
        }),
      lastEventId: undefined
    })
  })
}
