import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import type { CompiledPolicy } from "../../../src/engine/policy/Compile.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import { explain } from "../../../src/engine/policy/Explain.ts"
import { textOfExplanation } from "../../../src/engine/policy/ExplainText.ts"
import { earlierHolds, type HoldStamp, type WrittenNote } from "../../../src/engine/policy/HoldNotes.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import type { EarlierArming, EarlierFiring } from "../../../src/engine/policy/Roster.ts"
import type { Switch } from "../../../src/engine/policy/Switches.ts"
import { logOf } from "../../arbitrary/Events.ts"
import type { Condition } from "./Model.ts"
import { compiledOf, policyOf, Seed } from "./ModelPolicies.ts"

const runs = Number(process.env["HOLD_RUNS"] ?? 100)

/** An evaluator that is killed and started again, with a journal that keeps what it is given. */
class Journaled {
  readonly notes: Array<WrittenNote> = []
  readonly stamps: Array<HoldStamp> = []
  readonly switches: Array<Switch> = []
  readonly firings: Array<EarlierFiring> = []
  readonly armings: Array<EarlierArming> = []
  readonly policies: () => ReadonlyArray<CompiledPolicy>
  evaluator: Evaluator
  #run = 0

  constructor(policies: () => ReadonlyArray<CompiledPolicy>) {
    this.policies = policies
    this.evaluator = new Evaluator(policies(), 1_000_000)
  }

  take(event: MarketEvent) {
    const decisions = this.evaluator.take(event)
    const runId = String(this.#run)
    for (const { assetId, hold, policyId, receivedAt } of decisions) {
      this.firings.push({ policyId, receivedAt, ...(assetId === undefined ? {} : { assetId }) })
      if (hold !== undefined) this.notes.push({ ...hold, runId })
    }
    this.#write(runId)
    return decisions
  }

  /** kill -9 and a new start. */
  restart(policies = this.policies): void {
    this.#run++
    this.evaluator = new Evaluator(policies(), 1_000_000)
    this.evaluator.restore(
      this.firings,
      [],
      this.switches,
      earlierHolds(this.notes, this.stamps, this.switches),
      this.armings
    )
    this.#write(String(this.#run))
  }

  #write(runId: string): void {
    this.armings.push(...this.evaluator.takeArmed())
    while (this.evaluator.holds.hasNews) {
      const { notes, seenAt } = this.evaluator.holds.take(1)
      this.notes.push(...notes.map((note) => ({ ...note, runId })))
      if (seenAt !== undefined) this.stamps.push({ runId, receivedAt: seenAt })
    }
  }
}

const second = 1_000
const minute = 60 * second
const policiesOf = (rest: string) => () =>
  Result.getOrThrow(Load.compileAll([{
    file: "holds.yaml",
    text: `policies: [{ id: x, ${rest}, actions: [{ type: notification, channel: console, template: "x" }] }]`
  }], { defaultSlippage: undefined, validFor: 2_000 }))

const head = (at: number) => ({ id: (at + 1) as MarketEvent["id"], time: at, receivedAt: at })
const price = (at: number, value: number, asset = "BTC"): MarketEvent => ({
  ...head(at),
  source: "polybolt",
  _tag: "PriceUpdate",
  assetId: AssetId.make(asset),
  price: String(value) as Decimal
})
const tick = (at: number): MarketEvent => ({
  ...head(at),
  source: "clock",
  _tag: "Tick",
  kind: "clock",
  name: "second"
})
const gap = (at: number): MarketEvent => ({
  ...head(at),
  source: "polybolt",
  _tag: "FeedStatus",
  feed: "polybolt",
  kind: "gap",
  assetId: AssetId.make("BTC")
})

/** Lets the seconds from one time to another pass; the times of firings. */
const pass = (of: Journaled, from: number, to: number): ReadonlyArray<number> => {
  const fired: Array<number> = []
  for (let at = from; at <= to; at += second) {
    for (const { receivedAt } of of.take(tick(at))) fired.push(receivedAt)
  }
  return fired
}

const above = `conditions: { field: price, operator: ">", value: 100, asset: BTC }`
const held = `for: 30m, ${above}`

/** Has held for so many minutes when it is killed. */
const killedAfter = (minutes: number, rest = held) => {
  const of = new Journaled(policiesOf(rest))
  of.take(price(0, 101))
  const fired: Array<number> = []
  // Values live for a quarter of an hour.
  for (let at = 0; at < minutes; at++) {
    fired.push(...pass(of, at * minute + 1, (at + 1) * minute))
    for (const { receivedAt } of of.take(price((at + 1) * minute + 1, 101))) fired.push(receivedAt)
  }
  of.restart()
  return { of, fired }
}

