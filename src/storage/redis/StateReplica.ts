/**
 * The state of an engine in another process, followed over Redis: a snapshot, then what is published. Reads never leave the process. Redis forgets
 * messages of a lost connection, so every write has a number: a hole in the numbers, or a number of Redis's own that is ahead of the last one
 * heard, is answered with a new snapshot. While the replica cannot tell that it is up to date it knows nothing. Never for limits or positions of
 * the engine that trades: that one keeps its own.
 */
import { Clock, Effect, Latch, Layer, Option, type Redacted, Schema } from "effect"
import type { Redis as Connection } from "ioredis"
import type { AssetId } from "../../domain/Asset.ts"
import * as OrderBook from "../../domain/OrderBook.ts"
import type { EventId, PositionUpdate, PriceUpdate } from "../../engine/MarketEvent.ts"
import { type BookState, timeToLive } from "../../engine/State.ts"
import { StateManager } from "../../engine/StateManager.ts"
import * as RedisClient from "./RedisClient.ts"
import * as StateFunctions from "./StateFunctions.ts"
import { type BookValue, decode, pattern, type Place, type Versioned } from "./StateValue.ts"

/** How often Redis is asked whether something was missed, ms, and how long its last answer is good for. */
const lookEvery = 1_000
const goodFor = 2_500

/** Most values of a kind; beyond them new ones are not taken. */
const most = 100_000

const Message = Schema.fromJsonString(
  Schema.Struct({ sequence: Schema.Int, key: Schema.String, field: Schema.String, value: Schema.String })
)
const decodeMessage = Schema.decodeUnknownOption(Message)

interface Kept<A> {
  readonly version: EventId
  readonly value: A
}

/** What is known, newest versions only. Plain mutable state. */
export class Replica {
  readonly prices = new Map<string, Kept<PriceUpdate>>()
  readonly books = new Map<AssetId, Kept<BookState>>()
  readonly positions = new Map<string, Kept<PositionUpdate>>()

  /** Takes a value if it is newer than the one known. */
  take({ value, version }: Versioned): void {
    switch (value._tag) {
      case "PriceUpdate":
        return keep(this.prices, value.assetId, version, () => value)
      case "PositionUpdate":
        return keep(this.positions, `${value.wallet} ${value.assetId}`, version, () => value)
      case "OrderBook":
        return keep(this.books, value.assetId, version, () => bookOf(value))
    }
  }

  /** Forgets what has become too old. */
  forget(now: number): void {
    forgetOld(this.prices, now)
    forgetOld(this.books, now)
    forgetOld(this.positions, now)
  }
}

const forgetOld = <N, A extends { readonly receivedAt: number }>(known: Map<N, Kept<A>>, now: number): void => {
  for (const [name, { value }] of known) if (now - value.receivedAt > timeToLive) known.delete(name)
}

const keep = <N, A>(known: Map<N, Kept<A>>, name: N, version: EventId, make: () => A): void => {
  const before = known.get(name)
  if (before === undefined ? known.size >= most : before.version >= version) return
  known.set(name, { version, value: make() })
}

const bookOf = ({ asks, bids, market, receivedAt, source, tickSize, usable }: BookValue): BookState => {
  const book = OrderBook.make(tickSize)
  const fits = OrderBook.replace(book, bids, asks)
  return { market, source, book, usable: usable && fits, receivedAt }
}

/** A part of the keys, with the place to go on from. */
const scanCount = 500

