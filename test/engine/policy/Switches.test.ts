import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import type { Switch } from "../../../src/engine/policy/Switches.ts"

const policiesOf = (rest: string) =>
  Result.getOrThrow(Load.compileAll([{
    file: "switches.yaml",
    text: `policies: [{ id: x, ${rest}, actions: [{ type: notification, channel: console, template: "x" }] }]`
  }], { defaultSlippage: undefined, validFor: 2_000 }))

const above = `conditions: { field: price, operator: ">", value: 100, asset: BTC }`
const head = (at: number) => ({ id: at as MarketEvent["id"], time: at, receivedAt: at })
const price = (at: number, value: number): MarketEvent => ({
  ...head(at),
  source: "polybolt",
  _tag: "PriceUpdate",
  assetId: AssetId.make("BTC"),
  price: String(value) as Decimal
})
const turn = (at: number, action: "enable" | "disable"): MarketEvent => ({
  ...head(at),
  source: "operator",
  _tag: "Control",
  action,
  actor: "anna",
  subject: "x",
  reason: "because"
})
const isOff = (evaluator: Evaluator) => evaluator.inspect("x")?.off

describe("Switches", () => {
  it.prop(
    "a policy fires on what comes while it is on, and on nothing else; turning twice is turning once",
    [Schema.Array(Schema.Literals(["enable", "disable", "price"]))],
    ([steps]) => {
      const evaluator = new Evaluator(policiesOf(above), 1_000_000)
      let isOn = true
      for (const [index, step] of steps.entries()) {
        const at = index * 1_000 + 1
        if (step !== "price") isOn = step === "enable"
        const fired = evaluator.take(step === "price" ? price(at, 101) : turn(at, step)).length
        assert.strictEqual(fired, step === "price" && isOn ? 1 : 0)
        assert.strictEqual(isOff(evaluator), !isOn)
      }
    }
  )

  it("POL-4 a policy that is turned on begins anew: the first value only arms, and a hold is counted from then", () => {
    const crossing = new Evaluator(policiesOf(above.replace(`">"`, "crosses_above")), 1_000_000)
    for (const event of [price(1, 99), turn(2, "disable"), turn(3, "enable")]) crossing.take(event)
    assert.strictEqual(crossing.take(price(4, 101)).length, 0)
    crossing.take(price(5, 99))
    assert.strictEqual(crossing.take(price(6, 101)).length, 1)
    const holding = new Evaluator(policiesOf(`for: 5s, ${above}`), 1_000_000)
    for (const event of [price(1_000, 101), turn(2_000, "disable"), turn(3_000, "enable")]) holding.take(event)
    assert.strictEqual(holding.take(price(6_500, 101)).length, 0)
    assert.strictEqual(holding.take(price(11_500, 101)).length, 1)
  })

  it("POL-3 a person's off outlives restarts and new meanings; the engine's lasts as long as the policy means the same", () => {
    const started = (rest: string, switches: ReadonlyArray<Switch>) => {
      const evaluator = new Evaluator(policiesOf(rest), 2)
      evaluator.restore([], [], switches)
      return evaluator
    }
    const other = `cooldown: 1s, ${above}`
    const [revision] = policiesOf(above).map((policy) => policy.revision)
    const one: Switch = {
      policyId: "x",
      isOn: false,
      by: "person",
      actor: "anna",
      reason: "",
      revision: revision ?? "",
      receivedAt: 1
    }
    assert.deepStrictEqual([isOff(started(above, [one])), isOff(started(other, [one]))], [true, true])
    const engine = { ...one, by: "engine" as const }
    assert.deepStrictEqual([isOff(started(above, [engine])), isOff(started(other, [engine]))], [true, false])
    assert.isFalse(isOff(started(above, [one, { ...one, isOn: true }])))
    const off = `enabled: false, ${above}`
    const [offRevision = ""] = policiesOf(off).map((policy) => policy.revision)
    assert.isFalse(isOff(started(off, [{ ...one, isOn: true, revision: offRevision }])))
    assert.isTrue(isOff(started(off, [{ ...one, isOn: true }])))
    const running = started(above, [])
    for (const at of [1, 2, 3]) running.take(price(at, 101))
    const [told] = running.takeTurnedOff()
    assert.strictEqual(told?.off?.by, "engine")
    running.reload(policiesOf(above))
    assert.isTrue(isOff(running))
    running.reload(policiesOf(other))
    assert.isFalse(isOff(running))
  })
})
