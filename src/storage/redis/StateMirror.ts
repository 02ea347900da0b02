/**
 * Writes the state behind the engine's back into Redis: the latest of every key, conflated while Redis is slow or away, many in one round trip.
 * Nobody waits for it. After Redis was away everything known is written again.
 */
import { Effect, FiberSet, Latch, Layer, type Redacted } from "effect"
import type { Redis as Connection } from "ioredis"
import * as OrderBook from "../../domain/OrderBook.ts"
import { Dispatcher } from "../../engine/Dispatcher.ts"
import { EventClock } from "../../engine/EventClock.ts"
import type { EventId, EventTag, MarketEvent } from "../../engine/MarketEvent.ts"
import { isBlinding } from "../../engine/MarketEvent.ts"
import * as State from "../../engine/State.ts"
import { Workers } from "../../engine/Workers.ts"
import * as RedisClient from "./RedisClient.ts"
import * as StateFunctions from "./StateFunctions.ts"
import { encode, placeOf, type StateValue } from "./StateValue.ts"

const tags: ReadonlySet<EventTag> = new Set<EventTag>([
  "PriceUpdate",
  "OrderBookSnapshot",
  "OrderBookDelta",
  "MarketLifecycle",
  "FeedStatus",
  "PositionUpdate"
])

/** Writes of one round trip. */
const batchSize = 200

/** How long writes are gathered, ms: what changes again meanwhile is written once. */
const gather = 25

/** Positions that stand are written again this often, ms, so that they do not expire. */
const refreshEvery = 5 * 60_000

/** What has to be written, by place: a name to look the value up by. */
type Dirty = Map<
  string,
  { readonly kind: "price" | "book" | "position"; readonly name: string; readonly version: EventId }
>

/** The values that wait, and the state they are taken from. Plain mutable state. */
export class Waiting {
  readonly #state = State.empty()
  readonly #dirty: Dirty = new Map()
  readonly #versions = new Map<string, EventId>()

  /** How many writes wait: never more than there are keys. */
  get size(): number {
    return this.#dirty.size
  }

  /** Takes an event into account. */
  take(event: MarketEvent): void {
    State.apply(this.#state, event)
    switch (event._tag) {
      case "PriceUpdate":
        return this.#mark("price", event.assetId, event.id)
      case "OrderBookSnapshot":
      case "OrderBookDelta":
        return this.#mark("book", event.assetId, event.id)
      case "PositionUpdate":
        return this.#mark("position", `${event.wallet} ${event.assetId}`, event.id)
      case "FeedStatus":
        if (!isBlinding(event)) return
        for (const [assetId, { source }] of this.#state.books) {
          if (source === event.feed && (event.assetId === undefined || event.assetId === assetId)) {
            this.#mark("book", assetId, event.id)
          }
        }
        return
      default:
        return
    }
  }

  /** Everything known has to be written again. */
  markAll(): void {
    for (const [place, version] of this.#versions) {
      const [kind, name] = place.split("\n") as ["price" | "book" | "position", string]
      this.#mark(kind, name, version)
    }
  }

  /** Takes writes to make now; values that have become too old are forgotten instead. */
  next(now: number): ReadonlyArray<{ readonly version: EventId; readonly value: StateValue }> {
    const batch: Array<{ readonly version: EventId; readonly value: StateValue }> = []
    for (const [place, { kind, name, version }] of this.#dirty) {
      if (batch.length === batchSize) break
      this.#dirty.delete(place)
      const value = this.#valueOf(kind, name)
      if (value === undefined || (kind !== "position" && now - value.receivedAt > State.timeToLive)) {
        this.#versions.delete(place)
      } else batch.push({ version, value })
    }
    return batch
  }

  /** Puts writes that were not made back, unless something newer waits. */
  putBack(batch: ReadonlyArray<{ readonly version: EventId; readonly value: StateValue }>): void {
    for (const { value, version } of batch) {
      const kind = value._tag === "PriceUpdate" ? "price" : value._tag === "OrderBook" ? "book" : "position"
      const name = value._tag === "PositionUpdate" ? `${value.wallet} ${value.assetId}` : value.assetId
      if (!this.#dirty.has(`${kind}\n${name}`)) this.#mark(kind, name, version)
    }
  }

  #mark(kind: "price" | "book" | "position", name: string, version: EventId): void {
    const place = `${kind}\n${name}`
    this.#dirty.set(place, { kind, name, version })
    this.#versions.set(place, version)
  }

  #valueOf(kind: "price" | "book" | "position", name: string): StateValue | undefined {
    if (kind === "price") return this.#state.prices.get(name as never)
    if (kind === "position") return this.#state.positions.get(name)
    const entry = this.#state.books.get(name as never)
    return entry === undefined ? undefined : {
      _tag: "OrderBook",
      market: entry.market,
      assetId: name as never,
      source: entry.source,
      usable: entry.usable,
      receivedAt: entry.receivedAt,
      tickSize: entry.book.tick,
      bids: OrderBook.levels(entry.book, "buy"),
      asks: OrderBook.levels(entry.book, "sell")
    }
  }
}

