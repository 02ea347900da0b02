import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { folder, start } from "./Program.ts"
import { read, total } from "./Summary.ts"

describe("run --sim", () => {
  it.live("follows, decides, trades on paper, archives, and tells so in one JSON object", () =>
    Effect.gen(function*() {
      const data = join(yield* folder, "data")
      const program = yield* start("run", "--sim", "--for", "12s", "--json", "--data", data)
      assert.strictEqual(yield* program.exit(), 0, program.stderr())
      const { archive, books, consumers, events, feeds, fills, firings, orders } = read(program.stdout())
      for (const tag of ["PriceUpdate", "OrderBookSnapshot", "OrderBookDelta", "Trade", "OrderUpdate", "FeedStatus"]) {
        assert.isAbove(events[tag] ?? 0, 0, tag)
      }
      assert.isAbove(archive.accepted, 0)
      assert.deepStrictEqual(archive, { accepted: archive.accepted, stored: archive.accepted, spilled: 0, poison: 0 })
      assert.isAbove(books.checked, 0)
      assert.strictEqual(books.mismatched, 0)
      assert.strictEqual(Object.keys(books.final).length, 20)
      assert.deepStrictEqual(feeds["clob"], { status: "connected", reconnects: 0, gaps: 0, stale: 0, malformed: 0 })
      for (const [name, one] of Object.entries(consumers)) {
        assert.deepStrictEqual([one.dropped, one.conflated, one.spilled, one.queued], [0, 0, 0, 0], name)
      }
      assert.strictEqual(consumers["archiver"]?.offered, archive.accepted)
      assert.isAbove(total(firings), 0)
      assert.isAbove(total(orders), 0)
      assert.isAbove(fills, 0)
    }))
})
