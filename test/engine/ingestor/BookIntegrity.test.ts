import { assert, describe, it } from "@effect/vitest"
import { bookHash } from "../../../src/client/polymarket/clob/BookHash.ts"
import * as OrderBook from "../../../src/domain/OrderBook.ts"
import type { Price } from "../../../src/domain/Price.ts"
import type { Size } from "../../../src/domain/Size.ts"
import * as BookIntegrity from "../../../src/engine/ingestor/BookIntegrity.ts"

const constants = (assetId: string) => ({
  market: "0x1",
  assetId,
  minimumSize: "5",
  tickSize: "0.01",
  negativeRisk: false,
  versionTwo: false
})

const bookOf = (size: number) => {
  const book = OrderBook.make(10_000)
  OrderBook.setLevel(book, "buy", 400_000 as Price, size as Size)
  return book
}

const verdictOf = (memory: BookIntegrity.TradeMemory, asset: string, size: number, lastTrade: string, now: number) => {
  const book = bookOf(size)
  const hash = bookHash(book, constants(asset), now, lastTrade)
  return BookIntegrity.check(book, constants(asset), now, hash, memory, [], now)
}

describe("BookIntegrity", () => {
  it("an older book of the other token is explained by the trade price that a newer book has just replaced", () => {
    const memory = BookIntegrity.makeMemory()
    BookIntegrity.tell(memory, "0.400", 0)
    BookIntegrity.trade(memory, 500_000 as Price, 10_000)
    assert.strictEqual(verdictOf(memory, "yes", 1, "0.500", 10_010), "verified")
    assert.strictEqual(verdictOf(memory, "no", 2, "0.400", 10_020), "verified")
    assert.strictEqual(memory.known, "0.500")
    assert.strictEqual(verdictOf(memory, "yes", 3, "0.500", 10_030), "verified")
  })

  it("a price replaced long ago explains nothing any more", () => {
    const memory = BookIntegrity.makeMemory()
    BookIntegrity.tell(memory, "0.400", 0)
    BookIntegrity.tell(memory, "0.500", 10_000)
    assert.strictEqual(verdictOf(memory, "no", 2, "0.400", 10_000 + BookIntegrity.patience), "open")
  })

  it("a hash that no price explains stays open, and a book of which no price was ever told is unknown", () => {
    const memory = BookIntegrity.makeMemory()
    assert.strictEqual(verdictOf(memory, "no", 2, "0.400", 0), "unknown")
    BookIntegrity.tell(memory, "", 0)
    assert.strictEqual(verdictOf(memory, "no", 2, "0.400", 0), "open")
    assert.strictEqual(verdictOf(memory, "no", 2, "", 0), "verified")
  })
})
