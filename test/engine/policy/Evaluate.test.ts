import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import { EventSeed, logOf, markets, tokens } from "../../arbitrary/Events.ts"

const options = { defaultSlippage: undefined, validFor: 2_000 }

const policiesOf = (text: string) => {
  const compiled = Load.compileAll([{ file: "test.yaml", text }], options)
  if (Result.isFailure(compiled)) throw new Error(compiled.failure.map(String).join("\n"))
  return compiled.success
}

const evaluatorOf = (text: string, runaway = 1_000_000) => new Evaluator(policiesOf(text), runaway)

const notify = `actions: [{ type: notification, channel: console, template: "{{ event.price }}" }]`

const metadata: ReadonlyArray<MarketEvent> = markets.map((market) => ({
  _tag: "MarketMetadata",
  id: 0 as MarketEvent["id"],
  time: 0,
  receivedAt: 1_790_000_000_000,
  source: "gamma",
  market
}))

const Seeds = Schema.Array(EventSeed).check(Schema.isMinLength(10), Schema.isMaxLength(120))

/** The firings of one policy: ids of the events. */
const firings = (evaluator: Evaluator, events: ReadonlyArray<MarketEvent>) =>
  [...metadata, ...events].flatMap((event) => evaluator.take(event).map((decision) => decision.eventId))

const bidOf = (event: MarketEvent) => (event._tag === "PriceUpdate" ? Number(event.bid) : undefined)

/** Crossings as anybody would write them down: per asset, the first value after a gap only arms. */
const crossings = (events: ReadonlyArray<MarketEvent>, threshold: number, above: boolean) => {
  const previous = new Map<string, number>()
  return events.filter((event) => {
    if (event._tag === "FeedStatus" && event.kind === "gap" && event.assetId !== undefined) {
      previous.delete(event.assetId)
    }
    if (event._tag !== "PriceUpdate") return false
    const value = bidOf(event) as number
    const before = previous.get(event.assetId)
    previous.set(event.assetId, value)
    if (before === undefined) return false
    return above ? before <= threshold && value > threshold : before >= threshold && value < threshold
  }).map((event) => event.id)
}

