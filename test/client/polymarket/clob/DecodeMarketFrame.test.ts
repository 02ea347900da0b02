import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { maximumDepth } from "../../../../src/client/ParseJson.ts"
import { decodeFrame, decodeFrameBySchema } from "../../../../src/client/polymarket/clob/DecodeMarketFrame.ts"
import { makeScanner } from "../../../../src/client/polymarket/clob/ScanPriceChange.ts"
import type { AssetId } from "../../../../src/domain/Asset.ts"
import type { ConditionId } from "../../../../src/domain/Market.ts"
import * as SharedData from "../../SharedData.ts"

const market = `0x${"2a".repeat(32)}` as ConditionId
const assets = [
  "58726851105893121441976415044785550794620582864839872973127370351200548678811",
  "4011",
  "401"
] as Array<
  AssetId
>

const scannerOf = () => {
  const scanner = makeScanner()
  for (const asset of assets) scanner.learn(market, asset)
  return scanner
}

const Digits = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_000_000 }))
const Change = Schema.Struct({
  asset: Schema.Literals([0, 1, 2]),
  price: Digits,
  size: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99_999_999_999 })),
  isHuge: Schema.Literals([false, false, false, true]),
  buy: Schema.Boolean,
  hash: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff_ffff })),
  bid: Schema.Literals(["", "0", "0.5", "1", "1.000001", ".5", "0.", "0.1234567", "00.5", "1e-1", "-0.1", " 0.5"]),
  ask: Schema.Literals(["", "0", "0.51", "1", "2", "0.5000000", "x"])
})
const Frame = Schema.Struct({
  changes: Schema.Array(Change).check(Schema.isMaxLength(4)),
  time: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  spaced: Schema.Boolean,
  newline: Schema.Boolean
})

const decimal = (micro: number): string => String(micro / 1_000_000)

const render = (frame: typeof Frame.Type): string => {
  const separator = frame.spaced ? ", " : ","
  const changes = frame.changes.map((change) =>
    "{" + [
      ["asset_id", assets[change.asset]],
      ["price", decimal(change.price % 1_100_000)],
      ["size", decimal(change.size * (change.isHuge ? 90_000 : 1))],
      ["side", change.buy ? "BUY" : "SELL"],
      ["hash", change.hash.toString(16).padStart(40, "0")],
      ["best_bid", change.bid],
      ["best_ask", change.ask]
    ].map(([key, value]) => `"${key}":"${value}"`).join(separator) + "}"
  )
  return `{"market":"${market}"${separator}"price_changes":[${changes.join(separator)}]${separator}` +
    `"timestamp":"${frame.time}"${separator}"event_type":"price_change"}${frame.newline ? "\n" : ""}`
}

const Mutation = Schema.Struct({
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_200 })),
  kind: Schema.Literals(["delete", "insert", "replace", "swap", "cut"]),
  character: Schema.Literals([
    "\"",
    "\\",
    ",",
    "}",
    "]",
    "{",
    "[",
    ":",
    "0",
    "9",
    ".",
    "a",
    "-",
    " ",
    "\n",
    "\u0000",
    "é",
    "e"
  ])
})

const mutate = (text: string, { at, character, kind }: typeof Mutation.Type): string => {
  const place = at % (text.length + 1)
  switch (kind) {
    case "delete":
      return text.slice(0, place) + text.slice(place + 1)
    case "insert":
      return text.slice(0, place) + character + text.slice(place)
    case "replace":
      return text.slice(0, place) + character + text.slice(place + 1)
    case "swap":
      return text.slice(0, place) + text.slice(place, place + 20) + text.slice(place)
    case "cut":
      return text.slice(0, place)
  }
}

