import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { dumpFrame, summaryText } from "../../src/simulator/BookSummary.ts"
import type { FlowMarket } from "../../src/simulator/FlowMarket.ts"
import type { Frame } from "../../src/simulator/Frame.ts"
import * as Generator from "../../src/simulator/Generator.ts"
import { messagesOf, PlainReader } from "./PlainReader.ts"

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))

const startedAt = 1_790_000_000_000

interface Run {
  readonly generator: Generator.Generator
  readonly reader: PlainReader
  /** Frames of the step, its time, and the market it changed, if one. */
  readonly each: (visit: (frames: ReadonlyArray<Frame>, now: number, market: FlowMarket | undefined) => void) => void
}

const start = (seed: number, markets = 20, steps = 400, pace = 7): Run => {
  const generator = Generator.make({ seed, markets, startedAt })
  const reader = new PlainReader()
  for (const market of generator.markets) {
    messagesOf(dumpFrame(market.book.summaries())).forEach((one) => reader.apply(one))
  }
  return {
    generator,
    reader,
    each: (visit) => {
      let now = startedAt
      for (let step = 0; step < steps; step++) {
        now += step % 3 === 0 ? pace : 0
        const frames = generator.next(now)
        const changed = frames
          .flatMap((frame) => messagesOf(frame.text))
          .find((message) => message.event_type === "price_change" || message.event_type === "tick_size_change")
        for (const frame of frames) messagesOf(frame.text).forEach((message) => reader.apply(message))
        visit(frames, now, generator.markets.find((market) => market.listing.conditionId === changed?.["market"]))
      }
    }
  }
}

const mirrored = (price: string): string => String(Math.round((1 - Number(price)) * 1e6) / 1e6)

