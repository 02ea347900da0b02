/**
 * Where the archiver keeps events for good, one row per event id. An id already stored is skipped, so a batch may be sent
 * again after a lost reply.
 * Implementations: `layerMemory` here, `storage/postgres/EventStorePostgres.ts`.
 */
import { Context, Effect, Layer, Schema, Stream } from "effect"
import { Reason } from "../domain/Failure.ts"
import type { EventId, EventTag, MarketEvent } from "./MarketEvent.ts"

/** Why the store could not do what was asked. `Rejected`: a row it will never take; the batch was not stored. */
export class EventStoreError extends Schema.TaggedError<EventStoreError>()("EventStoreError", {
  operation: Schema.Literals(["append", "replay", "checkpoint"]),
  reason: Reason
}) {
  override get message(): string {
    return `EventStore.${this.operation}: ${this.reason.message}`
  }
}

/** The tags that have a table, which is all but the clock's; the archiver subscribes to exactly these. */
export const archivedTags: ReadonlySet<EventTag> = new Set<EventTag>([
  "PriceUpdate",
  "Trade",
  "OrderBookSnapshot",
  "OrderBookDelta",
  "PositionUpdate",
  "OrderUpdate",
  "MarketMetadata",
  "MarketLifecycle",
  "MetricUpdate",
  "FeedStatus",
  "PolicyReload",
  "Control"
])

/** The tags to archive when of books everything, whole ones only, or nothing is to be kept. */
export const tagsFor = (books: "full" | "snapshots" | "none"): ReadonlySet<EventTag> =>
  new Set(
    [...archivedTags].filter((tag) =>
      (tag !== "OrderBookDelta" || books === "full") && (tag !== "OrderBookSnapshot" || books !== "none")
    )
  )

export class EventStore extends Context.Service<EventStore, {
  /**
   * Stores a batch of events that share a tag, committed when it returns; ids already stored are skipped. A repeat is safe.
   * Fails with `Unavailable` when the outcome may be tried again, `Rejected` when a row will never be taken.
   */
  readonly append: (tag: EventTag, events: ReadonlyArray<MarketEvent>) => Effect.Effect<void, EventStoreError>
  /** Makes what was committed so far safe against power loss as far as the store can; the spool may then forget it. */
  readonly checkpoint: Effect.Effect<void, EventStoreError>
  /** Everything stored, ordered by event id. */
  readonly replay: Stream.Stream<MarketEvent, EventStoreError>
  /** What was lost when the store was opened, in words; absent when nothing was. */
  readonly lost?: string
}>()("polymarket-hft/engine/EventStore") {
  /** Keeps events for as long as the layer lives; for tests and benches. */
  static readonly layerMemory = Layer.sync(EventStore, () => {
    const stored = new Map<EventId, MarketEvent>()
    return EventStore.of({
      append: (_tag, events) =>
        Effect.sync(() => {
          for (const event of events) if (!stored.has(event.id)) stored.set(event.id, event)
        }),
      checkpoint: Effect.void,
      replay: Stream.suspend(() => Stream.fromIterable([...stored.values()].sort((a, b) => a.id - b.id)))
    })
  })
}
