import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { JournalRecord } from "../../../src/engine/Journal.ts"
import { deedsOf, startedBy } from "../../../src/engine/JournaledDeeds.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import type { CompiledPolicy } from "../../../src/engine/policy/Compile.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import { explain } from "../../../src/engine/policy/Explain.ts"
import { textOfExplanation } from "../../../src/engine/policy/ExplainText.ts"
import { explainThen } from "../../../src/engine/policy/ExplainThen.ts"
import type { Explanation } from "../../../src/engine/policy/Explanation.ts"
import * as Load from "../../../src/engine/policy/Load.ts"

const policiesWith = (rest: string) =>
  Result.getOrThrow(Load.compileAll([{
    file: "then.yaml",
    text: `policies: [{ id: x, ${rest}, actions: [{ type: notification, channel: console, template: "x" }] }]`
  }], { defaultSlippage: undefined, validFor: 2_000 }))

// One thing happens at a time, which is its id.
const head = (at: number, source: string) => ({ id: at as MarketEvent["id"], time: at, receivedAt: at, source })
const price = (at: number, value: number, asset = "BTC"): MarketEvent => ({
  ...head(at, "polybolt"),
  _tag: "PriceUpdate",
  assetId: AssetId.make(asset),
  price: String(value) as Decimal
})
const tick = (at: number): MarketEvent => ({ ...head(at, "clock"), _tag: "Tick", kind: "clock", name: "second" })
const reload = (at: number, revisions: Record<string, string>): MarketEvent => ({
  ...head(at, "policy"),
  _tag: "PolicyReload",
  revisions
})

const runaway = 3

/** An engine with its journal and its archive; may be killed and started again. */
class Engine {
  readonly archive: Array<MarketEvent> = []
  readonly records: Array<JournalRecord> = []
  readonly policies: () => ReadonlyArray<CompiledPolicy>
  evaluator: Evaluator
  last: MarketEvent | undefined
  #run = 0

  constructor(policies: () => ReadonlyArray<CompiledPolicy>, at: number) {
    this.policies = policies
    this.evaluator = this.start(at)
  }

