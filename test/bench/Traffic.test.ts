import { assert, describe, it } from "@effect/vitest"
import { decodeFrameBySchema } from "../../src/client/polymarket/clob/DecodeMarketFrame.ts"
import type { AssetId } from "../../src/domain/Asset.ts"
import type { ConditionId, Market } from "../../src/domain/Market.ts"
import type { Size } from "../../src/domain/Size.ts"
import * as ClobBooks from "../../src/engine/ingestor/ClobBooks.ts"
import type { MarketEvent } from "../../src/engine/MarketEvent.ts"
import * as Traffic from "./ingest/Traffic.ts"

const marketOf = ({ conditionId, no, yes }: Traffic.TrafficMarket): Market => ({
  conditionId: conditionId as ConditionId,
  slug: conditionId,
  question: "",
  outcomes: [{ name: "Yes", assetId: yes as AssetId }, { name: "No", assetId: no as AssetId }],
  tickSize: 10_000,
  minimumSize: 5_000_000 as Size,
  negativeRisk: false,
  version: "v1",
  status: "open"
})

describe("the traffic of the ingest bench", () => {
  it("is what it says it is, and every hash of it is right", () => {
    const frames = 4_000
    const traffic = Traffic.make({ markets: 5, frames, seed: 7, time: 1_790_000_000_000 })
    const books = ClobBooks.make({ verifyBooks: true })
    for (const ids of Traffic.marketsOf(5)) ClobBooks.follow(books, marketOf(ids), 0)
    const events: Array<MarketEvent> = []
    const kinds: Record<string, number> = {}
    const take = (text: string, now: number): void => {
      const { malformed, messages } = decodeFrameBySchema(text)
      assert.deepStrictEqual(malformed, [])
      for (const message of messages) {
        kinds[message.kind] = (kinds[message.kind] ?? 0) + 1
        ClobBooks.apply(books, message, now, events)
      }
    }
    for (const book of traffic.firstBooks.values()) take(book, 0)
    for (const [at, { bytes }] of traffic.frames.entries()) {
      assert.strictEqual(bytes.readUInt16BE(2), bytes.length - 4)
      take(bytes.toString("utf8", 4), Math.floor(at / 5))
    }
    const { checked, duplicates, foreign, gaps, mismatched } = books.counters
    assert.deepStrictEqual({ duplicates, foreign, gaps, mismatched }, {
      duplicates: 0,
      foreign: 0,
      gaps: 0,
      mismatched: 0
    })
    assert.isAbove(checked, frames)
    assert.strictEqual(kinds["trade"], traffic.tradesBefore[frames])
    assert.closeTo((kinds["changes"] ?? 0) / frames, 0.94, 0.02)
    assert.closeTo((kinds["trade"] ?? 0) / frames, 0.05, 0.02)
    assert.isAbove(kinds["book"] ?? 0, 10)
  })
})
