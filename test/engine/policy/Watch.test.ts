import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { Decimal } from "../../../src/domain/Decimal.ts"
import type { ConditionId } from "../../../src/domain/Market.ts"
import type { Price } from "../../../src/domain/Price.ts"
import type { Size } from "../../../src/domain/Size.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { Evaluator } from "../../../src/engine/policy/Evaluate.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import { markets, tokens } from "../../arbitrary/Events.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Leaf = Schema.Struct({
  what: between(0, 9),
  operator: between(0, 6),
  value: between(0, 9),
  asset: between(0, 6),
  source: between(0, 9),
  window: between(0, 9),
  samples: between(1, 2)
})

const Step = Schema.Struct({
  what: between(0, 15),
  asset: between(0, 5),
  source: between(0, 2),
  value: between(0, 9),
  other: between(0, 9),
  after: between(0, 40)
})

const Seed = Schema.Struct({
  leaves: Schema.Array(Leaf).check(Schema.isMinLength(4), Schema.isMaxLength(4)),
  shape: between(0, 7),
  isOpen: Schema.Boolean,
  maxAge: between(0, 3),
  cooldown: between(0, 2),
  per: between(0, 2),
  reloadAt: between(0, 120),
  steps: Schema.Array(Step).check(Schema.isMinLength(10), Schema.isMaxLength(80))
})

const pick = <A>(values: ReadonlyArray<A>, index: number): A => values[index % values.length] as A

const levels = ["<", "<=", ">", ">=", "==", "!=", "in"] as const
const names = ["101", "102", "201", "market-1:Yes", "market-2:No", "BTC", "BTC"]

/** Per cent between whole numbers below ten, to the last decimal that counts, and next to it. */
const changes = [
  "-50",
  "0",
  "25",
  "33.333333333333333333",
  "33.333333333333333334",
  "50",
  "100",
  "-66.666666666666666666"
]

/** A comparison that waits for a level; `isOpen`: of any asset. */
const leafOf = (leaf: typeof Leaf.Type, isOpen: boolean) => {
  const isMetric = !isOpen && leaf.what === 9
  const field = isMetric ? "fear_greed" : pick(["bid", "ask", "price", "last", "volume_24h", "position"], leaf.what)
  const operator = pick(levels, leaf.operator)
  const aggregation = pick(["max", "avg", "count", "change_pct"], leaf.value)
  const number = leaf.window < 4 && aggregation === "change_pct"
    ? pick(changes, leaf.samples * 7 + leaf.what)
    : leaf.value
  const value = operator === "in" ? [number, leaf.value + 2] : number
  const window = leaf.window < 4
    ? {
      window: {
        duration: `${leaf.window * 700 + 500}ms`,
        aggregation,
        min_samples: leaf.samples
      }
    }
    : {}
  const source = leaf.source === 0 ? { source: "rtds-binance" } : leaf.source === 1 ? { source: "clob" } : {}
  return {
    field,
    operator,
    value,
    ...(isOpen || isMetric ? {} : { asset: pick(names, leaf.asset) }),
    ...(isMetric ? {} : source),
    ...window
  }
}

const conditionOf = ({ isOpen, leaves, maxAge, shape }: typeof Seed.Type): object => {
  const age = maxAge === 0 ? "2s" : maxAge === 1 ? "20s" : undefined
  const [a, b, c, d] = leaves.map((leaf) => leafOf(leaf, isOpen)) as [object, object, object, object]
  const within = age === undefined ? {} : { max_age: age }
  return pick<object>([
    a,
    { all: [a, b], ...within },
    { any: [a, b], ...within },
    { not: a },
    { all: [a, { not: b }], ...within },
    { any: [{ all: [a, b] }, { not: { any: [c, d] } }], ...within },
    { all: [{ any: [a, b] }, { not: { all: [c, d] } }], ...within },
    { not: { any: [a, { not: b }], ...within } }
  ], shape)
}

