import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { type BookSummary, summaryText } from "../../src/simulator/BookSummary.ts"
import * as RecordedVenue from "../../src/simulator/RecordedVenue.ts"
import * as Recording from "../../src/simulator/Recording.ts"
import * as Sidecar from "../../src/simulator/Sidecar.ts"
import { folderWith, get, open, post, simulator } from "./Client.ts"
import { makeDesk, unit } from "./exchange/Desk.ts"
import { hashOfSummary, messagesOf } from "./PlainReader.ts"

const folder = new URL("../../../shared/polymarket/recordings/", import.meta.url)
const file = new URL("clob-market-btc-updown-2026-09-30.jsonl.gz", folder)
const available = existsSync(file) || process.env["CI"] === "true"

interface Expected {
  readonly market: string
  readonly tokens: ReadonlyArray<string>
  readonly hashAfterLine: ReadonlyArray<{
    readonly line: number
    readonly token: string
    readonly timestamp: string
    readonly hash: string
  }>
}

const shared = () => {
  const text = gunzipSync(readFileSync(file)).toString()
  const expected: Expected = JSON.parse(
    readFileSync(new URL("clob-market-btc-updown-2026-09-30.expected.json", folder), "utf8")
  )
  return { text, expected, recording: Recording.parse(text) }
}

const payloads = (text: string): ReadonlyArray<string> =>
  text.split("\n").filter((line) => line !== "").map((line) => String(JSON.parse(line).payloadUtf8))

const market = `0x${"ab".repeat(32)}`

