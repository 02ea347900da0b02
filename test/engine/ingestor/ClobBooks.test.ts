import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { OrderBookSummary } from "../../../src/client/polymarket/clob/BookSchema.ts"
import { decodeFrame } from "../../../src/client/polymarket/clob/DecodeMarketFrame.ts"
import type { BookSnapshotMessage } from "../../../src/client/polymarket/clob/MarketMessage.ts"
import { makeScanner } from "../../../src/client/polymarket/clob/ScanPriceChange.ts"
import { translateSummary } from "../../../src/client/polymarket/clob/TranslateMarketMessage.ts"
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { ConditionId, Market } from "../../../src/domain/Market.ts"
import type { Size } from "../../../src/domain/Size.ts"
import * as BookRepair from "../../../src/engine/ingestor/BookRepair.ts"
import * as ClobBooks from "../../../src/engine/ingestor/ClobBooks.ts"
import { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import * as SharedData from "../../client/SharedData.ts"
import { market, no, type Step, VenueModel, yes } from "./VenueModel.ts"

const marketOf = (conditionId: string, tokens: ReadonlyArray<string>): Market => ({
  conditionId: conditionId as ConditionId,
  slug: "test",
  question: "Test?",
  outcomes: tokens.map((assetId, index) => ({ name: `outcome ${index}`, assetId: assetId as AssetId })),
  tickSize: 10_000,
  minimumSize: 5_000_000 as Size,
  negativeRisk: false,
  version: "v1",
  status: "open"
})

const Draw = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))
const Move = Schema.Struct({
  isTrade: Schema.Literals([true, false, false]),
  draws: Schema.Array(Draw).check(Schema.isMinLength(1), Schema.isMaxLength(5)),
  elapsed: Schema.Literals([0, 1, 7, 120, 2_500])
})
const Walk = Schema.Array(Move).check(Schema.isMinLength(1), Schema.isMaxLength(40))

/** Books fed by the model, messages through text as on the wire. */
const follower = (verifyBooks = true) => {
  const books = ClobBooks.make({ verifyBooks })
  const scanner = makeScanner()
  const events: Array<MarketEvent> = []
  let now = new VenueModel().time
  ClobBooks.follow(books, marketOf(market, [yes, no]), now)
  return {
    books,
    events,
    at: (time: number) => {
      if (time > now) {
        now = time
        BookRepair.settle(books, now, events)
      }
    },
    feed: (messages: ReadonlyArray<object>) => {
      for (const message of messages) {
        const frame = decodeFrame(Buffer.from(JSON.stringify(message)), scanner)
        assert.deepStrictEqual(frame.malformed, [])
        for (const decoded of frame.messages) ClobBooks.apply(books, decoded, now, events)
      }
    },
    heal: (model: VenueModel, askedAt = now) => {
      for (const token of [yes, no]) {
        const message = translateSummary(Schema.decodeUnknownSync(OrderBookSummary)(model.summary(token)))
        BookRepair.heal(books, message as BookSnapshotMessage, askedAt, now, events)
      }
    },
    phase: (token: string) => books.assets.get(token as AssetId)?.phase
  }
}

const play = (model: VenueModel, move: typeof Move.Type): Step =>
  move.isTrade ? model.trade(move.draws[0] as number, move.elapsed) : model.change(move.draws, move.elapsed)

const assertEqual = (books: ClobBooks.ClobBooks, model: VenueModel) => {
  const final = BookRepair.final(books)
  for (const token of [yes, no]) {
    const { timestamp, hash, bids, asks } = model.summary(token)
    assert.deepStrictEqual(final[token], { timestamp, hash, bids, asks } as never)
  }
}