describe("Evaluator", () => {
  for (const above of [true, false]) {
    const operator = above ? "crosses_above" : "crosses_below"
    it.prop(
      `POL-2 POL-4 ${operator} equals the plain model, and a gap never invents a crossing`,
      [Seeds],
      ([seeds]) => {
        const events = logOf(seeds)
        const evaluator = evaluatorOf(
          `policies: [{ id: x, conditions: { field: bid, operator: ${operator}, value: 0.45 }, ${notify} }]`
        )
        assert.deepStrictEqual(firings(evaluator, events), crossings(events, 0.45, above))
      }
    )
  }

  it.prop(
    "POL-2 a level is true on every event on which it holds, per asset or for the one asset named",
    [Seeds],
    ([seeds]) => {
      const events = logOf(seeds)
      const level = (asset: string) =>
        evaluatorOf(`policies: [{ id: x, conditions: { field: bid, operator: ">=", value: 0.5${asset} }, ${notify} }]`)
      const holding = events.filter((event) => (bidOf(event) ?? 0) >= 0.5)
      assert.deepStrictEqual(firings(level(""), events), holding.map((event) => event.id))
      const ofToken = (token: string) =>
        holding.filter((event) => "assetId" in event && event.assetId === token).map((event) => event.id)
      assert.deepStrictEqual(firings(level(`, asset: "${tokens[1]}"`), events), ofToken(tokens[1] as string))
      assert.deepStrictEqual(firings(level(`, asset: "market-2:Yes"`), events), ofToken(tokens[2] as string))
      const ofSecond = holding.filter((event) => "assetId" in event && Number(event.assetId) > 200).map((event) =>
        event.id
      )
      assert.deepStrictEqual(firings(level(`, asset: "market-2*:*"`), events), [])
      assert.deepStrictEqual(firings(level(`, market: market-2`), events), ofSecond)
    }
  )

  it.prop(
    "POL-3 a cooldown holds per policy and per asset, also across a restart",
    [Seeds, Schema.Int],
    ([seeds, cut]) => {
      for (const per of ["policy", "asset"]) {
        const text =
          `policies: [{ id: x, cooldown: 3s, cooldown_per: ${per}, conditions: { field: bid, operator: ">", value: 0 }, ${notify} }]`
        const events = logOf(seeds)
        const at = Math.abs(cut) % (events.length + 1)
        const first = evaluatorOf(text)
        const before = [...metadata, ...events.slice(0, at)].flatMap((event) => first.take(event))
        const second = evaluatorOf(text)
        second.restore(before.map(({ assetId, policyId, receivedAt }) => ({
          policyId,
          receivedAt,
          ...(assetId === undefined ? {} : { assetId })
        })))
        const after = [...metadata, ...events.slice(at)].flatMap((event) => second.take(event))
        const last = new Map<string, number>()
        for (const decision of [...before, ...after]) {
          const key = per === "asset" ? String(decision.assetId) : ""
          assert(decision.receivedAt - (last.get(key) ?? 0) >= 3_000)
          last.set(key, decision.receivedAt)
        }
        const whole = evaluatorOf(text)
        const unbroken = [...metadata, ...events].flatMap((event) => whole.take(event))
        assert.deepStrictEqual(
          [...before, ...after].map(({ eventId }) => eventId),
          unbroken.map(({ eventId }) => eventId)
        )
      }
    }
  )

  it.prop("POL-1 the same events give the same decisions", [Seeds], ([seeds]) => {
    const text = `policies:
  - { id: a, cooldown: 1s, conditions: { any: [{ field: trade_size, operator: ">", value: 20 }, { field: spread, operator: ">", value: 0.02 }] }, ${notify} }
  - { id: b, priority: 5, conditions: { all: [{ field: bid, operator: changes }, { not: { field: ask, operator: "<", value: 0.5 } }] }, ${notify} }`
    const events = logOf(seeds)
    const decide = (evaluator: Evaluator) => [...metadata, ...events].flatMap((event) => evaluator.take(event))
    const one = decide(evaluatorOf(text))
    assert.deepStrictEqual(decide(evaluatorOf(text)), one)
    for (let at = 1; at < one.length; at++) {
      const [a, b] = [one[at - 1], one[at]]
      if (a?.eventId === b?.eventId) assert.strictEqual(a?.policyId, "b")
    }
  })

  it("POL-8 a policy without cooldown that fires too often turns itself off and says so once", () => {
    const evaluator = evaluatorOf(
      `policies: [{ id: x, conditions: { field: bid, operator: ">", value: 0 }, ${notify} }]`,
      10
    )
    const quote = (after: number): EventSeed => ({
      kind: "quote",
      asset: 0,
      bid: 50,
      spread: 1,
      size: 1,
      side: "buy",
      after
    })
    const events = logOf(Array.from({ length: 30 }, () => quote(100)))
    assert.strictEqual(events.flatMap((event) => evaluator.take(event)).length, 10)
    assert.strictEqual(evaluator.takeTurnedOff().length, 1)
    assert.strictEqual(evaluator.takeTurnedOff().length, 0)
  })

  it("POL-3 a cooldown per market holds across a restart, whether or not the record names the market", () => {
    const text =
      `policies: [{ id: x, cooldown: 1h, cooldown_per: market, conditions: { field: bid, operator: ">", value: 0 }, ${notify} }]`
    const seed = { kind: "quote", bid: 50, spread: 1, size: 1, side: "buy", after: 1 } as const
    const events = logOf([0, 1, 2].map((asset) => ({ ...seed, asset })))
    const fresh = evaluatorOf(text)
    const [first] = [...metadata, ...events].flatMap((event) => fresh.take(event))
    assert.strictEqual(first?.market, markets[0]?.conditionId)
    const earlier = {
      policyId: "x",
      assetId: tokens[0] as NonNullable<typeof tokens[0]>,
      receivedAt: 1_790_000_000_000
    }
    const market = markets[0]?.conditionId as NonNullable<NonNullable<typeof first>["market"]>
    for (const firing of [earlier, { ...earlier, market }]) {
      const evaluator = evaluatorOf(text)
      evaluator.restore([firing])
      assert.deepStrictEqual(events.slice(0, 1).flatMap((event) => evaluator.take(event)), [])
      const fired = [...metadata, ...events].flatMap((event) => evaluator.take(event))
      assert.deepStrictEqual(fired.map(({ assetId }) => assetId), [tokens[2]])
    }
  })

  it("POL-8 a policy that throws is turned off, and the others go on", () => {
    const text = ["a", "b"].map((id) => `{ id: ${id}, conditions: { field: bid, operator: ">", value: 0 }, ${notify} }`)
    const broken = policiesOf(`policies: [${text.join(", ")}]`).map((policy) =>
      policy.id === "b" ? policy : {
        ...policy,
        actions: [() => {
          throw new RangeError("out of range")
        }]
      }
    )
    const evaluator = new Evaluator(broken, 1_000)
    const seed = { kind: "quote", asset: 0, bid: 50, spread: 1, size: 1, side: "buy", after: 1 } as const
    const fired = logOf([seed, seed]).flatMap((event) => evaluator.take(event))
    assert.deepStrictEqual(fired.map(({ policyId }) => policyId), ["b", "b"])
    assert.deepStrictEqual(evaluator.takeTurnedOff().map(({ policyId }) => policyId), ["a"])
  })

  it("unknown is neither true nor false", () => {
    const text = (condition: string) => `policies: [{ id: x, conditions: ${condition}, ${notify} }]`
    const trade = logOf([{ kind: "trade", asset: 0, bid: 50, spread: 1, size: 1, side: "buy", after: 0 }])
    const isFiring = (condition: string) => firings(evaluatorOf(text(condition)), trade).length > 0
    const known = `{ field: last, operator: "==", value: 0.5 }`
    const unknown = `{ field: bid, operator: ">", value: 0 }`
    assert(isFiring(known))
    assert(!isFiring(`{ all: [${known}, ${unknown}] }`))
    assert(isFiring(`{ any: [${known}, ${unknown}] }`))
    assert(!isFiring(`{ all: [${known}, { not: ${unknown} }] }`))
    assert(isFiring(`{ expression: "event.price == 0.5 or bid('market-1:Yes') > 0" }`))
    assert(!isFiring(`{ expression: "event.price == 0.5 and bid('market-1:Yes') > 0" }`))
  })
})
