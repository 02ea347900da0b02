import { assert, describe, it } from "@effect/vitest"
import { Clock, Console, Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { millisecondOf } from "../../src/engine/EventId.ts"
import type { JournalRecord } from "../../src/engine/Journal.ts"
import type { EventId, FeedStatus, MarketEvent } from "../../src/engine/MarketEvent.ts"
import { archived, journaled, spooled } from "../e2e/DataFolder.ts"
import { folder, simulate, start } from "../e2e/Program.ts"
import { read } from "../e2e/Summary.ts"

/** One policy that trades all the time, one whose pause spans several of the kills. */
const cooldowns = { steady_buyer: 3_000, patient: 25_000 } as const

const policies = `policies:
  - id: steady_buyer
    cooldown: 3s
    cooldown_per: asset
    conditions: { all: [{ field: ask, operator: ">", value: 0.05 }, { field: ask, operator: "<", value: 0.90 }] }
    actions:
      - type: order
        operation: place
        order: { asset: "{{ event.asset }}", side: buy, type: market, price: "{{ event.ask + 0.02 }}", size: 5 }
  - id: patient
    cooldown: 25s
    conditions: { field: price, operator: ">", value: 0 }
    actions: [{ type: notification, channel: console, template: "{{ event.price }}" }]
`

/** A slow venue, so that a kill finds orders under way. */
const settings =
  "paper: { cash: 1000000, latency: 1200ms }\norders: { validFor: 10s }\nrisk: { maxPosition: 1000000 }\n"

/** A sequence of numbers below `bound` that a seed fixes. */
const seeded = (seed: number) => {
  let state = seed
  return (bound: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % bound
  }
}

/** What was found after a kill. */
interface Remains {
  /** The number of the run that was killed. */
  readonly run: number
  /** What was in the spool some time before. */
  readonly seen: ReadonlyArray<MarketEvent>
  readonly spool: ReadonlyArray<MarketEvent>
  readonly journal: ReadonlyArray<JournalRecord>
}

const unanswered = (records: ReadonlyArray<JournalRecord>): ReadonlyArray<string> => {
  const answered = new Set(records.flatMap((record) => record._tag === "Outcome" ? [record.intentId] : []))
  return records.flatMap((record) =>
    record._tag === "Intent" && !answered.has(record.intent.intentId) ? [record.intent.intentId] : []
  )
}

/** Two firings of a policy, for one asset where it pauses per asset, closer than its pause. */
const hurried = (records: ReadonlyArray<JournalRecord>): ReadonlyArray<string> => {
  const last = new Map<string, number>()
  return records.flatMap((record) => {
    if (record._tag !== "Firing") return []
    const key = record.policyId === "patient" ? "patient" : `${record.policyId} ${record.assetId}`
    const before = last.get(key)
    last.set(key, record.receivedAt)
    const pause = cooldowns[record.policyId as keyof typeof cooldowns]
    return before !== undefined && record.receivedAt - before < pause
      ? [`${key}: ${record.receivedAt - before} ms`]
      : []
  })
}

describe("The engine under kill -9", () => {
  it.live(
    "ARC-1 POL-3 CRS-1 loses and doubles nothing, answers every intent, keeps every pause, tells of the gap",
    () =>
      Effect.gen(function*() {
        const seed = Number(process.env["FAULT_SEED"] ?? 20_261_124)
        const random = seeded(seed)
        const rate = 1_000 + random(2_000)
        yield* Console.log(`seed ${seed}, ${rate} frames/s`)
        const at = yield* folder
        const data = join(at, "data")
        writeFileSync(join(at, "kill.yaml"), policies)
        writeFileSync(join(at, "settings"), settings)
        const venue = yield* simulate("--rate", String(rate), "--markets", "40", "--seed", String(seed))
        const args = ["run", "--endpoints", venue.file, "--top", "40", "--json", "--data", data, "--policies", at]
        const starts: Array<number> = []
        const begin = Effect.gen(function*() {
          starts.push(yield* Clock.currentTimeMillis)
          return yield* start(...args, "--config", join(at, "settings"))
        })
        const following = (line: string) => line.includes("following")

        const kill = Effect.fnUntraced(function*(isEarly: boolean, afterMs: number, lookBeforeMs = 0) {
          const program = yield* begin
          if (!isEarly) yield* program.line("stderr", following)
          yield* Effect.sleep(afterMs - lookBeforeMs)
          const seen = lookBeforeMs === 0 ? [] : yield* spooled(data)
          yield* Effect.sleep(lookBeforeMs)
          yield* program.kill("SIGKILL")
          assert.strictEqual(yield* program.exit(), null, program.stderr())
          const run = starts.length - 1
          const found: Remains = { run, seen, spool: yield* spooled(data), journal: journaled(data) }
          return found
        }, Effect.scoped)

        const end = Effect.gen(function*() {
          const program = yield* begin
          yield* program.line("stderr", following)
          yield* Effect.sleep("4 seconds")
          yield* program.kill("SIGTERM")
          assert.strictEqual(yield* program.exit(), 0, program.stderr())
          const { archive } = read(program.stdout())
          assert.strictEqual(archive.stored, archive.accepted)
          assert.strictEqual((yield* spooled(data)).length, 0)
        }).pipe(Effect.scoped)

        const remains: Array<Remains> = []
        remains.push(yield* kill(true, 1_000 + random(2_500)))
        for (let round = 0; round < 4; round++) remains.push(yield* kill(false, 300 + random(5_000)))
        remains.push(yield* kill(true, 800 + random(2_500)))
        // Long enough for the spool to be released while it runs, so that the next start finds only a part.
        remains.push(yield* kill(false, 64_000 + random(4_000), 14_000))
        yield* end
        remains.push(yield* kill(false, 2_000 + random(4_000)))
        remains.push(yield* kill(false, random(1_500)))
        yield* end

        const stored = yield* archived(data)
        const byId = new Map<EventId, MarketEvent>(stored.map((event) => [event.id, event]))
        assert.strictEqual(byId.size, stored.length, `doubled (seed ${seed})`)
        const trades = stored.flatMap((event) => event._tag === "Trade" ? [event.dedupeKey] : [])
        assert.strictEqual(new Set(trades).size, trades.length, `trades doubled (seed ${seed})`)
        const accepted = new Map(
          remains.flatMap(({ seen, spool }) => [...seen, ...spool].map((event) => [event.id, event] as const))
        )
        for (const { spool } of remains) {
          assert.isTrue(spool.every((event, index) => index === 0 || event.id > (spool[index - 1]?.id ?? 0)))
        }
        const lost = [...accepted.values()].filter(({ id }) => !byId.has(id))
        assert.strictEqual(lost.length, 0, `lost (seed ${seed}), first ${JSON.stringify(lost[0])}`)
        for (const event of accepted.values()) assert.deepStrictEqual(byId.get(event.id), event)

        const gaps = stored.filter((event): event is FeedStatus =>
          event._tag === "FeedStatus" && event.kind === "gap" && event.feed === "archive"
        )
        for (const { run, spool } of remains) {
          const last = spool.at(-1)
          if (last === undefined) continue
          const [died, restarted] = [millisecondOf(last.id), starts[run + 1] as number]
          assert.isTrue(
            gaps.some(({ from = Infinity, to = 0 }) => from <= died && to >= restarted),
            `no gap from ${died} to ${restarted} (seed ${seed}, run ${run})`
          )
        }

        const journal = journaled(data)
        assert.deepStrictEqual(unanswered(journal), [], `seed ${seed}`)
        assert.deepStrictEqual(hurried(journal), [], `seed ${seed}`)
        const ids = journal.flatMap((record) =>
          record._tag === "Firing" ? [record.firingId] : record._tag === "Intent" ? [record.intent.intentId] : []
        )
        assert.strictEqual(new Set(ids).size, ids.length, `a firing or an intent twice (seed ${seed})`)

        // What was meant to happen has happened.
        const underWay = remains.map(({ journal }) => unanswered(journal).length)
        assert.isAbove(remains.filter(({ spool }) => spool.length > 500).length, 3)
        assert.isAbove(accepted.size, remains.reduce((most, { spool }) => Math.max(most, spool.length), 0) + 10_000)
        assert.isAbove(underWay.filter((count) => count > 0).length, 2, `orders under way ${underWay.join(" ")}`)
        assert.isAbove(journal.filter((record) => record._tag === "Firing" && record.policyId === "patient").length, 2)
        yield* Console.log(
          `accepted ${accepted.size}, stored ${stored.length}, gaps ${gaps.length}, intents under way ${
            underWay.join(" ")
          }`
        )
      }),
    400_000
  )
})
