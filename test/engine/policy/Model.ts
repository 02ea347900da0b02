/**
 * The policy language written down a second time, slowly: at every event everything is worked out anew from all events so far. Knows bids, asks and
 * trades of tokens, comparisons, crossings, windows, `all any not`, `for`, `rearm`, cooldowns and limits of firings.
 */
import type { AssetId } from "../../../src/domain/Asset.ts"
import * as Fixed from "../../../src/domain/Fixed.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"

/** A comparison. Spans in ms. */
export interface Compare {
  readonly field: "bid" | "ask" | "last"
  readonly operator: ">" | "<" | ">=" | "<=" | "==" | "!=" | "crosses_above" | "crosses_below" | "changes"
  readonly value: number
  /** Absent: any asset. */
  readonly asset: string | undefined
  readonly window:
    | {
      readonly duration: number
      /** With fewer values it says nothing; absent: 1. */
      readonly minimum?: number
      readonly aggregation: "avg" | "min" | "max" | "count" | "change" | "first" | "last" | "sum"
    }
    | undefined
}

/** A condition. */
export type Condition =
  | { readonly leaf: Compare }
  | { readonly all: ReadonlyArray<Condition> }
  | { readonly any: ReadonlyArray<Condition> }
  | { readonly not: Condition }

/** A policy. */
export interface Policy {
  readonly conditions: Condition
  readonly holdFor: number
  readonly rearm: Condition | undefined
  readonly cooldown: number
  readonly cooldownPer: "policy" | "asset"
  readonly firings: { readonly most: number; readonly span: number } | undefined
}

type Truth = boolean | undefined

const timeToLive = 15 * 60_000

/** The comparisons of a condition. */
export const leavesOf = (condition: Condition): ReadonlyArray<Compare> => {
  if ("leaf" in condition) return [condition.leaf]
  if ("not" in condition) return leavesOf(condition.not)
  return ("all" in condition ? condition.all : condition.any).flatMap(leavesOf)
}

/** Whether a condition is true on the event of a crossing or change alone: then it was not true before. */
export const needsEdge = (condition: Condition): boolean => {
  if ("leaf" in condition) return condition.leaf.operator === "changes" || condition.leaf.operator.startsWith("crosses")
  if ("not" in condition) return false
  return "all" in condition ? condition.all.some(needsEdge) : condition.any.every(needsEdge)
}

/** What an event tells of a field of an asset. */
const toldBy = (
  event: MarketEvent,
  field: Compare["field"]
): { readonly asset: AssetId; readonly value: bigint } | undefined => {
  if (event._tag === "PriceUpdate" && field !== "last") {
    return { asset: event.assetId, value: Fixed.fromDecimal(event[field] as never) }
  }
  return event._tag === "Trade" && field === "last"
    ? { asset: event.assetId, value: Fixed.fromMicro(event.price) }
    : undefined
}

/** All events so far, and what they say. */
class History {
  readonly events: Array<MarketEvent> = []

  get now(): number {
    return (this.events.at(-1) as MarketEvent).receivedAt
  }

  /** The value of a field after event `upTo`, seen at event time `now`. */
  value(field: Compare["field"], asset: AssetId, upTo: number, now: number): bigint | undefined {
    for (let at = upTo; at >= 0; at--) {
      const event = this.events[at] as MarketEvent
      if (event._tag === "FeedStatus" && event.kind === "gap" && event.assetId === asset) return undefined
      const told = toldBy(event, field)
      if (told?.asset === asset) return now - event.receivedAt > timeToLive ? undefined : told.value
    }
    return undefined
  }

  /** The same, of the window if there is one. */
  reading({ field, window }: Compare, asset: AssetId, upTo: number, now: number): bigint | undefined {
    const value = this.value(field, asset, upTo, now)
    if (value === undefined || window === undefined) return value
    const samples = this.events.slice(0, upTo + 1).flatMap((event) => {
      const told = toldBy(event, field)
      return told?.asset === asset && event.receivedAt > now - window.duration ? [told.value] : []
    })
    const [first] = samples
    if (first === undefined || samples.length < (window.minimum ?? 1)) return undefined
    switch (window.aggregation) {
      case "avg":
        return samples.reduce((a, b) => a + b, 0n) / BigInt(samples.length)
      case "min":
        return samples.reduce((a, b) => a < b ? a : b)
      case "max":
        return samples.reduce((a, b) => a > b ? a : b)
      case "count":
        return Fixed.fromInteger(samples.length)
      case "change":
        return (samples.at(-1) as bigint) - first
      case "first":
        return first
      case "last":
        return samples.at(-1)
      case "sum":
        return samples.reduce((a, b) => a + b, 0n)
    }
  }