/** Follows the state that a mirror writes to the Redis at `url`. */
export const layer = (url: Redacted.Redacted): Layer.Layer<StateManager> =>
  Layer.effect(
    StateManager,
    Effect.gen(function*() {
      const clock = yield* Clock.Clock
      const replica = new Replica()
      /** Number of the last write heard of; `undefined` when that is not known. */
      let heard: number | undefined
      /** When it was last known that nothing was missed, ms on the monotonic clock. */
      let certainAt = -Infinity
      const stale = Latch.makeUnsafe(true)
      const now = () => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)

      const missed = () => {
        heard = undefined
        stale.openUnsafe()
      }

      const listener = yield* RedisClient.connect(url, (connection) => {
        connection.subscribe(StateFunctions.channel).then(missed, missed)
      })
      yield* Effect.sync(() => {
        listener.on("close", missed)
        listener.on("message", (_channel: string, text: string) => {
          const message = Option.getOrUndefined(decodeMessage(text))
          if (message === undefined) return missed()
          const versioned = decode(message.value, message)
          if (versioned !== undefined) replica.take(versioned)
          if (heard === undefined) return
          if (message.sequence === heard + 1) heard = message.sequence
          else if (message.sequence !== heard) missed()
        })
      })
      const asker = yield* RedisClient.connect(url, missed)

      const sequence = Effect.map(
        RedisClient.attempt(() => asker.get(StateFunctions.sequenceKey)),
        (text) => {
          const number = Number(text ?? 0)
          return Number.isSafeInteger(number) ? number : 0
        }
      )

      /** Reads everything; what is published meanwhile is newer and stays. */
      const snapshot = Effect.gen(function*() {
        const from = yield* sequence
        heard = from
        let cursor = "0"
        do {
          const [next, keys] = yield* RedisClient.attempt(() =>
            asker.scan(cursor, "MATCH", pattern, "COUNT", scanCount)
          )
          cursor = next
          for (const { place, text } of yield* RedisClient.attempt(() => read(asker, keys))) {
            const versioned = decode(text, place)
            if (versioned !== undefined) replica.take(versioned)
          }
        } while (cursor !== "0")
        certainAt = now()
      })

      yield* Effect.gen(function*() {
        while (true) {
          yield* stale.await
          stale.closeUnsafe()
          const done = yield* Effect.option(snapshot)
          if (Option.isNone(done)) {
            missed()
            yield* Effect.sleep("250 millis")
          }
        }
      }).pipe(Effect.forkScoped)

      yield* Effect.gen(function*() {
        while (true) {
          yield* Effect.sleep(lookEvery)
          replica.forget(clock.currentTimeMillisUnsafe())
          const before = heard
          const there = yield* Effect.option(sequence)
          if (Option.isNone(there) || listener.status !== "ready") continue
          // Behind by what was published before the question was asked: those messages are lost, or will not be long.
          if (before === undefined) continue
          if (heard === undefined || (heard < there.value && heard === before) || heard > there.value) missed()
          else certainAt = now()
        }
      }).pipe(Effect.forkScoped)

      const isCertain = () => heard !== undefined && now() - certainAt <= goodFor
      const fresh = <A extends { readonly receivedAt: number }>(kept: Kept<A> | undefined): A | undefined =>
        kept === undefined || !isCertain() || clock.currentTimeMillisUnsafe() - kept.value.receivedAt > timeToLive
          ? undefined
          : kept.value

      return StateManager.of({
        price: (assetId) => fresh(replica.prices.get(assetId)),
        orderBook: (assetId) => fresh(replica.books.get(assetId)),
        market: () => undefined,
        marketOf: () => undefined,
        position: (wallet, assetId) => {
          const kept = replica.positions.get(`${wallet} ${assetId}`)
          return kept === undefined || !isCertain() ? undefined : kept.value
        },
        assets: () => [...replica.books.keys()]
      })
    })
  )

/** The texts of keys with their places; keys of other kinds than ours are left out. */
const read = async (
  connection: Connection,
  keys: ReadonlyArray<string>
): Promise<ReadonlyArray<{ readonly place: Place; readonly text: unknown }>> => {
  if (keys.length === 0) return []
  const pipeline = connection.pipeline()
  for (const key of keys) {
    if (key.startsWith("polymarket:orderbook:")) pipeline.hgetall(key)
    else pipeline.get(key)
  }
  const results = await pipeline.exec()
  return (results ?? []).flatMap(([error, result], index) => {
    const key = keys[index] as string
    if (error !== null || result === null) return []
    return typeof result === "object"
      ? Object.entries(result).map(([field, text]) => ({ place: { key, field }, text: text as unknown }))
      : [{ place: { key, field: "" }, text: result }]
  })
}
