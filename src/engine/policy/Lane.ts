/**
 * Plain comparisons of one field of one asset, sorted by their thresholds: a value costs what it makes true, not what is compared with it. As long as
 * it stays between the same two thresholds, what it makes true stays the same and nothing is crossed.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type { MarketEvent } from "../MarketEvent.ts"
import type { Reading } from "./KnownFacts.ts"
import type { Rule } from "./Rule.ts"

interface Threshold {
  readonly rule: Rule
  readonly value: bigint
}

/** Rules of one field and asset. */
export class Lane {
  /** Ascending: a value makes a first part of them true. */
  readonly #above: ReadonlyArray<Threshold>
  readonly #aboveOrEqual: ReadonlyArray<Threshold>
  /** Descending: a value makes a first part of them true. */
  readonly #below: ReadonlyArray<Threshold>
  readonly #belowOrEqual: ReadonlyArray<Threshold>
  /** Ascending: a move makes a middle part of them true. */
  readonly #rising: ReadonlyArray<Threshold>
  readonly #falling: ReadonlyArray<Threshold>
  readonly #assetId: AssetId
  /** Those that have not been told a value yet. */
  #fresh: ReadonlyArray<Rule>
  /** All of them, ascending. */
  readonly #all: ReadonlyArray<bigint>
  /** Whether the last value lay between two thresholds, and on none. */
  #isBetween = false
  /** The thresholds around the last value; absent: there is none on that side. */
  #low: bigint | undefined
  #high: bigint | undefined
  /** What is true between these. */
  #levels: ReadonlyArray<Rule> = none
  /** Nothing of that can fire before this event time, ms. */
  #quietUntil = -Infinity

  /** `rules` are plain. */
  constructor(rules: ReadonlyArray<Rule>, assetId: AssetId) {
    this.#assetId = assetId
    const of = (operator: string) =>
      rules.flatMap((rule): ReadonlyArray<Threshold> => {
        const { tree } = rule.policy
        if (tree._tag !== "Leaf" || tree.leaf.operator !== operator) return []
        const { operand } = tree.leaf
        return operand?._tag === "Constant" && typeof operand.value === "bigint" ? [{ rule, value: operand.value }] : []
      }).sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
    this.#above = of(">")
    this.#aboveOrEqual = of(">=")
    this.#below = of("<").reverse()
    this.#belowOrEqual = of("<=").reverse()
    this.#rising = of("crosses_above")
    this.#falling = of("crosses_below")
    this.#fresh = rules.filter((rule) => this.#isFresh(rule))
    this.#all = [this.#above, this.#aboveOrEqual, this.#below, this.#belowOrEqual, this.#rising, this.#falling]
      .flatMap((thresholds) => thresholds.map(({ value }) => value))
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  /**
   * The rules that are true when an event makes a field that was `before` what it is `now`; `before` is what it took last, or unknown. Those of
   * which `rest` said that none can fire yet may be left out.
   */
  take(before: Reading | undefined, now: Reading | undefined, event: MarketEvent): ReadonlyArray<Rule> {
    const value = now?.value
    if (now === undefined || typeof value !== "bigint") return none
    if (
      this.#isBetween && (this.#low === undefined || value > this.#low) &&
      (this.#high === undefined || value < this.#high)
    ) return event.receivedAt < this.#quietUntil ? none : this.#levels
    this.#settle(value)
    const crossed = this.#crossed(before, now, value)
    if (this.#fresh.length > 0) {
      for (const rule of this.#fresh) rule.bound.set(this.#assetId, event.id)
      this.#fresh = none
    }
    return crossed.length === 0 ? this.#levels : [...this.#levels, ...crossed]
  }

  /** None of what `take` found last can fire before an event time, ms, unless the value goes elsewhere. */
  rest(until: number): void {
    this.#quietUntil = until
  }

  /** Finds where a value lies, and what is true there. */
  #settle(value: bigint): void {
    const all = this.#all
    const at = placeFrom(all, value)
    this.#isBetween = all[at] !== value
    this.#low = all[at - 1]
    this.#high = all[at]
    this.#levels = this.#levelsOf(value)
    this.#quietUntil = -Infinity
  }

  #levelsOf(value: bigint): ReadonlyArray<Rule> {
    let found: Array<Rule> | undefined
    for (const { rule, value: threshold } of this.#above) {
      if (threshold >= value) break
      ;(found ??= []).push(rule)
    }
    for (const { rule, value: threshold } of this.#aboveOrEqual) {
      if (threshold > value) break
      ;(found ??= []).push(rule)
    }
    for (const { rule, value: threshold } of this.#below) {
      if (threshold <= value) break
      ;(found ??= []).push(rule)
    }
    for (const { rule, value: threshold } of this.#belowOrEqual) {
      if (threshold < value) break
      ;(found ??= []).push(rule)
    }
    return found ?? none
  }

  #crossed(before: Reading | undefined, now: Reading, value: bigint): ReadonlyArray<Rule> {
    const was = before?.value
    if (typeof was !== "bigint" || before?.source !== now.source || was === value) return none
    let found: Array<Rule> | undefined
    if (was < value) {
      // Was at or below, is above: was <= threshold < value.
      for (let at = firstFrom(this.#rising, was); at < this.#rising.length; at++) {
        const { rule, value: threshold } = this.#rising[at] as Threshold
        if (threshold >= value) break
        if (!this.#isFresh(rule)) (found ??= []).push(rule)
      }
    } else {
      // Was at or above, is below: value < threshold <= was.
      for (let at = firstFrom(this.#falling, value + 1n); at < this.#falling.length; at++) {
        const { rule, value: threshold } = this.#falling[at] as Threshold
        if (threshold > was) break
        if (!this.#isFresh(rule)) (found ??= []).push(rule)
      }
    }
    return found ?? none
  }

  #isFresh({ bound }: Rule): boolean {
    return !bound.has(this.#assetId)
  }
}

const none: ReadonlyArray<never> = []

/** The place of the first of ascending numbers that is not below a value. */
const placeFrom = (all: ReadonlyArray<bigint>, value: bigint): number => {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((all[middle] as bigint) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** The place of the first threshold that is not below a value. */
const firstFrom = (thresholds: ReadonlyArray<Threshold>, value: bigint): number => {
  let low = 0
  let high = thresholds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((thresholds[middle] as Threshold).value < value) low = middle + 1
    else high = middle
  }
  return low
}