const evaluatorOf = (seed: typeof Seed.Type, conditions: object) => {
  const text = JSON.stringify({
    policies: [{
      id: "x",
      cooldown: `${seed.cooldown * 1_500}ms`,
      cooldown_per: pick(["policy", "asset", "market"], seed.per),
      conditions,
      actions: [{
        type: "notification",
        channel: "console",
        template: "{{ event.source }} {{ event.time }} {{ event.bid }} {{ event.size }}"
      }]
    }]
  })
  const options = { defaultSlippage: undefined, validFor: 2_000 }
  const compile = () => Result.getOrThrow(Load.compileAll([{ file: "watch.json", text }], options))
  return { evaluator: new Evaluator(compile(), 1_000_000), compile }
}

const eventsOf = (steps: ReadonlyArray<typeof Step.Type>): ReadonlyArray<MarketEvent> => {
  let receivedAt = 1_790_000_000_000
  return steps.map((step, index): MarketEvent => {
    // Now and then long enough for values to be too old.
    receivedAt += step.after === 40 ? 1_000_000 : step.after === 39 ? 21_000 : step.after * 40
    const isToken = step.asset < 4
    const assetId = (isToken ? tokens[step.asset] : "BTC") as AssetId
    const source = isToken
      ? pick(["clob", "clob", "own"], step.source)
      : pick(["polybolt", "rtds-binance", "cmc"], step.source)
    const head = { id: (index + 1) as MarketEvent["id"], time: receivedAt, receivedAt, source }
    const market = `0x${"1".repeat(64)}` as ConditionId
    switch (step.what) {
      case 0:
      case 1:
        return { ...head, source: "clock", _tag: "Tick", kind: "clock", name: "second" }
      case 2:
        return { ...head, _tag: "FeedStatus", feed: source, kind: pick(["gap", "resynced"], step.value), assetId }
      case 3:
        return { ...head, source: "gamma", _tag: "MarketMetadata", market: pick(markets, step.value) }
      case 4:
        return {
          ...head,
          source: "cmc",
          _tag: "MetricUpdate",
          name: "fear_greed",
          value: String(step.value) as Decimal
        }
      case 5:
      case 6:
        return {
          ...head,
          _tag: "Trade",
          market,
          assetId,
          side: "buy",
          price: (step.value * 1_000_000) as Price,
          size: 1_000_000 as Size
        }
      case 7:
        return {
          ...head,
          source: "paper",
          _tag: "PositionUpdate",
          wallet: "w",
          assetId,
          size: (step.value * 1e6) as Size
        }
      default: {
        const bid = String(step.value) as Decimal
        const price = { price: String(step.other) as Decimal }
        return {
          ...head,
          _tag: "PriceUpdate",
          assetId,
          ...(step.what === 8 ? {} : { bid, ...price }),
          ask: String(step.other) as Decimal,
          ...(step.what === 9 ? { volume24h: String(step.other) as Decimal } : {})
        }
      }
    }
  })
}

const runs = Number(process.env["WATCH_RUNS"] ?? 1_500)