/** A recording the code has not seen: other shapes, PONGs, two markets, a gap, a trade, a deleted level, no sidecar. */
const synthetic = (secondPart = "2026-01-01T00:00:02.000Z"): string => {
  const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`
  const book = (condition: string, asset: string, hash: string, price: string) => ({
    market: condition,
    asset_id: asset,
    timestamp: "1767225600000",
    hash,
    bids: [{ price, size: "10" }],
    asks: [{ price: "0.7", size: "20" }],
    event_type: "book"
  })
  const change = (hash: string, price: string, size: string, timestamp: string) => ({
    market,
    price_changes: [{ asset_id: "11", price, size, side: "BUY", hash, best_bid: "0.5", best_ask: "0.7" }],
    timestamp,
    event_type: "price_change"
  })
  return [
    JSON.stringify({ t: at(0), dir: "open", data: "wss://somewhere" }),
    JSON.stringify({ t: at(0), dir: "send", data: "{\"assets_ids\":[\"11\"],\"type\":\"market\"}" }),
    JSON.stringify({ receivedAt: at(1), payloadUtf8: JSON.stringify([book(market, "11", "h1", "0.5")]) }),
    JSON.stringify({ receivedAt: at(1), payloadUtf8: "PONG" }),
    "not even json",
    JSON.stringify({ receivedAt: at(2), payloadUtf8: JSON.stringify(change("h2", "0.505", "3", "1767225602000")) }),
    JSON.stringify({ receivedAt: secondPart, payloadUtf8: JSON.stringify(change("h2", "0.5", "0", "1767225602000")) }),
    JSON.stringify({ receivedAt: at(3), payloadUtf8: JSON.stringify(book(`0x${"cd".repeat(32)}`, "22", "h3", "0.1")) }),
    JSON.stringify({
      receivedAt: at(4),
      payloadUtf8: "{\"market\":\"0x1\",\"event_type\":\"unheard_of\",\"asset_id\":\"33\"}"
    }),
    ""
  ].join("\n")
}

const load = (text: string) => {
  const recording = Recording.parse(text)
  const facts = Sidecar.facts(recording, { markets: undefined, expected: undefined }, 0)
  return { recording, facts, venue: RecordedVenue.make(recording, facts, () => 0) }
}

describe("RecordedVenue", () => {
  it.effect.skipIf(!available)(
    "serves after every line of the recording the book whose hash was published",
    () =>
      Effect.sync(() => {
        const { expected, recording: recorded } = shared()
        const recording = { ...recorded, frames: recorded.frames.map((frame, offset) => ({ ...frame, offset })) }
        const facts = Sidecar.facts(recording, { markets: undefined, expected }, 0)
        assert.deepStrictEqual(facts.assumptions, [])
        const venue = RecordedVenue.make(recording, facts, () => 0)
        assert.isFalse(venue.subscribed(expected.tokens))
        let compared = 0
        for (const { line, offset } of recording.frames) {
          venue.advance(offset)
          for (const wanted of expected.hashAfterLine.filter((one) => one.line === line)) {
            const text = summaryText(venue.book(wanted.token) as BookSummary)
            assert.deepInclude(JSON.parse(text), { hash: wanted.hash, timestamp: wanted.timestamp })
            assert.strictEqual(hashOfSummary(text), wanted.hash, `line ${line}`)
            compared++
          }
        }
        assert.strictEqual(compared, expected.hashAfterLine.length)
      })
  )

  it.effect("skips what is no frame, keeps frames exact, and infers and says what nobody told it", () =>
    Effect.sync(() => {
      const { facts, recording, venue } = load(synthetic())
      assert.deepStrictEqual(recording.frames.map((one) => one.line), [3, 6, 7, 8, 9])
      assert.deepStrictEqual(recording.frames.map((one) => one.offset), [0, 1000, 1000, 2000, 3000])
      assert.strictEqual(recording.skipped, 4)
      assert.strictEqual(facts.assumptions.length, 3)
      assert.strictEqual(venue.market(market)?.gamma["orderPriceMinTickSize"], 0.005)
      assert.strictEqual(venue.market(market)?.gamma["orderMinSize"], 5)
      assert.deepStrictEqual(venue.market(market)?.assetIds, ["11"])
    }))

  it.effect("serves the first whole book before playback, then the state of the play head", () =>
    Effect.sync(() => {
      const { venue } = load(synthetic())
      assert.strictEqual(venue.book("11")?.hash, "h1")
      assert.strictEqual(venue.book("22")?.hash, "h3")
      assert.deepStrictEqual(venue.advance(1e9), [])
      assert.isTrue(venue.subscribed(["99"]), "a stranger does not start it")
      assert.isFalse(venue.subscribed(["11"]))
      assert.strictEqual(venue.advance(0).length, 1)
      assert.isTrue(venue.subscribed(["22"]))
      assert.isUndefined(venue.book("22"))
      assert.strictEqual(venue.advance(1500).length, 2)
      assert.deepInclude(venue.book("11"), { hash: "h2", bids: "[{\"price\":\"0.505\",\"size\":\"3\"}]" })
      assert.strictEqual(venue.advance(1e9).length, 2)
      assert.deepInclude(venue.stats(), { ended: true, position: 5 })
    }))

  it.effect("a change told in parts is whole as soon as its first frame is out", () =>
    Effect.sync(() => {
      const { venue } = load(synthetic("2026-01-01T00:00:02.900Z"))
      venue.subscribed(["11"])
      assert.strictEqual(venue.advance(1_000).length, 2)
      assert.strictEqual(venue.book("11")?.bids, "[{\"price\":\"0.505\",\"size\":\"3\"}]")
    }))

  it.effect("a Gamma sidecar is served as it is and gives the constants of the books", () =>
    Effect.sync(() => {
      const recording = Recording.parse(synthetic())
      const gamma = {
        id: "77",
        slug: "a-slug",
        question: "A question?",
        conditionId: market,
        outcomes: "[\"Up\", \"Down\"]",
        clobTokenIds: "[\"11\", \"12\"]",
        orderPriceMinTickSize: 0.001,
        orderMinSize: 15,
        negRisk: true,
        closed: false,
        version: "v1"
      }
      const facts = Sidecar.facts(recording, { markets: [gamma], expected: undefined }, 0)
      const venue = RecordedVenue.make(recording, facts, () => 0)
      assert.deepStrictEqual(venue.market(market)?.gamma, gamma)
      assert.deepInclude(venue.book("11"), { minimumSize: "15", tickSize: "0.001", negativeRisk: true })
      assert.deepInclude(venue.market(market)?.clob, { mts: 0.001, mos: 15, nr: true })
    }))
})

describe("orders while a recording is played", () => {
  it("take from its levels, each share once, rest until its levels reach them, and never show in its books", () => {
    const { confirm, desk, makers: [maker], order, wallets } = makeDesk()
    const recording = Recording.parse(synthetic())
    const gamma = { conditionId: market, clobTokenIds: "[\"11\", \"12\"]", outcomes: "[\"Up\", \"Down\"]" }
    const facts = Sidecar.facts(recording, { markets: [gamma], expected: undefined }, 0)
    const venue = RecordedVenue.make(recording, facts, () => 0, desk)
    const before = venue.book("11")
    const of = { market, assetId: "11" } as const
    const bought = desk.place(order(0, { ...of, price: 700_000, size: 15 * unit }))
    assert.deepStrictEqual(bought.trades.map(({ taker }) => [taker.price, taker.size]), [[700_000, 15 * unit]])
    const rest = desk.place(order(1, { ...of, price: 700_000, size: 15 * unit, type: "FAK" }))
    assert.deepStrictEqual(rest.trades.map(({ taker }) => taker.size), [5 * unit])
    // To buy the other outcome at a half takes the bid of the first at a half.
    const other = desk.place(order(2, { market, assetId: "12", outcome: 1, price: 500_000, size: 20 * unit }))
    assert.deepStrictEqual(other.trades.map(({ taker }) => [taker.assetId, taker.size]), [["12", 10 * unit]])
    assert.strictEqual(venue.book("11"), before)
    venue.subscribed(["11"])
    venue.advance(1_500)
    desk.settle()
    const [resting] = desk.open("key 2")
    // Once a bid stands at 0.505, somebody gives the second outcome away for 0.495.
    assert.strictEqual(resting?.matched, 13 * unit)
    confirm()
    assert.strictEqual(wallets.shares(maker, "11"), 15 * unit)
    assert.strictEqual(wallets.total, wallets.deposits)
  })
})

describe("Recording", () => {
  const Piece = Schema.Literals([
    "{\"receivedAt\":1,\"payloadUtf8\":\"[null,{}]\"}",
    "{\"receivedAt\":2,\"payloadUtf8\":\"{\\\"market\\\":\\\"0x1\\\",\\\"event_type\\\":\\\"price_change\\\",\\\"price_changes\\\":[null,3,{}]}\"}",
    "{\"receivedAt\":0,\"payloadUtf8\":\"{\\\"market\\\":\\\"0x1\\\",\\\"event_type\\\":\\\"book\\\",\\\"asset_id\\\":\\\"1\\\",\\\"bids\\\":[7,{}]}\"}",
    "{\"receivedAt\":null,\"payloadUtf8\":\"{\\\"market\\\":7,\\\"event_type\\\":\\\"book\\\"}\"}",
    "null",
    "[]"
  ])

  it.effect.prop(
    "any text reads and plays without a throw",
    [Schema.Array(Schema.Union([Piece, Schema.String]))],
    ([lines]) =>
      Effect.sync(() => {
        const { recording, venue } = load(lines.join("\n"))
        const offsets = recording.frames.map(({ offset }) => offset)
        assert.deepStrictEqual(offsets, offsets.toSorted((a, b) => a - b))
        venue.subscribed(["1", ""])
        venue.advance(Number.MAX_SAFE_INTEGER)
        venue.markets()
        for (const assetId of ["1", ""]) venue.book(assetId)
      })
  )
})

describe("Simulator playing a recording", () => {
  it.live.skipIf(!available)(
    "the first subscriber gets the recorded texts, exactly and in order; a later one a dump",
    () =>
      Effect.gen(function*() {
        const { expected, text } = shared()
        const { endpoints } = yield* simulator({ recording: { file: file.pathname, speed: 100_000 } })
        const first = yield* open(endpoints.marketSocket)
        first.send({ assets_ids: expected.tokens, type: "market" })
        const wanted = payloads(text).filter((payload) => payload !== "PONG")
        yield* first.until((frame) => frame === wanted.at(-1))
        assert.deepStrictEqual(first.frames, wanted)
        const second = yield* open(endpoints.marketSocket)
        second.send({ assets_ids: expected.tokens, type: "market" })
        const dump = messagesOf(yield* second.until(() => true))
        const books = yield* post(`${endpoints.clob}/books`, expected.tokens.map((token_id) => ({ token_id })))
        assert.deepStrictEqual(
          dump.map((one) => one.hash).toSorted(),
          JSON.parse(books.text).map((one: { hash: string }) => one.hash).toSorted()
        )
        const gamma = yield* get(`${endpoints.gamma}/markets/keyset?condition_ids=${expected.market}`)
        assert.deepStrictEqual(JSON.parse(JSON.parse(gamma.text).markets[0].clobTokenIds), expected.tokens)
      })
  )

  it.live("reads a plain file without sidecars and says what it assumed; custom frames need the flag", () =>
    Effect.gen(function*() {
      const top = JSON.stringify({ market, asset_id: "11", best_bid: "0.5", event_type: "best_bid_ask" })
      const folder = yield* folderWith({
        "some.jsonl": `${synthetic()}${JSON.stringify({ receivedAt: "2026-01-01T00:00:05Z", payloadUtf8: top })}\n`
      })
      const { assumptions, endpoints } = yield* simulator({ recording: { file: `${folder}/some.jsonl`, speed: 1_000 } })
      assert.strictEqual(assumptions.length, 3)
      const plain = yield* open(endpoints.marketSocket)
      const custom = yield* open(endpoints.marketSocket)
      custom.send({ assets_ids: ["22"], type: "market", custom_feature_enabled: true })
      custom.send({ assets_ids: ["11"], operation: "subscribe" })
      plain.send({ assets_ids: ["11"], type: "market" })
      yield* custom.until((frame) => frame === top)
      plain.send("PING")
      yield* plain.until((frame) => frame === "PONG")
      assert.isFalse(plain.frames.includes(top))
    }))
})