  /** Whether a window of an asset has lost a value since the tick before event `at`, which is a tick. */
  hasMoved({ field, window }: Compare, asset: AssetId, at: number): boolean {
    if (window === undefined) return false
    const now = (this.events[at] as MarketEvent).receivedAt
    const before = this.events.slice(0, at).findLast(({ _tag }) => _tag === "Tick")?.receivedAt ?? -Infinity
    return this.events.slice(0, at).some((event) => {
      const leaves = event.receivedAt + window.duration
      return toldBy(event, field)?.asset === asset && leaves > before && leaves <= now
    })
  }

  /** Whether event `at` tells a comparison something of an asset: by its field, or because its window moved. */
  concerns(compare: Compare, asset: AssetId, at: number): boolean {
    const event = this.events[at] as MarketEvent
    if (event._tag === "Tick") return this.hasMoved(compare, asset, at)
    return toldBy(event, compare.field)?.asset === asset
  }

  /** Whether a comparison crosses on the last event: from what was read at the last event that concerned it. */
  isEdge(compare: Compare, asset: AssetId): boolean {
    const last = this.events.length - 1
    if (!this.concerns(compare, asset, last)) return false
    const now = this.reading(compare, asset, last, this.now)
    if (now === undefined) return false
    for (let at = last - 1; at >= 0; at--) {
      const event = this.events[at] as MarketEvent
      if (event._tag === "FeedStatus" && event.kind === "gap" && event.assetId === asset) return false
      if (!this.concerns(compare, asset, at)) continue
      const before = this.reading(compare, asset, at, event.receivedAt)
      if (before === undefined || this.now - event.receivedAt > timeToLive) return false
      const right = Fixed.fromText(String(compare.value)) as bigint
      if (compare.operator === "changes") return before !== now
      return compare.operator === "crosses_above" ? before <= right && now > right : before >= right && now < right
    }
    return false
  }

  truth(condition: Condition, bound: AssetId | undefined): Truth {
    if ("leaf" in condition) {
      const { leaf } = condition
      const asset = (leaf.asset ?? bound) as AssetId | undefined
      if (asset === undefined) return undefined
      const value = this.reading(leaf, asset, this.events.length - 1, this.now)
      if (value === undefined) return undefined
      const right = Fixed.fromText(String(leaf.value)) as bigint
      switch (leaf.operator) {
        case ">":
          return value > right
        case "<":
          return value < right
        case ">=":
          return value >= right
        case "<=":
          return value <= right
        case "==":
          return value === right
        case "!=":
          return value !== right
        default:
          return this.isEdge(leaf, asset)
      }
    }
    if ("not" in condition) {
      const inner = this.truth(condition.not, bound)
      return inner === undefined ? undefined : !inner
    }
    const parts = "all" in condition ? condition.all : condition.any
    const truths = new Set(parts.map((part) => this.truth(part, bound)))
    const decisive = "any" in condition
    return truths.has(decisive) ? decisive : truths.has(undefined) ? undefined : !decisive
  }
}

/** Decides on events one after the other: the assets of the firings, "" for a policy of one asset. */
export class Model {
  readonly #policy: Policy
  readonly #history = new History()
  readonly #leaves: ReadonlyArray<Compare>
  readonly #perAsset: boolean
  /** Assets the policy has heard of. */
  readonly #known = new Set<AssetId>()
  readonly #since = new Map<string, { readonly at: number; fired: boolean }>()
  readonly #held = new Map<string, boolean>()
  readonly #unarmed = new Set<string>()
  readonly #fired: Array<{ readonly at: number; readonly key: string }> = []

