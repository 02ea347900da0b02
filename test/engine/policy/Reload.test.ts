import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import type { CompiledPolicy } from "../../../src/engine/policy/Compile.ts"
import type { Decision } from "../../../src/engine/policy/Decision.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import { logOf, tokens } from "../../arbitrary/Events.ts"
import type { Policy } from "./Model.ts"
import { compiledOf, eventsOf, policyOf, Seed } from "./ModelPolicies.ts"

const runs = Number(process.env["RELOAD_RUNS"] ?? 200)

/** A place in a log, as a part of it. */
const Place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99 }))

/** Places in the order of a log. */
const placesIn = (events: ReadonlyArray<MarketEvent>, ...places: ReadonlyArray<number>) =>
  places.map((place) => Math.floor(place * events.length / 100)).sort((a, b) => a - b) as [number, number, number]

/** Feeds a log, doing something before some events; the decisions by event. */
const play = (
  evaluator: Evaluator,
  events: ReadonlyArray<MarketEvent>,
  before: Readonly<Record<number, () => void>>
): ReadonlyArray<ReadonlyArray<Decision>> =>
  events.map((event, at) => {
    before[at]?.()
    return evaluator.take(event)
  })

const of = (id: string, decisions: ReadonlyArray<ReadonlyArray<Decision>>) =>
  decisions.map((some) => some.filter(({ policyId }) => policyId === id).map(({ assetId }) => assetId))

const evaluatorOf = (policies: ReadonlyArray<CompiledPolicy>) => new Evaluator(policies, 1_000_000)

const boundless = (policy: Policy): Policy => ({ ...policy, cooldown: 0, firings: undefined })

describe("Evaluator.reload", () => {
  it.prop(
    "POL-6 of the same policies changes nothing, at any point",
    [Seed, Place, Place],
    ([seed, first, second]) => {
      const policy = policyOf(seed)
      const events = eventsOf(seed)
      const [early, late] = placesIn(events, first, second)
      const evaluator = evaluatorOf(compiledOf(policy))
      const reload = () => {
        assert.deepStrictEqual(evaluator.reload(compiledOf(policy)), { added: [], changed: [], removed: [] })
      }
      assert.deepStrictEqual(
        play(evaluator, events, { [early]: reload, [late]: reload }),
        play(evaluatorOf(compiledOf(policy)), events, {})
      )
    },
    { arbitrary: { runs }, timeout: 600_000 }
  )

  it.prop(
    "POL-6 that adds, changes and removes others does not disturb a policy; removed ones are silent",
    [Seed, Seed, Seed, Place, Place, Place],
    ([seed, another, changed, ...places]) => {
      const events = eventsOf(seed)
      const ours = () => compiledOf(policyOf(seed), { id: "ours" })
      const [add, change, remove] = placesIn(events, ...places)
      const evaluator = evaluatorOf(ours())
      const decisions = play(evaluator, events, {
        [add]: () => void evaluator.reload([...ours(), ...compiledOf(policyOf(another), { id: "other", priority: 1 })]),
        [change]: () => void evaluator.reload([...ours(), ...compiledOf(policyOf(changed), { id: "other" })]),
        [remove]: () => void evaluator.reload(ours())
      })
      assert.deepStrictEqual(of("ours", decisions), of("ours", play(evaluatorOf(ours()), events, {})))
      assert.deepStrictEqual(decisions.slice(remove).flat().filter(({ policyId }) => policyId === "other"), [])
    },
    { arbitrary: { runs }, timeout: 600_000 }
  )

  it.prop(
    "POL-6 a policy with new actions and another priority fires when the old one would have",
    [Seed, Place],
    ([seed, part]) => {
      const events = eventsOf(seed)
      const [place] = placesIn(events, part)
      const policy = policyOf(seed)
      const evaluator = evaluatorOf(compiledOf(policy))
      const [next] = compiledOf(policy, { id: "x", template: "now", priority: 7 })
      const decisions = play(evaluator, events, {
        [place]: () => assert.deepStrictEqual(evaluator.reload(next === undefined ? [] : [next]).changed, ["x"])
      })
      assert.deepStrictEqual(of("x", decisions), of("x", play(evaluatorOf(compiledOf(policy)), events, {})))
      for (const { actions, revision } of decisions.slice(place).flat()) {
        assert.strictEqual(revision, next?.revision)
        assert.deepStrictEqual(actions.map((action) => "text" in action ? action.text : undefined), ["now"])
      }
    },
    { arbitrary: { runs }, timeout: 600_000 }
  )

  it.prop(
    "POL-4 POL-6 a policy that comes back, or is enabled again, begins like one that was never there",
    [Seed, Seed, Place, Place, Schema.Boolean, Schema.Int],
    ([seed, another, first, second, isDisabled, shared]) => {
      const events = eventsOf(seed)
      const [from, until] = placesIn(events, first, second)
      const policy = boundless(policyOf(seed))
      // Another that shares fields, windows and lanes with it.
      const other = () =>
        compiledOf(shared % 2 === 0 ? policy : policyOf({ ...another, events: seed.events }), { id: "other" })
      const both = () => [...other(), ...compiledOf(policy)]
      const without = () => [...other(), ...(isDisabled ? compiledOf(policy, { id: "x", enabled: false }) : [])]
      const kept = both()
      const evaluator = evaluatorOf(kept)
      const decisions = play(evaluator, events, {
        [from]: () => void evaluator.reload(without()),
        // The very objects that were in force before.
        [until + 1]: () => void evaluator.reload(kept)
      })
      const late = evaluatorOf(other())
      const expected = play(late, events, { [until + 1]: () => void late.reload(both()) })
      assert.deepStrictEqual(of("x", decisions.slice(until + 1)), of("x", expected.slice(until + 1)))
      assert.deepStrictEqual(of("x", decisions.slice(from, until + 1)).flat(), [])
    },
    { arbitrary: { runs }, timeout: 600_000 }
  )

  it.prop(
    "POL-3 cooldowns and limits hold across changed conditions and across a moment without the policy",
    [Seed, Seed, Place, Place],
    ([seed, another, ...places]) => {
      const events = eventsOf(seed)
      const [first, second] = placesIn(events, ...places)
      const bounds = { cooldown: 1_500, cooldownPer: "policy" as const, firings: { most: 2, span: 4_000 } }
      const one = () => compiledOf({ ...policyOf(seed), ...bounds })
      const two = () => compiledOf({ ...policyOf({ ...another, events: seed.events }), ...bounds })
      const evaluator = evaluatorOf(one())
      const at = play(evaluator, events, {
        [first]: () => void evaluator.reload([]),
        [first + 1]: () => void evaluator.reload(one()),
        [second + 1]: () => void evaluator.reload(two()),
        [second + 2]: () => void evaluator.reload(one())
      }).flat().map(({ receivedAt }) => receivedAt)
      at.forEach((now, index) => {
        assert.isAtLeast(now - (at[index - 1] ?? -Infinity), bounds.cooldown)
        assert.isAtMost(
          at.filter((other) => other > now - bounds.firings.span && other <= now).length,
          bounds.firings.most
        )
      })
    },
    { arbitrary: { runs }, timeout: 600_000 }
  )
})

