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
      /** All writes up to this number are known, or will be when the snapshot is read; `undefined` when that is not so. */
      let heard: number | undefined
      let isReading = false
      /** Redis's number of a moment, ms on the monotonic clock: what was written before is known once that is heard; and what was heard then. */
      let asked: { readonly number: number; readonly at: number; readonly heard: number } | undefined
      /** The moment up to which all writes are known. */
      let certainAt = -Infinity
      const stale = Latch.makeUnsafe(true)
      const now = () => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)

      const missed = () => {
        heard = undefined
        asked = undefined
        stale.openUnsafe()
      }

      const advance = () => {
        if (asked === undefined || isReading || heard === undefined || heard < asked.number) return
        certainAt = asked.at
        asked = undefined
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
          // What a snapshot holds already may come late.
          if (heard === undefined || message.sequence <= heard) return
          if (message.sequence > heard + 1) return missed()
          heard = message.sequence
          advance()
        })
      })
      const asker = yield* RedisClient.connect(url, missed)

      /** Redis's number, and when it was asked for. */
      const ask = Effect.suspend(() => {
        const at = now()
        return Effect.map(
          RedisClient.attempt(() => asker.get(StateFunctions.sequenceKey)),
          (text) => {
            const number = Number(text ?? 0)
            return { number: Number.isSafeInteger(number) ? number : 0, at }
          }
        )
      })

      /** Reads everything; what is published meanwhile is newer and stays. */
      const snapshot = Effect.gen(function*() {
        isReading = true
        const { at, number } = yield* ask
        heard = number
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
        if (heard !== undefined) certainAt = at
      }).pipe(Effect.ensuring(Effect.sync(() => void (isReading = false))))

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
          const before = { asked, heard }
          const there = yield* Effect.option(ask)
          if (Option.isNone(there) || listener.status !== "ready" || isReading) continue
          if (before.heard === undefined || heard === undefined) continue
          const isWaiting = asked !== undefined && asked === before.asked
          // Redis began anew, or what was written a second ago is still not heard and nothing comes.
          if (before.heard > there.value.number || (isWaiting && asked?.heard === heard)) missed()
          else if (!isWaiting) {
            asked = { ...there.value, heard }
            advance()
          }
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