describe("ClobBooks", () => {
  it.prop(
    "follows every walk of the venue, hashes and all, and never calls it broken",
    [Walk, Schema.Boolean],
    ([walk, verifyBooks]) => {
      const model = new VenueModel()
      const one = follower(verifyBooks)
      one.feed(model.dump())
      let late: ReadonlyArray<object> = []
      let tradedAt = 0
      for (const move of walk) {
        const step = play(model, move)
        one.at(Math.min(step.time, tradedAt + 40))
        one.feed(late)
        one.at(step.time)
        one.feed(step.messages)
        late = step.later
        tradedAt = step.time
      }
      one.feed(late)
      one.at(model.time + 5_000)
      assert.strictEqual(one.books.counters.mismatched, 0)
      assert.strictEqual(one.books.counters.gaps, 0)
      assert.isAbove(one.books.counters.checked, 0)
      assertEqual(one.books, model)
      const quote = one.events.findLast((event) => event._tag === "PriceUpdate" && event.assetId === yes)
      const bids = model.summary(yes)["bids"] as ReadonlyArray<{ price: string }>
      assert.strictEqual(quote?._tag === "PriceUpdate" ? quote.bid : undefined, bids.at(-1)?.price as never)
      const isEvent = Schema.is(MarketEvent)
      for (const event of one.events) assert.isTrue(isEvent(event), JSON.stringify(event))
    },
    { arbitrary: { runs: 150 } }
  )

  it.prop(
    "ING-5 repeats of any earlier message change neither books nor quotes",
    [Walk, Schema.Array(Draw).check(Schema.isMinLength(1))],
    ([walk, picks]) => {
      const model = new VenueModel()
      const clean = follower()
      const noisy = follower()
      const told: Array<object> = [...model.dump()]
      clean.feed(told)
      noisy.feed(told)
      walk.forEach((move, round) => {
        const step = play(model, move)
        const messages = [...step.messages, ...step.later]
        for (const one of [clean, noisy]) {
          one.at(step.time)
          one.feed(messages)
        }
        told.push(...messages)
        for (let repeat = 0; repeat < 3; repeat++) {
          noisy.feed([told[(picks[(round + repeat) % picks.length] as number) % told.length] as object])
        }
      })
      clean.at(model.time + 5_000)
      noisy.at(model.time + 5_000)
      assertEqual(noisy.books, model)
      assert.deepStrictEqual(noisy.events, clean.events)
      assert.strictEqual(noisy.books.counters.mismatched, 0)
    },
    { arbitrary: { runs: 100 } }
  )

  it.prop(
    "ING-3 a lost message is noticed, nothing is quoted until REST heals, then the book is the venue's",
    [Walk, Draw, Walk],
    ([before, draw, after]) => {
      const model = new VenueModel()
      const one = follower()
      one.feed(model.dump())
      const settled = (step: Step) => {
        one.at(step.time)
        one.feed([...step.messages, ...step.later])
      }
      for (const move of before) settled(play(model, move))
      one.at(model.time + 3_000)
      model.time += 3_000
      // Nobody hears of this one: a size that was never there before.
      model.bids.set(1, draw + 2_000_000)
      model.time += 10
      settled(model.change([draw], 10))
      for (let second = 1; second <= 3; second++) one.at(model.time + second * 1_000)
      model.time += 3_000
      assert.strictEqual(one.phase(yes), "broken")
      const gapAt = one.events.findLastIndex((event) => event._tag === "FeedStatus" && event.kind === "gap")
      assert.isAtLeast(gapAt, 0)
      const quiet = one.events.length
      // A whole book after a trade would heal it, too.
      for (const move of after) settled(play(model, { ...move, isTrade: false }))
      assert.isFalse(
        one.events.slice(quiet).some((event) => event._tag === "PriceUpdate" || event._tag === "OrderBookDelta")
      )
      assert.deepStrictEqual(BookRepair.takeResyncs(one.books, model.time + 1), [yes, no] as Array<AssetId>)
      assert.deepStrictEqual(BookRepair.takeResyncs(one.books, model.time + 2), [])
      // REST answers, while the socket has gone on in the meantime.
      const answer = new VenueModel()
      Object.assign(answer, {
        bids: new Map(model.bids),
        asks: new Map(model.asks),
        lastTradePrice: model.lastTradePrice,
        time: model.time
      })
      settled(model.change([draw, draw + 1], 20))
      one.heal(answer)
      one.at(model.time + 3_000)
      assert.strictEqual(one.phase(yes), "live")
      assert.isTrue(one.events.some((event) => event._tag === "FeedStatus" && event.kind === "resynced"))
      assertEqual(one.books, model)
      assert.strictEqual(one.books.counters.resynced, 2)
    },
    { arbitrary: { runs: 100 } }
  )

  it.prop(
    "a change of tick breaks no book, told before or after the hash that shows it",
    [Walk, Schema.Boolean],
    ([walk, isFirst]) => {
      const model = new VenueModel()
      const one = follower()
      one.feed(model.dump())
      walk.forEach((move, round) => {
        const ticks = model.changeTick(round % 2 === 0 ? "0.001" : "0.01")
        const { messages, time } = model.change([...move.draws, 8], move.elapsed + 1)
        one.at(time)
        if (isFirst) one.feed(ticks)
        one.feed(messages)
        one.feed(model.change([...move.draws, 9], 1).messages)
        if (!isFirst) one.feed(ticks)
      })
      one.at(model.time + 2_000)
      one.at(model.time + 4_000)
      assert.strictEqual(one.books.counters.mismatched, 0)
      assertEqual(one.books, model)
    }
  )

  it("ING-3 a wrong top breaks the book as soon as its group is over, hash or not", () => {
    const model = new VenueModel()
    const one = follower(false)
    one.feed(model.dump())
    model.bids.set(50, 700)
    one.feed(model.change([23], 1).messages)
    assert.strictEqual(one.phase(yes), "live")
    assert.isFalse(one.events.some((event) => event._tag === "PriceUpdate" && event.bid === "0.5"))
    one.feed(model.change([31], 1).messages)
    assert.strictEqual(one.phase(yes), "broken")
    assert.strictEqual(one.books.counters.checked, 2)
  })

  it("ING-3 after a lost connection changes are ignored until the dump", () => {
    const model = new VenueModel()
    const one = follower()
    one.feed(model.dump())
    BookRepair.lose(one.books, [yes as AssetId, no as AssetId], 5, "closed", model.time, one.events)
    const before = one.events.length
    one.feed(model.change([7, 9], 10).messages)
    assert.strictEqual(one.events.length, before)
    assert.deepStrictEqual(BookRepair.takeResyncs(one.books, model.time + 100_000), [])
    one.feed(model.dump())
    assert.deepStrictEqual(one.events.slice(before).map((event) => event._tag), [
      "OrderBookSnapshot",
      "FeedStatus",
      "PriceUpdate",
      "OrderBookSnapshot",
      "FeedStatus",
      "PriceUpdate"
    ])
    assertEqual(one.books, model)
  })

  it("ING-3 an answer of REST to a question from before the connection was lost heals nothing", () => {
    const model = new VenueModel()
    const one = follower()
    one.feed(model.dump())
    const askedAt = model.time
    BookRepair.markStale(one.books, yes as AssetId, askedAt, one.events)
    BookRepair.lose(one.books, [yes as AssetId, no as AssetId], 5, "closed", model.time + 500, one.events)
    one.at(model.time + 4_000)
    one.heal(model, askedAt)
    assert.deepStrictEqual([one.phase(yes), one.phase(no)], ["absent", "absent"])
    one.heal(model)
    assertEqual(one.books, model)
  })

  it("ING-3 a book older than a change that there was no room for heals nothing", () => {
    const model = new VenueModel()
    const one = follower()
    one.feed(model.dump())
    BookRepair.markStale(one.books, yes as AssetId, model.time, one.events)
    BookRepair.markStale(one.books, no as AssetId, model.time, one.events)
    const old = new VenueModel()
    for (let index = 0; index < 2_500; index++) one.feed(model.change([index % 17], 1).messages)
    one.at(model.time)
    one.heal(old)
    assert.deepStrictEqual([one.phase(yes), one.phase(no)], ["broken", "broken"])
    one.heal(model)
    assertEqual(one.books, model)
  })

  it("a book that stands is told again before it counts as unknown, and only then", () => {
    const model = new VenueModel()
    const one = follower()
    one.feed(model.dump())
    const before = one.events.length
    const ask = () =>
      translateSummary(Schema.decodeUnknownSync(OrderBookSummary)(model.summary(yes))) as BookSnapshotMessage
    const start = model.time
    BookRepair.confirm(one.books, yes as AssetId, start + 299_999, one.events)
    one.at(start + 1_000_000)
    assert.strictEqual(one.events.length, before, "nobody speaks of it")
    assert.isTrue(BookRepair.agrees(one.books, ask()))
    BookRepair.confirm(one.books, yes as AssetId, start + 300_000, one.events)
    assert.deepStrictEqual(one.events.slice(before).map(({ _tag }) => _tag), ["OrderBookSnapshot", "PriceUpdate"])
    const old = ask()
    one.feed(model.change([3], 400_000).messages)
    assert.isFalse(BookRepair.agrees(one.books, old))
    const heard = one.events.length
    one.at(start + 1_500_000)
    assert.isTrue(one.events.slice(heard).some(({ _tag }) => _tag === "OrderBookSnapshot"), "its socket spoke of it")
  })

  it("ING-2 a silent asset is behind only when REST knows of changes", () => {
    const model = new VenueModel()
    const one = follower()
    one.feed(model.dump())
    const ask = () =>
      translateSummary(Schema.decodeUnknownSync(OrderBookSummary)(model.summary(yes))) as BookSnapshotMessage
    assert.isFalse(BookRepair.isBehind(one.books, ask()))
    model.time += 5
    assert.isFalse(BookRepair.isBehind(one.books, ask()), "a later time alone is no news")
    model.change([10], 5)
    assert.isTrue(BookRepair.isBehind(one.books, ask()))
    BookRepair.markStale(one.books, yes as AssetId, 100, one.events)
    assert.strictEqual(one.books.counters.stale, 1)
    one.heal(model)
    assert.strictEqual(one.phase(yes), "live")
  })

  describe.skipIf(!SharedData.isPresent)("venue data", () => {
    const name = "recordings/clob-market-btc-updown-2026-09-30"

    it.each([1, 7, 33])("every hash of the recording is verified, split %i", (stride) => {
      const expected = SharedData.json(`${name}.expected.json`) as {
        market: string
        tokens: ReadonlyArray<string>
        hashAfterLine: ReadonlyArray<{ line: number; token: string; timestamp: string; hash: string }>
      }
      const books = ClobBooks.make({ verifyBooks: true })
      const scanner = makeScanner()
      const events: Array<MarketEvent> = []
      ClobBooks.follow(books, marketOf(expected.market, expected.tokens), 0)
      const lines = SharedData.text(`${name}.jsonl.gz`).trim().split("\n")
      lines.forEach((line, index) => {
        const { receivedAt, payloadUtf8 } = JSON.parse(line) as { receivedAt: string; payloadUtf8: string }
        const now = Date.parse(receivedAt)
        if (index % stride === 0) BookRepair.settle(books, now, events)
        // The recording has gaps before these lines; they begin with whole books.
        if (index === 23 || index === 26) {
          BookRepair.settle(books, now, events)
          BookRepair.lose(books, books.assets.keys(), now, "cut", now, events)
        }
        for (const message of decodeFrame(Buffer.from(payloadUtf8), scanner).messages) {
          ClobBooks.apply(books, message, now, events)
        }
        for (const { hash, line, timestamp, token } of expected.hashAfterLine) {
          if (line !== index + 1) continue
          const asset = books.assets.get(token as AssetId)
          assert.deepStrictEqual([asset?.hash, String(asset?.time)], [hash, timestamp])
        }
      })
      BookRepair.settle(books, Date.parse("2026-10-01T00:00:00Z"), events)
      assert.strictEqual(books.counters.mismatched, 0)
      assert.strictEqual(books.counters.checked, expected.hashAfterLine.length)
      const [first, second] = expected.tokens as [AssetId, AssetId]
      assert.strictEqual(books.assets.get(second)?.hash, "4fa83aaf2e470d1a7594729d5237f17e2d6e4f80")
      assert.strictEqual(books.assets.get(second)?.phase, "live")
      assert.strictEqual(books.assets.get(first)?.phase, "absent")
      assert.strictEqual(events.filter((event) => event._tag === "Trade").length, 2)
    })
  })
})