const levels = {
  ">": ">",
  "<": "<",
  ">=": ">=",
  "<=": "<=",
  crosses_above: ">",
  crosses_below: "<",
  changes: ">=",
  "==": "==",
  "!=": "!="
} as const

/** The same condition made of levels alone: a restart is a gap to edges and windows. */
const leveled = (condition: Condition): Condition => {
  if ("leaf" in condition) {
    const { leaf } = condition
    return { leaf: { ...leaf, operator: levels[leaf.operator], window: undefined } }
  }
  if ("not" in condition) return { not: leveled(condition.not) }
  return "all" in condition ? { all: condition.all.map(leveled) } : { any: condition.any.map(leveled) }
}

const Place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 59 }))
const Down = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 600 }))

describe("Holds", () => {
  it.prop(
    "POL-3 an engine that is killed and told anew what it knew fires as one that was never killed",
    [Seed, Place, Place, Down],
    ([seed, first, last, down]) => {
      const made = policyOf(seed)
      const policy = {
        ...made,
        conditions: leveled(made.conditions),
        rearm: undefined,
        cooldown: made.cooldown * 10,
        holdFor: 5_000 + seed.holdFor * 8_000,
        firings: made.firings === undefined ? undefined : { ...made.firings, span: 90_000 }
      }
      const killed = new Journaled(() => compiledOf(policy))
      const steady = new Evaluator(compiledOf(policy), 1_000_000)
      const fired = new Map<number, [number, number]>()
      let later = 0
      let id = 0
      const take = (event: MarketEvent) => {
        id++
        const told = { ...event, id: id as MarketEvent["id"], receivedAt: event.receivedAt + later }
        const counts = fired.get(told.receivedAt) ?? [0, 0]
        fired.set(told.receivedAt, [counts[0] + killed.take(told).length, counts[1] + steady.take(told).length])
      }
      const known = new Map<string, MarketEvent>()
      const seeds = seed.events.map((one) => ({ ...one, after: one.after * 10 }))
      const log = logOf(seeds.filter(({ kind }) => kind !== "snapshot" && kind !== "delta"))
      for (const [at, event] of log.entries()) {
        take(event)
        if (event._tag === "PriceUpdate" || event._tag === "Trade") known.set(`${event.assetId} ${event._tag}`, event)
        if (event._tag === "FeedStatus" && event.kind === "gap") {
          for (const key of known.keys()) if (key.startsWith(`${event.assetId} `)) known.delete(key)
        }
        if (at !== first && at !== last) continue
        // What holds now is ten seconds old then, and so is written down.
        later += 10 * second
        take({ ...tick(0), receivedAt: event.receivedAt })
        killed.restart()
        later += down * 50
        for (const one of known.values()) take({ ...one, receivedAt: event.receivedAt })
      }
      for (const [at, [ofKilled, ofSteady]] of fired) assert.strictEqual(ofKilled, ofSteady, `at ${at}`)
    },
    { arbitrary: { runs }, timeout: 600_000 }
  )

  it.prop(
    "POL-3 what held before a kill goes on if it is told to be true within a quarter of an hour, and begins anew otherwise",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 29 })),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 * 60 }))
    ],
    ([minutes, downSeconds]) => {
      const { of } = killedAfter(minutes)
      const begin = minutes * minute + downSeconds * second
      const fired = of.take(price(begin, 101)).map(({ receivedAt }) => receivedAt)
      for (let at = begin + 1; at < begin + 31 * minute; at += 5 * minute) {
        of.take(price(at, 101)).forEach(({ receivedAt }) => fired.push(receivedAt))
        fired.push(...pass(of, at + second, at + 5 * minute - 1))
      }
      const goesOn = Math.max(begin, 30 * minute)
      const begunAnew = begin + 30 * minute
      const [at = -1, ...more] = fired
      assert.deepStrictEqual(more, [])
      // It was seen to hold up to a minute before the kill, and a tick comes within a second.
      if (downSeconds <= 14 * 60) assert.isTrue(at >= goesOn && at <= goesOn + second, `${at} for ${goesOn}`)
      else if (downSeconds > 15 * 60) assert.isTrue(at >= begunAnew && at <= begunAnew + second, `${at} anew`)
      else assert.isTrue(at >= goesOn && at <= begunAnew + second)
    },
    { arbitrary: { runs: 40 } }
  )

  it("POL-3 does not fire for what has broken meanwhile, and counts anew from when it is true again", () => {
    const { of } = killedAfter(20)
    assert.deepStrictEqual(of.take(price(21 * minute, 99)), [])
    of.take(price(22 * minute, 101))
    assert.deepStrictEqual(pass(of, 22 * minute + second, 36 * minute), [])
    of.restart()
    of.take(price(36 * minute, 101))
    of.take(price(50 * minute, 101))
    assert.deepStrictEqual(pass(of, 50 * minute + second, 54 * minute), [52 * minute])
  })

  it("POL-3 a break that was written down ends what began before it, whatever the order in the journal", () => {
    const { of } = killedAfter(20)
    of.take(price(21 * minute, 101))
    of.take(price(21 * minute + 1, 99))
    const notes = of.notes.toReversed()
    assert.deepStrictEqual(earlierHolds(notes, of.stamps, []), [])
    assert.deepStrictEqual(earlierHolds(of.notes, of.stamps, []), [])
    of.restart()
    of.take(price(22 * minute, 101))
    assert.deepStrictEqual(pass(of, 22 * minute + second, 36 * minute), [])
  })

  it("POL-3 never fires twice for one hold: what fired before the kill is silent until it has broken", () => {
    for (const length of ["2s", "30s", "5m"]) {
      const { fired, of } = killedAfter(6, `for: ${length}, ${above}`)
      assert.strictEqual(fired.length, 1)
      assert.deepStrictEqual(of.take(price(7 * minute, 101)), [])
      assert.deepStrictEqual(pass(of, 7 * minute + second, 14 * minute), [])
      of.restart()
      assert.deepStrictEqual(of.take(price(15 * minute, 101)), [])
      assert.deepStrictEqual(pass(of, 15 * minute + second, 16 * minute), [])
      of.take(price(16 * minute, 99))
      of.take(price(17 * minute, 101))
      assert.strictEqual(pass(of, 17 * minute + second, 23 * minute).length, 1)
    }
    const young = new Journaled(policiesOf(`for: 2s, ${above}`))
    young.take(price(0, 101))
    assert.strictEqual(pass(young, second, 3 * second).length, 1)
    young.restart()
    assert.deepStrictEqual(young.take(price(4 * second, 101)), [])
    assert.deepStrictEqual(pass(young, 5 * second, minute), [])
  })

  it("POL-3 a second kill before the first value loses nothing, and is no proof that it went on", () => {
    const { of } = killedAfter(20)
    pass(of, 21 * minute, 24 * minute)
    of.restart()
    of.take(price(25 * minute, 101))
    assert.deepStrictEqual(pass(of, 25 * minute + second, 32 * minute), [30 * minute])
    const { of: late } = killedAfter(20)
    pass(late, 21 * minute, 34 * minute)
    late.restart()
    assert.deepStrictEqual(late.take(price(36 * minute + second, 101)), [])
  })

  it("POL-4 waits while it is not known whether its conditions hold, behind a gap too", () => {
    const both = `for: 30m, conditions: { all: [${
      above.slice(12)
    }, { field: price, operator: ">", value: 10, asset: ETH }] }`
    const of = new Journaled(policiesOf(both))
    of.take(price(0, 11, "ETH"))
    of.take(price(0, 101))
    pass(of, second, 14 * minute)
    of.restart()
    of.take(gap(15 * minute))
    assert.deepStrictEqual(of.take(price(16 * minute, 101)), [])
    pass(of, 16 * minute + second, 17 * minute)
    of.take(price(17 * minute, 11, "ETH"))
    of.take(price(29 * minute, 101))
    of.take(price(29 * minute + 1, 11, "ETH"))
    assert.deepStrictEqual(pass(of, 29 * minute + second, 32 * minute), [30 * minute])
  })

  it("POL-3 max_age is how long it may have been unseen", () => {
    const strict = `for: 30m, conditions: { all: [${above.slice(12)}], max_age: 90s }`
    for (const [down, isGoingOn] of [[20, true], [100, false]] as const) {
      const { of } = killedAfter(20, strict)
      of.take(price(20 * minute + down * second, 101))
      assert.strictEqual(of.evaluator.inspect("x")?.holds.get("")?.since, isGoingOn ? 0 : 20 * minute + down * second)
    }
  })

  it("POL-3 a hold of a policy that was off, changed or away since then has ended, also when it comes back", () => {
    const off: Switch = {
      policyId: "x",
      isOn: false,
      by: "person",
      actor: "anna",
      reason: "",
      revision: "",
      receivedAt: 20 * minute + 2
    }
    const { of: switched } = killedAfter(20)
    switched.switches.push(off, { ...off, isOn: true, receivedAt: 20 * minute + 3 })
    switched.restart()
    switched.take(price(21 * minute, 101))
    assert.deepStrictEqual(pass(switched, 21 * minute + second, 35 * minute), [])
    for (const between of [`enabled: false, ${held}`, held.replace("100", "99")]) {
      const { of } = killedAfter(20)
      of.restart(policiesOf(between))
      of.restart()
      of.take(price(21 * minute, 101))
      assert.deepStrictEqual(pass(of, 21 * minute + second, 35 * minute), [])
    }
    for (const between of [[], policiesOf(`enabled: false, ${held}`)(), policiesOf(held.replace("100", "99"))()]) {
      for (const isBackBefore of [true, false]) {
        const { of: away } = killedAfter(20)
        away.take(price(20 * minute + second, 101))
        away.evaluator.reload(between)
        if (isBackBefore) away.evaluator.reload(policiesOf(held)())
        away.take(price(20 * minute + 2 * second, 101))
        away.restart()
        away.take(price(21 * minute, 101))
        assert.deepStrictEqual(pass(away, 21 * minute + second, 35 * minute), [])
      }
    }
  })

  it("POL-3 cooldowns and what has to be armed again count for what goes on", () => {
    const fresh = `for: 1m, cooldown: 10m, ${above}`
    const { fired, of } = killedAfter(2, fresh)
    assert.deepStrictEqual(fired, [minute + 1])
    of.take(price(3 * minute, 99))
    of.take(price(3 * minute + second, 101))
    pass(of, 3 * minute + 2 * second, 3 * minute + 30 * second)
    of.restart()
    assert.deepStrictEqual(of.take(price(5 * minute, 101)), [])
    // It was full within the cooldown, which happens once.
    assert.deepStrictEqual(pass(of, 5 * minute + second, 14 * minute), [])
    of.restart()
    of.take(price(15 * minute, 101))
    assert.deepStrictEqual(pass(of, 15 * minute + second, 20 * minute), [])
    const armed = `for: 1m, rearm: { field: price, operator: "<", value: 50, asset: BTC }, ${above}`
    const { of: unarmed } = killedAfter(2, armed)
    for (const event of [price(3 * minute, 99), price(4 * minute, 101)]) unarmed.take(event)
    assert.deepStrictEqual(pass(unarmed, 4 * minute + second, 6 * minute), [])
  })

  it("POL-3 what was armed again before the engine was killed is armed after it, and nothing else", () => {
    const of = new Journaled(
      policiesOf(
        `conditions: { field: price, operator: "<", value: 30 }, rearm: { field: price, operator: ">", value: 50 }`
      )
    )
    const fired = (...values: ReadonlyArray<readonly [number, number, string?]>) =>
      values.filter(([at, value, asset]) => of.take(price(at * second, value, asset)).length > 0).map(([at]) => at)
    assert.deepStrictEqual(fired([1, 20], [2, 20, "ETH"], [3, 60], [4, 20]), [1, 2, 4])
    of.restart()
    assert.deepStrictEqual(fired([5, 20], [6, 20, "ETH"]), [])
    assert.deepStrictEqual(fired([7, 60], [8, 40]), [])
    of.restart()
    assert.deepStrictEqual(fired([9, 20], [10, 20, "ETH"], [11, 20]), [9])
  })

  it("why says since when it has held, and that this was before the start", () => {
    const { of } = killedAfter(20)
    const why = (at: number) => {
      const explanation = explain(of.evaluator, tick(at), { policyId: "x" })
      return explanation === undefined ? "" : textOfExplanation(explanation)
    }
    of.take(tick(20 * minute + 5 * second))
    assert.include(why(20 * minute + 5 * second), "held since 00:00:00.000Z before the engine was started: goes on if")
    of.take(price(21 * minute, 101))
    assert.include(why(21 * minute), "holds since 00:00:00.000Z, before the engine was started, 9 min to go")
  })

  it("why tells a hold that was held back from one that has fired, also after a restart", () => {
    const { of } = killedAfter(2, `for: 1m, cooldown: 10m, ${above}`)
    const holdAt = (at: number) => explain(of.evaluator, tick(at), { policyId: "x" })?.hold
    of.take(price(2 * minute + second, 101))
    assert.deepInclude(holdAt(2 * minute + second), { hasFired: true, isRestored: true })
    of.take(price(3 * minute, 99))
    of.take(price(3 * minute + second, 101))
    assert.deepStrictEqual(pass(of, 3 * minute + 2 * second, 5 * minute), [])
    assert.deepInclude(holdAt(5 * minute), { hasFired: false, isHeldBack: true })
    of.restart()
    of.take(price(5 * minute + second, 101))
    assert.deepInclude(holdAt(5 * minute + second), { hasFired: false, isHeldBack: true, isRestored: true })
  })

  it("notes nothing of holds that are young and have not fired, and little of the others", () => {
    const of = new Journaled(policiesOf(`for: 30m, ${above}`))
    for (let at = 0; at < 60; at++) {
      of.take(price(at * 6 * second, 101))
      pass(of, at * 6 * second + second, at * 6 * second + 4 * second)
      of.take(price(at * 6 * second + 5 * second, 99))
    }
    assert.deepStrictEqual([of.notes.length, of.stamps.length], [0, 0])
    of.take(price(10 * minute, 101))
    pass(of, 10 * minute + second, 20 * minute)
    assert.strictEqual(of.notes.length, 1)
    assert.isAtMost(of.stamps.length, 10)
  })
})