describe("Watch", () => {
  it.prop(
    "POL-2 a rule that is looked at only while it may be true decides what it decides when it is always looked at",
    [Seed],
    ([seed]) => {
      const conditions = conditionOf(seed)
      const watched = evaluatorOf(seed, conditions)
      // An expression says nothing of what it waits for, so that the rule is read on every event that concerns it.
      const read = evaluatorOf(seed, { any: [conditions, { expression: "1 < 0" }] })
      for (const [index, event] of eventsOf(seed.steps).entries()) {
        if (index === seed.reloadAt) {
          watched.evaluator.reload(watched.compile())
          read.evaluator.reload(read.compile())
        }
        const said = (evaluator: Evaluator) => evaluator.take(event).map(({ actions, assetId }) => [assetId, actions])
        assert.deepStrictEqual(
          said(watched.evaluator),
          said(read.evaluator),
          `${index}: ${event._tag} of ${JSON.stringify(conditions)}`
        )
      }
    },
    { arbitrary: { runs }, timeout: 600_000 }
  )

  const seed = { leaves: [], steps: [], shape: 0, isOpen: false, maxAge: 3, cooldown: 0, per: 0, reloadAt: 0 }
  const quote = (index: number, asset: string, source: string, bid: number): MarketEvent => ({
    _tag: "PriceUpdate",
    id: index as MarketEvent["id"],
    time: index,
    receivedAt: index,
    source,
    assetId: asset as AssetId,
    bid: String(bid) as Decimal
  })
  const low = (asset: string) => ({ field: "bid", operator: "<", value: 5, asset })

  it("POL-2 a value that takes another's place without being told makes a rule true with the next that is told", () => {
    const { evaluator } = evaluatorOf(seed, { all: [low("BTC"), low("101")] })
    const firings = [
      quote(1, "101", "clob", 9),
      quote(2, "BTC", "polybolt", 9),
      quote(3, "BTC", "rtds-binance", 1),
      quote(4, "101", "clob", 9),
      { _tag: "FeedStatus", id: 5, time: 5, receivedAt: 5, source: "polybolt", feed: "polybolt", kind: "gap" },
      quote(6, "101", "clob", 1)
    ].map((event) => evaluator.take(event as MarketEvent).length)
    assert.deepStrictEqual(firings, [0, 0, 0, 0, 0, 1])
  })

  it("POL-2 what was told of an asset before its market was described counts once it is", () => {
    const { evaluator } = evaluatorOf(seed, { all: [low("101"), low("market-2:No")] })
    const firings = [
      quote(1, "202", "clob", 1),
      quote(2, "101", "clob", 9),
      { _tag: "MarketMetadata", id: 3, time: 3, receivedAt: 3, source: "gamma", market: markets[1] },
      quote(4, "101", "clob", 1)
    ].map((event) => evaluator.take(event as MarketEvent).length)
    assert.deepStrictEqual(firings, [0, 0, 0, 1])
  })

  it("POL-2 what becomes false during a cooldown, and true by time alone after it, fires on that second", () => {
    const window = { duration: "2s", aggregation: "max" }
    const { evaluator } = evaluatorOf({ ...seed, cooldown: 1 }, {
      all: [{ ...low("101"), window }, { field: "bid", operator: ">", value: 0, asset: "101" }]
    })
    const firings = [
      quote(1, "101", "clob", 1),
      quote(500, "101", "clob", 9),
      quote(501, "101", "clob", 1),
      { _tag: "Tick", id: 2_500, time: 2_500, receivedAt: 2_500, source: "clock", kind: "clock", name: "second" }
    ].map((event) => evaluator.take(event as MarketEvent).length)
    assert.deepStrictEqual(firings, [1, 0, 0, 1])
  })

  it("POL-2 a slug that comes to mean another market, and the first again, means what was described last", () => {
    const [first, second] = markets
    const described = (index: number, market: unknown) => ({
      _tag: "MarketMetadata",
      id: index,
      time: index,
      receivedAt: index,
      source: "gamma",
      market
    })
    for (const conditions of [low("market-1:Yes"), { all: [low("market-1:Yes"), low("market-1:Yes")] }]) {
      const { evaluator } = evaluatorOf(seed, conditions)
      const firings = [
        described(1, first),
        quote(2, "101", "clob", 1),
        described(3, { ...second, slug: "market-1" }),
        quote(4, "101", "clob", 1),
        quote(5, "201", "clob", 1),
        described(6, first),
        quote(7, "201", "clob", 1),
        quote(8, "101", "clob", 1)
      ].map((event) => evaluator.take(event as MarketEvent).length)
      assert.deepStrictEqual(firings, [0, 1, 0, 0, 1, 0, 0, 1])
    }
  })
})
