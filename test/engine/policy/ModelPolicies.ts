/** Policies of every shape the plain model knows, made from small numbers. */
import { Result, Schema } from "effect"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import type { CompiledPolicy } from "../../../src/engine/policy/Compile.ts"
import * as Load from "../../../src/engine/policy/Load.ts"
import { EventSeed, logOf, tokens } from "../../arbitrary/Events.ts"
import { type Compare, type Condition, leavesOf, needsEdge, type Policy } from "./Model.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const oneOf = <const A extends ReadonlyArray<unknown>>(values: A) => ({
  length: values.length,
  at: (index: number) => values[index % values.length] as A[number]
})

const operators = oneOf([">", "<", ">=", "<=", "crosses_above", "crosses_below", "changes", "==", "!="] as const)
const fields = oneOf(["bid", "ask", "last"] as const)
const aggregations = oneOf(["avg", "min", "max", "count", "change", "first", "last", "sum"] as const)

/** What a comparison is made from. */
const Leaf = Schema.Struct({
  field: between(0, 2),
  operator: between(0, 8),
  value: between(30, 62),
  asset: between(0, 7),
  window: between(0, 9),
  duration: between(1, 6)
})

/** What a policy is made from: its shape by numbers, with leaves enough for any of them. */
export const Seed = Schema.Struct({
  leaves: Schema.Array(Leaf).check(Schema.isMinLength(5), Schema.isMaxLength(5)),
  /** Plain comparisons most of the time. */
  shape: between(0, 11),
  holdFor: between(0, 5),
  rearm: between(0, 3),
  cooldown: between(0, 2),
  per: between(0, 1),
  firings: between(0, 3),
  /** Now and then time passes so quickly that values become too old. */
  pace: between(0, 9),
  events: Schema.Array(EventSeed).check(Schema.isMinLength(10), Schema.isMaxLength(60))
})

const compareOf = (seed: typeof Leaf.Type, events: ReadonlyArray<EventSeed>): Compare => {
  // A price that comes, so that equality is common.
  const price = (events[seed.value % events.length] as EventSeed).bid / 100
  const aggregation = aggregations.at(seed.window)
  const isWindow = seed.window < 4
  const operator = operators.at(seed.operator)
  return {
    field: fields.at(seed.field),
    operator,
    value: !isWindow
      ? price
      : aggregation === "count"
      ? seed.value % 4
      : aggregation === "change"
      ? (seed.value - 46) / 200
      : price,
    asset: seed.asset < 4 ? tokens[seed.asset] : undefined,
    window: isWindow ? { duration: seed.duration * 700, minimum: 1 + seed.value % 2, aggregation } : undefined
  }
}

/** A condition of `rearm`; where the conditions name all their assets it names one of them. */
const rearmOf = (conditions: Condition, rearm: Condition): Condition => {
  const named = leavesOf(conditions).map(({ asset }) => asset)
  const isOpen = named.includes(undefined)
  return "leaf" in rearm && rearm.leaf.asset === undefined && !isOpen
    ? { leaf: { ...rearm.leaf, asset: named[0] } }
    : rearm
}

/** The log of a seed: no books, which the policies do not read. */
export const eventsOf = ({ events, pace }: typeof Seed.Type): ReadonlyArray<MarketEvent> =>
  logOf(
    events.filter(({ kind }) => kind !== "snapshot" && kind !== "delta")
      .map((event) => pace < 8 ? event : { ...event, after: event.after * 500 })
  )

/** The policy of a seed. */
export const policyOf = (seed: typeof Seed.Type): Policy => {
  const [a, b, c, d, e] = seed.leaves.map((leaf): Condition => ({ leaf: compareOf(leaf, seed.events) })) as [
    Condition,
    Condition,
    Condition,
    Condition,
    Condition
  ]
  const shapes = oneOf<ReadonlyArray<Condition>>([
    a,
    a,
    a,
    a,
    a,
    { all: [a, b] },
    { any: [a, b] },
    { not: a },
    { all: [a, { not: b }] },
    { any: [{ all: [a, b] }, { not: { any: [c, d] } }] },
    { all: [{ any: [a, b] }, { any: [c, { not: d }] }] }
  ])
  const conditions = shapes.at(seed.shape)
  return {
    conditions,
    // What is true on one event alone cannot hold.
    holdFor: seed.holdFor < 3 || needsEdge(conditions) ? 0 : seed.holdFor * 500,
    rearm: seed.rearm === 0 ? rearmOf(conditions, e) : undefined,
    cooldown: seed.cooldown * 1_500,
    // Of a policy that names its assets the firing's asset is the event's, which a tick has none of.
    cooldownPer: seed.per === 0 || leavesOf(conditions).every(({ asset }) => asset !== undefined) ? "policy" : "asset",
    firings: seed.firings === 0 ? { most: 2, span: 4_000 } : undefined
  }
}

const written = (condition: Condition): unknown => {
  if ("leaf" in condition) {
    const { asset, field, operator, value, window } = condition.leaf
    return {
      field,
      operator,
      ...(operator === "changes" ? {} : { value }),
      ...(asset === undefined ? {} : { asset }),
      ...(window === undefined
        ? {}
        : {
          window: {
            duration: `${window.duration}ms`,
            aggregation: window.aggregation,
            min_samples: window.minimum ?? 1
          }
        })
    }
  }
  if ("not" in condition) return { not: written(condition.not) }
  return "all" in condition ? { all: condition.all.map(written) } : { any: condition.any.map(written) }
}

/** How a policy is named and what it does beside its conditions. */
export interface Looks {
  readonly id: string
  readonly template?: string
  readonly priority?: number
  readonly enabled?: boolean
}

/** Compiles a policy anew. */
export const compiledOf = (policy: Policy, looks: Looks = { id: "x" }): ReadonlyArray<CompiledPolicy> => {
  const { conditions, cooldown, cooldownPer, firings, holdFor, rearm } = policy
  const text = JSON.stringify({
    policies: [{
      id: looks.id,
      enabled: looks.enabled ?? true,
      priority: looks.priority ?? 0,
      cooldown: `${cooldown}ms`,
      cooldown_per: cooldownPer,
      conditions: written(conditions),
      ...(holdFor === 0 ? {} : { for: `${holdFor}ms` }),
      ...(rearm === undefined ? {} : { rearm: written(rearm) }),
      ...(firings === undefined ? {} : { limits: { firings: `${firings.most} per ${firings.span}ms` } }),
      actions: [{ type: "notification", channel: "console", template: looks.template ?? "x" }]
    }]
  })
  const compiled = Load.compileAll([{ file: "model.json", text }], { defaultSlippage: undefined, validFor: 2_000 })
  return Result.getOrThrow(compiled)
}
