import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { archived, journaled } from "./DataFolder.ts"
import { eventually, folder, simulate, start } from "./Program.ts"
import { read } from "./Summary.ts"

describe("run, stopped under load", () => {
  it.live("OPS-1 loses nothing, keeps others off its folder, and the next run goes on in it", () =>
    Effect.gen(function*() {
      const venue = yield* simulate("--rate", "1500", "--markets", "40")
      const data = join(yield* folder, "data")
      const args = ["run", "--endpoints", venue.file, "--top", "40", "--json", "--data", data]

      const first = yield* start(...args)
      yield* eventually("frames", venue.stats, ({ framesSent }) => framesSent > 3_000, 30)
      const second = yield* start(...args)
      assert.strictEqual(yield* second.exit(), 75)
      assert.include(second.stderr(), String(first.pid))
      assert.strictEqual(second.stdout(), "")
      yield* eventually("frames", venue.stats, ({ framesSent }) => framesSent > 8_000, 30)
      yield* first.kill("SIGTERM")
      assert.strictEqual(yield* first.exit(15), 0, first.stderr())
      const one = read(first.stdout())
      assert.isAbove(one.archive.accepted, 2_000)
      assert.deepStrictEqual([one.archive.stored, one.archive.poison], [one.archive.accepted, 0])

      const third = yield* start(...args, "--for", "3s")
      assert.strictEqual(yield* third.exit(), 0, third.stderr())
      const two = read(third.stdout())
      assert.isAbove(two.archive.accepted, 100)
      assert.strictEqual(two.archive.stored, two.archive.accepted)

      const stored = yield* archived(data)
      assert.strictEqual(new Set(stored.map(({ id }) => id)).size, stored.length)
      assert.strictEqual(stored.length, one.archive.accepted + two.archive.accepted)
      for (const tag of ["PriceUpdate", "Trade", "OrderBookSnapshot", "OrderUpdate", "FeedStatus"]) {
        const expected = (one.events[tag] ?? 0) + (two.events[tag] ?? 0)
        assert.strictEqual(stored.filter(({ _tag }) => _tag === tag).length, expected, tag)
      }

      const records = journaled(data)
      const intents = records.filter((record) => record._tag === "Intent")
      const answered = new Set(records.flatMap((record) => record._tag === "Outcome" ? [record.intentId] : []))
      assert.isAbove(intents.length, 0)
      assert.isTrue(intents.every(({ intent }) => answered.has(intent.intentId)))
    }))
})