/** Mirrors what the dispatcher brings to the Redis at `url`. */
export const layer = (url: Redacted.Redacted): Layer.Layer<never, never, Dispatcher | EventClock | Workers> =>
  Layer.effectDiscard(
    Effect.gen(function*() {
      const dispatcher = yield* Dispatcher
      const clock = yield* EventClock
      const workers = yield* Workers
      const waiting = new Waiting()
      const some = Latch.makeUnsafe(false)
      let isLoaded = false
      let isAway = false
      let wasFull = false

      const subscription = yield* dispatcher.subscribe({
        name: "redis",
        capacity: 65_536,
        overflow: "conflate",
        tags,
        speakersOnly: true
      })
      yield* FiberSet.run(
        workers,
        subscription.forEach((events) => {
          for (const event of events) waiting.take(event)
          if (waiting.size > 0) some.openUnsafe()
        }),
        { startImmediately: true }
      )

      const connection = yield* RedisClient.connect(url, () => {
        isLoaded = false
        waiting.markAll()
        some.openUnsafe()
      })

      const load = Effect.andThen(
        RedisClient.attempt(() => connection.function("LOAD", "REPLACE", StateFunctions.source)),
        Effect.sync(() => {
          isLoaded = true
        })
      )

      const write = Effect.gen(function*() {
        if (!isLoaded) yield* load
        const batch = waiting.next(clock.now())
        if (batch.length === 0) return
        yield* RedisClient.attempt(() => send(connection, batch)).pipe(
          Effect.tapError((error) =>
            Effect.sync(() => {
              waiting.putBack(batch)
              // One that keeps silent would keep everything sent to it in memory.
              if (error.detail.includes("timed out")) connection.disconnect(true)
              if (error.detail.includes("unction not found")) isLoaded = false
            })
          )
        )
      })

      const away = (error: RedisClient.RedisError) =>
        Effect.suspend(() => {
          const told = isAway
          isAway = true
          return told ? Effect.void : Effect.logWarning(`${error.message}; the engine goes on without it`)
        })

      yield* FiberSet.run(
        workers,
        Effect.gen(function*() {
          while (true) {
            yield* some.await
            // What is left of a full round trip has waited long enough.
            if (!wasFull) yield* Effect.sleep(gather)
            wasFull = waiting.size >= batchSize
            const failed = yield* write.pipe(
              Effect.as(false),
              Effect.catch((error) => Effect.as(away(error), true))
            )
            if (failed) yield* Effect.sleep("200 millis")
            else if (isAway) {
              isAway = false
              yield* Effect.logInfo("Redis is back")
            }
            if (waiting.size === 0) some.closeUnsafe()
          }
        })
      )
      yield* FiberSet.run(
        workers,
        Effect.sync(() => {
          waiting.markAll()
          some.openUnsafe()
        }).pipe(Effect.delay(refreshEvery), Effect.forever)
      )
    })
  )

/** One round trip; fails when any of its commands did. */
const send = async (
  connection: Connection,
  batch: ReadonlyArray<{ readonly version: EventId; readonly value: StateValue }>
): Promise<void> => {
  const pipeline = connection.pipeline()
  for (const versioned of batch) {
    const { field, key } = placeOf(versioned.value)
    pipeline.fcall(
      StateFunctions.setFunction,
      2,
      key,
      StateFunctions.sequenceKey,
      versioned.version,
      StateFunctions.expiry,
      field,
      StateFunctions.channel,
      encode(versioned)
    )
  }
  const results = await pipeline.exec()
  for (const [error] of results ?? []) if (error !== null) throw error
  if (results === null) throw new Error("the connection was closed")
}