/** Quotes of a token, a second apart, after a description of its market. */
const quotes = (...bids: ReadonlyArray<readonly [asset: number, cents: number]>): ReadonlyArray<MarketEvent> =>
  logOf(bids.map(([asset, bid]) => ({ kind: "quote", asset, bid, spread: 1, size: 1, side: "buy", after: 1_000 })))

const crossing: Policy = {
  conditions: { leaf: { field: "bid", operator: "crosses_above", value: 0.5, asset: tokens[0], window: undefined } },
  holdFor: 0,
  rearm: undefined,
  cooldown: 0,
  cooldownPer: "policy",
  firings: undefined
}

const windowed = (asset: string | undefined): Policy => ({
  ...crossing,
  conditions: {
    leaf: { field: "bid", operator: ">=", value: 2, asset, window: { duration: 60_000, aggregation: "count" } }
  }
})

describe("A policy that takes over", () => {
  for (
    const { name, policy } of [
      { name: "a comparison", policy: crossing },
      { name: "a condition of several", policy: { ...crossing, conditions: { all: [crossing.conditions] } } }
    ]
  ) {
    it(`POL-4 has its first value arm ${name}, whoever was told one before`, () => {
      const ours = compiledOf(policy)
      const other = () => compiledOf(policy, { id: "other" })
      const evaluator = evaluatorOf([...ours, ...other()])
      const decisions = play(evaluator, quotes([0, 40], [0, 40], [0, 60], [0, 40], [0, 60]), {
        1: () => void evaluator.reload(other()),
        2: () => void evaluator.reload([...ours, ...other()])
      })
      const fired = decisions.map((some) => some.map(({ policyId }) => policyId))
      assert.deepStrictEqual(fired, [[], [], ["other"], [], ["other", "x"]])
    })
  }

  it("POL-6 finds no holes in windows: what nobody listened to for a while begins empty", () => {
    const log = quotes([0, 40], [1, 40], [0, 41], [1, 41], [0, 42], [1, 42])
    const all = () => compiledOf(windowed(undefined))
    const first = () => compiledOf(windowed(tokens[0]), { id: "first" })
    const evaluator = evaluatorOf([...all(), ...first()])
    const narrowed = play(evaluator, log, {
      2: () => void evaluator.reload(first()),
      4: () => void evaluator.reload([...all(), ...first()])
    })
    assert.deepStrictEqual(narrowed.map((some) => some.length), [0, 0, 1, 0, 2, 0])
    const alone = evaluatorOf(all())
    const gone = play(alone, log, { 2: () => void alone.reload([]), 4: () => void alone.reload(all()) })
    assert.deepStrictEqual(gone.map((some) => some.length), [0, 0, 0, 0, 0, 0])
  })

  it("POL-3 counts its last firing for every asset when its cooldown is counted in another way", () => {
    const level: Policy = {
      ...crossing,
      conditions: { leaf: { field: "bid", operator: ">", value: 0.3, asset: undefined, window: undefined } },
      cooldown: 2_500
    }
    const evaluator = evaluatorOf(compiledOf(level))
    const fired = play(evaluator, quotes([0, 40], [1, 41], [2, 42], [1, 43]), {
      1: () => void evaluator.reload(compiledOf({ ...level, cooldownPer: "asset" }))
    })
    assert.deepStrictEqual(fired.map((some) => some.length), [1, 0, 0, 1])
  })

  it("POL-3 holds back one asset alone once its cooldown counts by asset, and all once it counts by policy", () => {
    const level: Policy = {
      ...crossing,
      conditions: { leaf: { field: "bid", operator: ">", value: 0.3, asset: undefined, window: undefined } },
      cooldown: 2_500
    }
    for (
      const conditions of [level.conditions, { all: [level.conditions, level.conditions] }]
    ) {
      const policy = (cooldownPer: "policy" | "asset") => compiledOf({ ...level, conditions, cooldownPer })
      const log = quotes([0, 40], [1, 41], [1, 41], [0, 42], [1, 43], [2, 44], [3, 45])
      const narrower = evaluatorOf(policy("policy"))
      const fired = play(narrower, log, { 1: () => void narrower.reload(policy("asset")) })
      assert.deepStrictEqual(fired.map((some) => some.length), [1, 0, 0, 1, 1, 1, 1])
      const wider = evaluatorOf(policy("asset"))
      const held = play(wider, log, { 2: () => void wider.reload(policy("policy")) })
      assert.deepStrictEqual(held.map((some) => some.length), [1, 1, 0, 0, 1, 0, 0])
    }
  })

  it("POL-3 counts what an earlier run did, also when it comes later", () => {
    const level: Policy = {
      ...crossing,
      conditions: { leaf: { field: "bid", operator: ">", value: 0.3, asset: tokens[0], window: undefined } },
      cooldown: 2_500
    }
    const log = quotes([0, 40], [0, 41], [0, 42])
    const evaluator = evaluatorOf([])
    evaluator.restore([{ policyId: "x", receivedAt: (log[0] as MarketEvent).receivedAt - 1_000 }])
    const fired = play(evaluator, log, { 0: () => void evaluator.reload(compiledOf(level)) })
    assert.deepStrictEqual(fired.map((some) => some.length), [0, 0, 1])
  })

  it("POL-8 stays off when it ran away, as long as it means the same", () => {
    const level: Policy = {
      ...crossing,
      conditions: { leaf: { field: "bid", operator: ">", value: 0.3, asset: tokens[0], window: undefined } }
    }
    const evaluator = new Evaluator(compiledOf(level), 1)
    const fired = play(evaluator, quotes([0, 40], [0, 41], [0, 42], [0, 43], [0, 44]), {
      2: () => void evaluator.reload(compiledOf(level)),
      3: () => void evaluator.reload([]),
      4: () => void evaluator.reload(compiledOf(level))
    })
    assert.deepStrictEqual(fired.map((some) => some.length), [1, 0, 0, 0, 0])
    evaluator.reload(compiledOf(level, { id: "x", template: "otherwise" }))
    const again = play(evaluator, quotes([0, 45]), {})
    assert.deepStrictEqual(again.map((some) => some.length), [1])
  })
})
