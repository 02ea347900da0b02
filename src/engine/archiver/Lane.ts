/** The events of one kind that wait in memory for their table, with the latches the writer of that table waits on. */
import { Clock, Effect, Latch } from "effect"
import type { EventTag, MarketEvent } from "../MarketEvent.ts"
import type { Chunk } from "./Frontier.ts"

/** Events of a batch while the store keeps up, and how long the first may wait for the rest, ms. */
export const batchSize = 100
export const batchWait = 1000

/** Events of a batch when more than this many wait. */
const behind = 1000

/** What an event counts for in memory: one, and for a book one more for every eight levels. */
export const weightOf = (event: MarketEvent): number => {
  switch (event._tag) {
    case "OrderBookSnapshot":
      return 1 + ((event.bids.length + event.asks.length) >> 3)
    case "OrderBookDelta":
      return 1 + (event.changes.length >> 3)
    default:
      return 1
  }
}

/** An event on its way to the store. */
export interface Pending {
  readonly event: MarketEvent
  readonly chunk: Chunk
}

export class Lane {
  readonly tag: EventTag
  private waiting: Array<Pending> = []
  private readonly some = Latch.makeUnsafe(false)
  private readonly full = Latch.makeUnsafe(false)
  private hurried = false

  constructor(tag: EventTag) {
    this.tag = tag
  }

  /** Adds an event at the end. */
  push(pending: Pending): void {
    this.waiting.push(pending)
    if (this.waiting.length === 1) this.some.openUnsafe()
    if (this.waiting.length === batchSize) this.full.openUnsafe()
  }

  /** From now on batches do not wait to be full, or again they do. */
  hurry(on: boolean): void {
    this.hurried = on
    if (on) this.full.openUnsafe()
    else if (this.waiting.length < batchSize) this.full.closeUnsafe()
  }

  /** The next batch: full, or a second after its first event came in; larger when the store is behind. */
  readonly take: Effect.Effect<ReadonlyArray<Pending>> = Effect.suspend(() => this.some.await).pipe(
    Effect.andThen(Effect.suspend(() => this.wait)),
    Effect.map(() => this.next())
  )

  private get wait(): Effect.Effect<void> {
    if (this.hurried || this.waiting.length >= batchSize) return Effect.void
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const left = (this.waiting[0]?.chunk.at ?? now) + batchWait - now
      return left <= 0 ? Effect.void : Effect.asVoid(Effect.timeoutOption(this.full.await, left))
    })
  }

  private next(): ReadonlyArray<Pending> {
    const batch = this.waiting.splice(0, this.waiting.length > behind ? behind : batchSize)
    if (this.waiting.length === 0) this.some.closeUnsafe()
    if (!this.hurried && this.waiting.length < batchSize) this.full.closeUnsafe()
    return batch
  }
}
