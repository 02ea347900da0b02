import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { bookHash, hashOf } from "../../../../src/client/polymarket/clob/BookHash.ts"
import { OrderBookSummary } from "../../../../src/client/polymarket/clob/BookSchema.ts"
import type { Level } from "../../../../src/domain/Level.ts"
import * as OrderBook from "../../../../src/domain/OrderBook.ts"
import * as Price from "../../../../src/domain/Price.ts"
import * as Size from "../../../../src/domain/Size.ts"
import * as TickSize from "../../../../src/domain/TickSize.ts"
import * as SharedData from "../../SharedData.ts"

const levels = (wire: OrderBookSummary["bids"]): Array<Level> =>
  wire.map(({ price, size }) => ({
    price: Price.fromText(price) as Price.Price,
    size: Size.fromText(size) as Size.Size
  }))

const recomputed = (summary: OrderBookSummary): string => {
  const book = OrderBook.make(TickSize.fromText(summary.tick_size) as TickSize.TickSize)
  assert.isTrue(OrderBook.replace(book, levels(summary.bids), levels(summary.asks)))
  return bookHash(
    book,
    {
      market: summary.market,
      assetId: summary.asset_id,
      minimumSize: summary.min_order_size,
      tickSize: summary.tick_size,
      negativeRisk: summary.neg_risk,
      versionTwo: summary.version === "v2"
    },
    Number(summary.timestamp),
    summary.last_trade_price
  )
}

const summaryOf = Schema.decodeUnknownSync(OrderBookSummary)

describe("BookHash", () => {
  it("is SHA-1 in lower hex", () => assert.strictEqual(hashOf("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d"))

  describe.skipIf(!SharedData.isPresent)("venue data", () => {
    it("equals every golden vector", () => {
      const { bookHashes } = SharedData.json("vectors.json") as {
        bookHashes: ReadonlyArray<{ id: string; book: unknown; expected: { hash: string } }>
      }
      assert.isAbove(bookHashes.length, 5)
      for (const { book, expected, id } of bookHashes) {
        assert.strictEqual(recomputed(summaryOf(book)), expected.hash, id)
      }
    })

    it.each(["clob.book.v1", "clob.book.protocol-v2-empty"])("equals the hash of %s", (name) => {
      const summary = summaryOf(SharedData.json(`payloads/${name}.json`))
      assert.strictEqual(recomputed(summary), summary.hash)
    })
  })
})