describe("Generator", () => {
  it.effect.prop(
    "a trade is told some 40 ms after its books, also when nothing else happens",
    [Seed],
    ([seed]) =>
      Effect.sync(() => {
        const generator = Generator.make({ seed, markets: 3, startedAt })
        let now = startedAt
        let told = 0
        for (let step = 0; step < 200; step++) {
          now += 1_000
          const messages = generator.next(now).flatMap((frame) => messagesOf(frame.text))
          assert.isFalse(messages.some((message) => message.event_type === "last_trade_price"))
          const isTrade = messages.some((message) => message.event_type === "book")
          assert.deepStrictEqual(generator.due(now + 30), [])
          const trades = generator.due(now + 50).flatMap((frame) => messagesOf(frame.text))
          assert.deepStrictEqual(trades.map((message) => message.event_type), isTrade ? ["last_trade_price"] : [])
          told += trades.length
        }
        assert.isAbove(told, 0)
      }),
    { arbitrary: { runs: 20 }, timeout: 30_000 }
  )

  it.effect.prop(
    "every change leaves the book that its hash says, at its time, not crossed",
    [Seed],
    ([seed]) =>
      Effect.sync(() => {
        const { each, reader } = start(seed)
        let compared = 0
        each((frames, now, market) => {
          if (market === undefined) return
          const [yes, no] = market.listing.assetIds as [string, string]
          const told = frames.flatMap((frame) => messagesOf(frame.text)).filter((one) =>
            one.event_type !== "last_trade_price"
          )
          for (const assetId of [yes, no]) {
            const hashes = new Set(told.flatMap((message): ReadonlyArray<string> => {
              if (message.event_type === "book" && message.asset_id === assetId) return [message.hash]
              return (message.price_changes ?? []).filter((one) => one.asset_id === assetId).map((one) => one.hash)
            }))
            if (hashes.size === 0) continue
            assert.strictEqual(hashes.size, 1)
            const summary = JSON.parse(summaryText(market.book.summaries()[assetId === yes ? 0 : 1]))
            const hash = reader.hash(assetId, {
              market: market.listing.conditionId,
              minimumSize: "5",
              negativeRisk: market.listing.negativeRisk,
              lastTradePrice: summary.last_trade_price,
              tickSize: reader.tickSizes.get(assetId) as string,
              version: market.listing.version
            })
            assert.strictEqual([...hashes][0], hash)
            assert.strictEqual(summary.hash, hash)
            assert.strictEqual(reader.books.get(assetId)?.timestamp, summary.timestamp)
            assert.isTrue(Number(summary.timestamp) >= now && Number(summary.timestamp) <= now + 2)
            assert.isBelow(Number(reader.best(assetId, "bids")), Number(reader.best(assetId, "asks")))
            compared++
          }
        })
        assert.isAbove(compared, 300)
      }),
    { arbitrary: { runs: 12 }, timeout: 30_000 }
  )

  it.effect("a book never returns to a hash within one millisecond, nor to an earlier time", () =>
    Effect.sync(() => {
      let moved = 0
      for (const seed of [1, 2, 3, 4, 5]) {
        const { each } = start(seed, 1, 2_000, 0)
        const hashes = new Map<string, Array<string>>()
        let latest = startedAt
        each((frames) => {
          for (const message of frames.flatMap((frame) => messagesOf(frame.text))) {
            for (const { asset_id, hash } of message.price_changes ?? []) {
              const key = `${asset_id} ${message.timestamp}`
              const before = hashes.get(key) ?? []
              if (before.at(-1) === hash) continue
              assert.isFalse(before.includes(hash))
              hashes.set(key, [...before, hash])
              assert.isAtLeast(Number(message.timestamp), latest)
              latest = Number(message.timestamp)
            }
          }
        })
        moved += latest - startedAt
      }
      assert.isAbove(moved, 0)
    }), 30_000)

  it.effect.prop("the second token's book is the exact mirror of the first's", [Seed], ([seed]) =>
    Effect.sync(() => {
      const { each, reader } = start(seed, 7)
      each((_, __, market) => {
        if (market === undefined) return
        const [yes, no] = market.listing.assetIds as [string, string]
        const other = (side: "bids" | "asks") =>
          reader.levels(yes, side).map(({ price, size }) => ({ price: mirrored(price), size }))
        assert.deepStrictEqual(reader.levels(no, "bids"), other("asks"))
        assert.deepStrictEqual(reader.levels(no, "asks"), other("bids"))
      })
    }), { arbitrary: { runs: 8 }, timeout: 30_000 })

  it.effect.prop(
    "best_bid and best_ask are already those after the whole change",
    [Seed],
    ([seed]) =>
      Effect.sync(() => {
        const { each, reader } = start(seed)
        each((frames) => {
          for (const message of frames.flatMap((frame) => messagesOf(frame.text))) {
            for (const change of message.price_changes ?? []) {
              assert.strictEqual(change.best_bid, reader.best(change.asset_id, "bids"))
              assert.strictEqual(change.best_ask, reader.best(change.asset_id, "asks"))
            }
            if (message.event_type === "best_bid_ask") {
              assert.strictEqual(message.best_bid, reader.best(message.asset_id, "bids"))
              assert.strictEqual(message.best_ask, reader.best(message.asset_id, "asks"))
            }
          }
        })
      }),
    { arbitrary: { runs: 8 }, timeout: 30_000 }
  )

  it.effect.prop(
    "the same seed at the same times gives the same frames, another seed others",
    [Seed],
    ([seed]) =>
      Effect.sync(() => {
        const texts = (one: number) => {
          const all: Array<string> = []
          start(one, 5, 150).each((frames) => all.push(...frames.map((frame) => frame.text)))
          return all
        }
        assert.deepStrictEqual(texts(seed), texts(seed))
        assert.notDeepEqual(texts(seed), texts(seed + 1))
      }),
    { arbitrary: { runs: 5 }, timeout: 30_000 }
  )

  it.effect.prop(
    "a trade shows in the book at the match and is told about 40 ms later",
    [Seed],
    ([seed]) =>
      Effect.sync(() => {
        const { each, generator } = start(seed, 4, 1_500)
        const matches = new Map<string, Array<{ at: number; quoted: string }>>()
        let told = 0
        each((frames) => {
          const messages = frames.flatMap((frame) => messagesOf(frame.text))
          for (const message of messages) {
            if (message.event_type !== "last_trade_price") continue
            const match = matches.get(message.market)?.shift()
            assert.isDefined(match)
            const late = Number(message.timestamp) - (match?.at ?? 0)
            assert.isTrue(late >= 36 && late <= 44, String(late))
            const candidates = [Number(message.price), 1 - Number(message.price)]
            assert.isTrue(candidates.some((price) => Math.abs(price - Number(match?.quoted)) < 1e-9))
            told++
          }
          const book = messages.find((message) => message.event_type === "book")
          if (book === undefined) return
          const market = generator.markets.find(({ listing }) => listing.conditionId === book.market)
          const queue = matches.get(book.market) ?? []
          queue.push({ at: Number(book.timestamp), quoted: market?.book.lastTradePrice ?? "" })
          matches.set(book.market, queue)
          const [yes, no] = market?.book.summaries() ?? []
          assert.strictEqual(yes?.lastTradePrice, no?.lastTradePrice)
        })
        assert.isAbove(told, 20)
      }),
    { arbitrary: { runs: 5 }, timeout: 30_000 }
  )

  it.effect(
    "ticks change near 0 and 1, to one that all prices are multiples of, before and after",
    () =>
      Effect.sync(() => {
        const { each, generator, reader } = start(1, 20, 600, 200)
        // Markets of every tick that changes, led to where it does.
        const led = [10_000, 5_000, 2_500].flatMap((tick) =>
          generator.markets.filter(({ book }) => book.tickSize === tick).slice(0, 2)
        )
        for (const [index, market] of led.entries()) {
          generator.lead(market, {
            to: index % 2 === 0 ? 0.99 : 0.01,
            from: startedAt,
            over: 5_000,
            lasting: 3_600_000
          })
        }
        const changed = new Set<string>()
        each((frames, _, market) => {
          for (const message of frames.flatMap((frame) => messagesOf(frame.text))) {
            if (message.event_type !== "tick_size_change") continue
            const middle = Number(reader.best(message.asset_id, "bids"))
            assert.isTrue(middle > 0.9 || middle < 0.1)
            assert.isAbove(Number(message.old_tick_size), Number(message.new_tick_size))
            changed.add(message.market)
          }
          for (const assetId of market?.listing.assetIds ?? []) {
            const tick = Math.round(Number(reader.tickSizes.get(assetId)) * 1e6)
            for (const side of ["bids", "asks"] as const) {
              for (const { price, size } of reader.levels(assetId, side)) {
                if (Math.round(Number(price) * 1e6) % tick !== 0) assert.fail(`${price} is no multiple of ${tick}`)
                if (!(Number(size) > 0)) assert.fail(`${size} shares at ${price}`)
              }
            }
          }
        })
        for (const { listing } of led) assert.isTrue(changed.has(listing.conditionId), listing.slug)
      }),
    30_000
  )

  it.effect(
    "prices move enough in twenty seconds at the default rate that policies have something to do",
    () =>
      Effect.sync(() => {
        for (const seed of [1, 2, 3, 4, 5]) {
          const { each, generator } = start(seed, 20, 3_000, 20)
          const lows = new Map<FlowMarket, number>()
          const highs = new Map<FlowMarket, number>()
          each(() => {
            for (const market of generator.markets) {
              const bid = market.book.best("bids")
              lows.set(market, Math.min(bid, lows.get(market) ?? bid))
              highs.set(market, Math.max(bid, highs.get(market) ?? bid))
            }
          })
          const moved = generator.markets.filter((one) => (highs.get(one) ?? 0) - (lows.get(one) ?? 0) >= 50_000)
          assert.isAbove(moved.length, 10)
        }
      }),
    30_000
  )

  it.effect("a listed market is announced and trades; a resolved one is silent", () =>
    Effect.sync(() => {
      const generator = Generator.make({ seed: 5, markets: 1, startedAt })
      const market = generator.list(startedAt)
      const frames = generator.due(startedAt)
      assert.strictEqual(messagesOf(frames[0]?.text ?? "")[0]?.["condition_id"], market.listing.conditionId)
      const [first] = generator.markets
      generator.resolve(first as FlowMarket, 1, startedAt + 1)
      const resolved = generator.due(startedAt + 1)
      assert.strictEqual(messagesOf(resolved[0]?.text ?? "")[0]?.["winning_asset_id"], first?.listing.assetIds[1])
      for (let step = 0; step < 200; step++) {
        for (const frame of generator.next(startedAt + 2 + step)) {
          assert.isFalse(frame.assetIds.includes(first?.listing.assetIds[0] ?? ""))
        }
      }
    }))
})