describe("DecodeMarketFrame", () => {
  it.prop(
    "the scanner says what the schema says",
    [Frame],
    ([frame]) => {
      const text = render(frame)
      assert.deepStrictEqual(decodeFrame(Buffer.from(text), scannerOf()), decodeFrameBySchema(text))
    },
    { arbitrary: { runs: 2_000 } }
  )

  it.prop(
    "FUZ-1 whatever is done to a frame, both decoders agree and neither throws",
    [Frame, Schema.Array(Mutation).check(Schema.isMaxLength(3))],
    ([frame, mutations]) => {
      const text = mutations.reduce(mutate, render(frame))
      assert.deepStrictEqual(decodeFrame(Buffer.from(text), scannerOf()), decodeFrameBySchema(text))
    },
    { arbitrary: { runs: 5_000 } }
  )

  it("scans the form the venue writes", () => {
    const text = render({
      changes: [{
        asset: 0,
        price: 460_000,
        size: 918_340_000,
        isHuge: false,
        buy: true,
        hash: 1,
        bid: "0.5",
        ask: "0.51"
      }],
      time: 1_790_766_981_628,
      spaced: true,
      newline: false
    })
    assert.deepStrictEqual(scannerOf().scan(Buffer.from(text)), {
      kind: "changes",
      market,
      time: 1_790_766_981_628,
      changes: [{
        assetId: assets[0],
        side: "buy",
        price: 460_000,
        size: 918_340_000,
        hash: "1".padStart(40, "0"),
        bestBid: 500_000,
        bestAsk: 510_000
      }]
    } as never)
    assert.isUndefined(makeScanner().scan(Buffer.from(text)))
  })

  it("ING-4 a bad message costs that message alone", () => {
    const good = { event_type: "best_bid_ask", market, asset_id: "401", best_bid: "", best_ask: "1", timestamp: "1" }
    const frame = decodeFrame(
      Buffer.from(
        JSON.stringify([good, { ...good, timestamp: "soon" }, 7, { event_type: "weather" }, { event_type: 5 }, good])
      ),
      scannerOf()
    )
    assert.strictEqual(frame.messages.length, 2)
    assert.strictEqual(frame.malformed.length, 3)
    assert.strictEqual(frame.unknownTypes, 1)
  })

  it("text frames are no errors, other text is", () => {
    for (const text of ["PONG", "NO NEW ASSETS", "INVALID OPERATION", "PONG\n"]) {
      assert.deepStrictEqual(decodeFrame(Buffer.from(text), scannerOf()), {
        messages: [],
        text: text.trim(),
        unknownTypes: 0,
        malformed: []
      })
    }
    assert.strictEqual(decodeFrame(Buffer.from("HELLO"), scannerOf()).malformed.length, 1)
  })

  it("FUZ-1 nesting beyond the limit is not parsed", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
    assert.strictEqual(decodeFrame(Buffer.from(nested(4_000_000)), scannerOf()).malformed.length, 1)
    const good = "{\"event_type\":\"weather\",\"x\":" + nested(maximumDepth - 1) + "}"
    assert.strictEqual(decodeFrame(Buffer.from(good), scannerOf()).unknownTypes, 1)
    const deep = "{\"event_type\":\"weather\",\"x\":" + nested(maximumDepth) + "}"
    assert.strictEqual(decodeFrame(Buffer.from(deep), scannerOf()).unknownTypes, 0)
  })

  describe.skipIf(!SharedData.isPresent)("venue data", () => {
    it("the recording decodes the same both ways, its changes by the scanner", () => {
      const scanner = makeScanner()
      let scanned = 0
      for (const line of SharedData.text("recordings/clob-market-btc-updown-2026-09-30.jsonl.gz").trim().split("\n")) {
        const { payloadUtf8 } = JSON.parse(line) as { payloadUtf8: string }
        if (scanner.scan(Buffer.from(payloadUtf8)) !== undefined) scanned++
        const frame = decodeFrame(Buffer.from(payloadUtf8), scanner)
        assert.deepStrictEqual(frame, decodeFrameBySchema(payloadUtf8))
        assert.deepStrictEqual(frame.malformed, [])
      }
      assert.strictEqual(scanned, 20)
    })
  })
})