  constructor(policy: Policy) {
    this.#policy = policy
    this.#leaves = leavesOf(policy.conditions)
    this.#perAsset = [...this.#leaves, ...(policy.rearm === undefined ? [] : leavesOf(policy.rearm))].some((
      { asset }
    ) => asset === undefined)
  }

  /** What its conditions say after the last event, when it speaks of an asset. */
  truth(bound: AssetId | undefined): boolean | undefined {
    return this.#history.truth(this.#policy.conditions, bound)
  }

  /** Whether it speaks of whatever asset an event is of. */
  get isPerAsset(): boolean {
    return this.#perAsset
  }

  /** The assets for which the policy fires on an event, "" for one of one asset. */
  take(event: MarketEvent): ReadonlyArray<string> {
    const { conditions, holdFor, rearm } = this.#policy
    this.#history.events.push(event)
    const last = this.#history.events.length - 1
    const now = event.receivedAt
    const all = [
      ...new Set(
        this.#history.events.flatMap((one) => "assetId" in one && one.assetId !== undefined ? [one.assetId] : [])
      )
    ]
    if ((event._tag === "FeedStatus" && event.kind === "gap") || event._tag === "Tick") {
      for (const key of this.#since.keys()) {
        if (this.#history.truth(conditions, key === "" ? undefined : key as AssetId) !== true) this.#since.delete(key)
      }
    }
    const heard = (leaves: ReadonlyArray<Compare>) => {
      const own = new Set<AssetId>()
      let isEverybody = false
      for (const leaf of leaves) {
        for (const asset of all) {
          if (leaf.asset !== undefined && leaf.asset !== asset) continue
          if (!this.#history.concerns(leaf, asset, last)) continue
          own.add(asset)
          if (leaf.asset !== undefined) isEverybody = true
          else if (event._tag !== "Tick") this.#known.add(asset)
        }
      }
      return { own, isEverybody }
    }
    const byConditions = heard(this.#leaves)
    const byRearm = heard(rearm === undefined ? [] : leavesOf(rearm))
    const isDue = (key: string) => {
      const hold = this.#since.get(key)
      return event._tag === "Tick" && holdFor > 0 && hold !== undefined && !hold.fired && now - hold.at >= holdFor
    }
    const due = [...this.#since.keys()].filter(isDue)
    const isRearmOnly = byConditions.own.size === 0 && due.length === 0
    if (isRearmOnly && byRearm.own.size === 0) return []
    const keys: ReadonlyArray<string> = this.#perAsset
      ? byConditions.isEverybody || byRearm.isEverybody
        ? [...this.#known]
        : [...new Set<string>([...byConditions.own, ...byRearm.own, ...due])]
      : [""]
    const fired: Array<string> = []
    for (const key of keys) {
      const bound = key === "" ? undefined : key as AssetId
      if (rearm !== undefined && this.#unarmed.has(key) && this.#history.truth(rearm, bound) === true) {
        this.#unarmed.delete(key)
      }
      if (isRearmOnly) continue
      const isTrue = this.#history.truth(conditions, bound) === true
      if (holdFor > 0) {
        if (!isTrue) {
          this.#since.delete(key)
          continue
        }
        const hold = this.#since.get(key) ?? { at: now, fired: false }
        this.#since.set(key, hold)
        if (hold.fired || now - hold.at < holdFor) continue
        hold.fired = true
      } else {
        const held = this.#held.get(key) === true
        this.#held.set(key, isTrue)
        if (event._tag === "Tick" && held && !needsEdge(conditions)) continue
      }
      if (!isTrue || this.#unarmed.has(key) || !this.#mayFire(now, key, bound)) continue
      this.#fired.push({ at: now, key })
      if (rearm !== undefined) this.#unarmed.add(key)
      fired.push(key)
    }
    return fired
  }

  #mayFire(now: number, key: string, bound: AssetId | undefined): boolean {
    const { cooldown, cooldownPer, firings } = this.#policy
    const per = cooldownPer === "asset" && bound !== undefined
    if (this.#fired.some((one) => now - one.at < cooldown && (!per || one.key === key))) return false
    return firings === undefined || this.#fired.filter(({ at }) => at > now - firings.span).length < firings.most
  }
}
