import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as SharedData from "../client/SharedData.ts"
import { folder, simulate, start } from "./Program.ts"
import { type MarketPlan, record } from "./RecordingModel.ts"
import { read } from "./Summary.ts"

/** Plays a recording to an engine that checks every change. */
const replay = Effect.fnUntraced(function*(file: string) {
  const venue = yield* simulate("--recording", file, "--speed", "2000")
  const data = join(yield* folder, "data")
  const engine = yield* start(
    "run",
    "--endpoints",
    venue.file,
    "--for",
    "4s",
    "--json",
    "--verify-books",
    "--data",
    data
  )
  assert.strictEqual(yield* engine.exit(), 0, engine.stderr())
  return { summary: read(engine.stdout()), assumptions: venue.stderr() }
})

const plain: MarketPlan = {
  conditionId: `0x${"1a".repeat(32)}`,
  assetIds: [`7${"1".repeat(70)}`, `7${"2".repeat(70)}`],
  tick: "0.01",
  minimumSize: "5",
  negativeRisk: false
}

const fine: MarketPlan = {
  ...plain,
  conditionId: `0x${"2b".repeat(32)}`,
  assetIds: [`8${"1".repeat(70)}`, `8${"2".repeat(70)}`],
  tick: "0.001"
}

const gammaOf = (plan: MarketPlan, index: number) => ({
  id: String(100 + index),
  question: `Market ${index}?`,
  conditionId: plan.conditionId,
  slug: `market-${index}`,
  outcomes: "[\"Yes\", \"No\"]",
  clobTokenIds: JSON.stringify(plan.assetIds),
  orderPriceMinTickSize: Number(plan.tick),
  orderMinSize: Number(plan.minimumSize),
  negRisk: plan.negativeRisk,
  volume24hr: 1000 - index,
  volumeNum: 5000,
  liquidityNum: 5000,
  active: true,
  closed: false,
  acceptingOrders: true,
  enableOrderBook: true,
  endDate: "2030-01-01T00:00:00Z"
})

describe("run on a recording", () => {
  it.live.skipIf(!SharedData.isPresent)("ends at the hashes that the venue recorded", () =>
    Effect.gen(function*() {
      const name = "clob-market-btc-updown-2026-09-30"
      const { summary: { books } } = yield* replay(SharedData.path(`recordings/${name}.jsonl.gz`))
      const expected = SharedData.json(`recordings/${name}.expected.json`) as {
        readonly tokens: ReadonlyArray<string>
        readonly hashAfterLine: ReadonlyArray<
          { readonly token: string; readonly hash: string; readonly timestamp: string }
        >
      }
      assert.isAbove(books.checked, expected.hashAfterLine.length / 2)
      assert.strictEqual(books.mismatched, 0)
      for (const token of expected.tokens) {
        const last = expected.hashAfterLine.findLast((one) => one.token === token)
        const { hash, timestamp } = books.final[token] ?? {}
        assert.deepStrictEqual([hash, timestamp], [last?.hash, last?.timestamp])
      }
    }))

  it.live("ends at the books of a recording never seen, whose markets a file beside it describes", () =>
    Effect.gen(function*() {
      const plans = [{ ...plain, laterTick: "0.001" }, { ...fine, minimumSize: "15", negativeRisk: true }]
      const recording = record(7, plans, 500)
      const at = yield* folder
      writeFileSync(join(at, "fresh.jsonl.gz"), gzipSync(recording.jsonl))
      writeFileSync(join(at, "fresh.markets.json"), JSON.stringify(plans.map(gammaOf)))
      const { assumptions, summary: { books } } = yield* replay(join(at, "fresh.jsonl.gz"))
      assert.strictEqual(assumptions, "")
      assert.strictEqual(books.mismatched, 0)
      assert.isAtLeast(books.checked, recording.changes)
      assert.deepStrictEqual(books.final, recording.final)
    }))

  it.live("infers the ticks of a recording without such a file, and says so", () =>
    Effect.gen(function*() {
      const recording = record(8, [plain, fine], 200)
      const at = yield* folder
      writeFileSync(join(at, "bare.jsonl"), recording.jsonl)
      const { assumptions, summary: { books } } = yield* replay(join(at, "bare.jsonl"))
      for (const { conditionId } of [plain, fine]) assert.include(assumptions, conditionId)
      assert.strictEqual(books.mismatched, 0)
      assert.isAtLeast(books.checked, recording.changes)
      assert.deepStrictEqual(books.final, recording.final)
    }))
})
