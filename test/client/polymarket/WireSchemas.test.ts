import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { CompactMarket, OrderBookSummary } from "../../../src/client/polymarket/clob/BookSchema.ts"
import { MarketChannelMessage } from "../../../src/client/polymarket/clob/MarketChannelSchema.ts"
import { GammaMarket } from "../../../src/client/polymarket/gamma/MarketSchema.ts"
import * as SharedData from "../SharedData.ts"

/** `whole` cut down to the keys that `part` has, all the way down. */
const restrict = (whole: unknown, part: unknown): unknown => {
  if (Array.isArray(whole) && Array.isArray(part)) return whole.map((item, index) => restrict(item, part[index]))
  if (typeof whole === "object" && whole !== null && typeof part === "object" && part !== null) {
    const found: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(whole)) {
      if (key in part) found[key] = restrict(value, (part as Record<string, unknown>)[key])
    }
    return found
  }
  return whole
}

const roundTrip = <S extends Schema.Codec<unknown, unknown>>(schema: S, payload: unknown) => {
  const decoded = Schema.decodeUnknownSync(schema)(payload)
  const encoded = Schema.encodeSync(schema)(decoded)
  assert.deepStrictEqual(encoded, restrict(payload, encoded))
  assert.isAbove(Object.keys(encoded as object).length, 3)
}

describe.skipIf(!SharedData.isPresent)("wire schemas decode and re-encode recorded payloads", () => {
  it.each(["clob.book.v1", "clob.book.protocol-v2-empty"])(
    "%s",
    (name) => roundTrip(OrderBookSummary, SharedData.json(`payloads/${name}.json`))
  )

  it.each(["clob.clob-markets.protocol-v2"])(
    "%s",
    (name) => roundTrip(CompactMarket, SharedData.json(`payloads/${name}.json`))
  )

  it.each([
    "ws-market.best_bid_ask",
    "ws-market.market_resolved",
    "ws-market.new_market",
    "ws-market.tick_size_change"
  ])("%s", (name) => roundTrip(MarketChannelMessage, SharedData.json(`payloads/${name}.json`)))

  it.each([
    "gamma.market",
    "gamma.market.btc-15m-2026-10-05",
    "gamma.market.closed-accepting-false",
    "gamma.market.closed-zero-zero-legacy",
    "gamma.market.protocol-v2-docs",
    "gamma.market.sports-handicap"
  ])("%s", (name) => roundTrip(GammaMarket, SharedData.json(`payloads/${name}.json`)))

  it("gamma.markets.btc-5m", () => {
    const lines = SharedData.text("payloads/gamma.markets.btc-5m.2026-07-24.jsonl.gz").trim().split("\n")
    for (const line of lines) roundTrip(GammaMarket, (JSON.parse(line) as { raw: unknown }).raw)
    assert.isAbove(lines.length, 200)
  })

  it("ws-market.session-protocol-v2 and the recording", () => {
    const session = SharedData.text("payloads/ws-market.session-protocol-v2.jsonl").trim().split("\n")
      .map((line) => JSON.parse(line) as { dir: string; data: string })
      .filter((line) => line.dir === "recv").map((line) => line.data)
    const recorded = SharedData.text("recordings/clob-market-btc-updown-2026-09-30.jsonl.gz").trim().split("\n")
      .map((line) => (JSON.parse(line) as { payloadUtf8: string }).payloadUtf8)
    let messages = 0
    for (const frame of [...session, ...recorded]) {
      if (frame === "PONG") continue
      const parsed: unknown = JSON.parse(frame)
      for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
        roundTrip(MarketChannelMessage, message)
        messages++
      }
    }
    assert.isAbove(messages, 25)
  })
})