  start(at: number): Evaluator {
    this.#run++
    const evaluator = new Evaluator(this.policies(), runaway)
    const { armings, firings, holds, orders, switches } = deedsOf(this.records)
    evaluator.restore(firings, orders, switches, holds, armings)
    this.evaluator = evaluator
    this.records.push({
      _tag: "Audit",
      runId: String(this.#run),
      sequence: 1,
      receivedAt: at,
      actor: "engine",
      kind: "start",
      payload: "{}"
    })
    this.#write()
    return evaluator
  }

  take(event: MarketEvent): number {
    if (event._tag !== "Tick") this.archive.push(event)
    const decisions = this.evaluator.take(event)
    for (const { assetId, eventId, firingId, hold, policyId, receivedAt, revision } of decisions) {
      this.records.push({
        _tag: "Firing",
        firingId,
        policyId,
        revision,
        eventId,
        receivedAt,
        ...(assetId === undefined ? {} : { assetId })
      })
      if (hold !== undefined) this.records.push({ ...hold, _tag: "Hold", runId: String(this.#run) })
    }
    for (const one of this.evaluator.takeArmed()) this.records.push({ ...one, _tag: "Armed" })
    for (const { off } of this.evaluator.takeTurnedOff()) {
      if (off !== undefined) this.records.push({ ...off, _tag: "Switch" })
    }
    this.#write()
    this.last = event
    return decisions.length
  }

  /** Somebody turns the policy on or off. */
  turn(at: number, isOn: boolean): void {
    const { revision } = this.policies()[0] as CompiledPolicy
    const [actor, reason] = ["jane", "checked"]
    this.records.push({ _tag: "Switch", policyId: "x", isOn, by: "person", actor, reason, revision, receivedAt: at })
    const action = isOn ? "enable" : "disable"
    this.take({ ...head(at, "operator"), _tag: "Control", action, actor, subject: "x", reason })
  }

  /** Why, while it runs. */
  now(): Explanation | undefined {
    return this.last === undefined ? undefined : explain(this.evaluator, this.last, { policyId: "x" })
  }

  /** Why at a time that is over, going by journal and archive. */
  past(
    at: number,
    more: { readonly asset?: string; readonly wasInForce?: boolean; readonly from?: number } = {}
  ): Explanation | undefined {
    const startedAt = startedBy(this.records, at) ?? 0
    const from = more.from ?? startedAt
    return explainThen(
      new Evaluator(this.policies(), Infinity),
      this.archive.filter(({ receivedAt }) => receivedAt >= from),
      {
        policyId: "x",
        asset: more.asset,
        at,
        from,
        isStart: from === startedAt,
        deeds: deedsOf(this.records, at),
        holds: deedsOf(this.records, from - 1).holds,
        wasInForce: more.wasInForce
      }
    )
  }

  #write(): void {
    const { notes, seenAt } = this.evaluator.holds.take()
    const runId = String(this.#run)
    this.records.push(...notes.map((note): JournalRecord => ({ ...note, _tag: "Hold", runId })))
    if (seenAt !== undefined) this.records.push({ _tag: "HoldStamp", runId, receivedAt: seenAt })
  }
}

const low = `conditions: { field: price, asset: BTC, operator: "<", value: 15 }`
const dips = `conditions: { field: price, asset: BTC, operator: crosses_below, value: 15 }`
const rests = [
  `${low}`,
  `${low}, cooldown: 10s`,
  `${low}, limits: { firings: 2 per 20s }`,
  `${low}, rearm: { field: price, asset: BTC, operator: ">", value: 17 }`,
  `for: 3s, cooldown: 10s, ${low.replace("}", ", window: { duration: 4s, aggregation: avg } }")}`,
  `for: 15s, ${low}`,
  `for: 2s, limits: { firings: 1 per 1m }, ${low}`,
  `${dips}, cooldown: 4s`,
  `${low.replace("asset: BTC, ", "")}, for: 2s, cooldown: 20s`
]

const Step = Schema.Struct({
  price: Schema.Literals([12, 12, 14, 15, 16, 18]),
  what: Schema.Literals([
    "price",
    "price",
    "price",
    "price",
    "price",
    "price",
    "nothing",
    "restart",
    "disable",
    "enable"
  ]),
  asks: Schema.Boolean
})

describe("Explain at a time that is over", () => {
  it.prop(
    "POL-2 says what the engine would have said then, over restarts and switches, by journal and archive",
    [Schema.Literals(rests), Schema.Array(Step).check(Schema.isMinLength(8))],
    ([rest, steps]) => {
      const engine = new Engine(() => policiesWith(rest), 250)
      const said: Array<{ readonly at: number; readonly expected: Explanation }> = []
      for (const [index, step] of steps.entries()) {
        const at = 1_000 + index * 2_000
        if (step.what === "restart") engine.start(at + 250)
        else {
          engine.take(tick(at))
          if (step.what === "disable" || step.what === "enable") engine.turn(at + 250, step.what === "enable")
          else if (step.what === "price") engine.take(price(at + 500, step.price))
          engine.take(tick(at + 1_000))
        }
        const expected = engine.now()
        // The explanation of a firing is kept with it.
        if (step.asks && step.what !== "restart" && expected !== undefined && expected.verdict !== "fired") {
          said.push({ at: at + 1_000, expected })
        }
      }
      for (const { at, expected } of said) {
        const then = engine.past(at)
        // Before anything was told after a start there is nothing to be explained.
        if (then !== undefined) {
          assert.deepStrictEqual(
            { ...then, eventId: 0, archivedUntil: "" },
            { ...expected, eventId: 0, archivedUntil: "" }
          )
        }
      }
    },
    { arbitrary: { runs: Number(process.env["THEN_RUNS"] ?? 200) } }
  )

  it("states no firing that the journal does not have: not over a downtime, and not of a policy that was not there yet", () => {
    const engine = new Engine(() => policiesWith(`${dips}, cooldown: 1h`), 500)
    engine.take(price(1_000, 18))
    engine.start(60_000)
    engine.take(price(61_000, 12))
    const crossing = engine.past(61_500)
    assert.deepStrictEqual([crossing?.verdict, crossing?.cooldown?.lastFiring], ["false", undefined])
    engine.take(price(62_000, 18))
    assert.strictEqual(engine.take(price(63_000, 12)), 1)
    const fired = engine.past(63_500)
    assert.deepStrictEqual([fired?.verdict, fired?.cooldown?.lastFiring], ["fired", "1970-01-01T00:01:03.000Z"])

    const added = new Engine(() => policiesWith(`${dips}, cooldown: 1h`), 500)
    added.archive.push(price(1_000, 18), price(2_000, 12), reload(3_000, { x: "r" }), price(4_000, 18))
    const early = added.past(5_000, { wasInForce: false })
    assert.deepStrictEqual([early?.verdict, early?.cooldown?.lastFiring], ["false", undefined])
    added.archive.pop()
    added.archive.push(price(4_000, 12))
    assert.strictEqual(added.past(4_500, { wasInForce: false })?.conditions?.edge?.isNow, false)
  })

  it("takes from the journal whether it is armed", () => {
    const engine = new Engine(
      () => policiesWith(`${low}, rearm: { field: price, asset: BTC, operator: ">", value: 17 }`),
      500
    )
    const isArmed = (at: number) => engine.past(at)?.rearm?.isArmed
    // Of the event on which it fired the archive knows nothing, and the journal nothing of a firing on this one.
    engine.archive.push(price(1_000, 12))
    assert.isTrue(isArmed(2_000))
    engine.records.push({
      _tag: "Firing",
      firingId: "f",
      policyId: "x",
      revision: "r",
      eventId: 3_000 as MarketEvent["id"],
      receivedAt: 3_000
    })
    engine.archive.push(price(4_000, 16), price(6_000, 18), price(8_000, 12))
    engine.records.push({ _tag: "Armed", policyId: "x", receivedAt: 6_000 })
    assert.deepStrictEqual([2_999, 3_000, 5_000, 6_000, 9_000].map(isArmed), [true, false, false, true, true])
  })

  it("goes on with the holds that an earlier run left", () => {
    const engine = new Engine(() => policiesWith(`for: 1m, ${low}`), 500)
    engine.take(price(1_000, 12))
    for (let at = 2_000; at <= 30_000; at += 1_000) engine.take(tick(at))
    engine.start(40_000)
    engine.take(price(41_000, 12))
    assert.deepInclude(engine.past(42_000)?.hold, { since: "1970-01-01T00:00:01.000Z", isRestored: true, left: 19_000 })
  })

  it("knows of holds and switches from before the time that it looks back to", () => {
    const engine = new Engine(() => policiesWith(`for: 2m, ${low}`), 500)
    engine.take(price(1_000, 12))
    for (let at = 2_000; at <= 90_000; at += 1_000) engine.take(tick(at))
    engine.take(price(90_500, 12))
    const then = engine.past(100_000, { from: 60_000 })
    assert.deepStrictEqual(then?.hold, {
      needs: 120_000,
      since: "1970-01-01T00:00:01.000Z",
      left: 21_000,
      hasFired: false
    })
    engine.turn(130_000, false)
    engine.take(price(150_000, 12))
    assert.deepStrictEqual(engine.past(151_000, { from: 140_000 })?.off?.actor, "jane")
  })

  it("says so when nothing is archived of the half minute before, and does not take a hold for held back then", () => {
    const engine = new Engine(() => policiesWith(`for: 1m, ${low}`), 500)
    engine.take(price(1_000, 12))
    assert.strictEqual(engine.past(31_000)?.archivedUntil, undefined)
    const then = engine.past(90_000)
    assert.strictEqual(then?.archivedUntil, "1970-01-01T00:00:01.000Z")
    assert.deepInclude(then?.hold, { hasFired: false, left: 0 })
    assert.notProperty(then?.hold, "isHeldBack")
    assert.include(then === undefined ? "" : textOfExplanation(then), "Nothing is archived after 00:00:01.000Z")
  })
})
