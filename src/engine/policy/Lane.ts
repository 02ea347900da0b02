/**
 * Plain comparisons of one field of one asset, sorted by their thresholds: a value costs what it makes true, not what is compared with it.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type { Reading } from "./Facts.ts"
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
  }

  /** The rules that are true when a field that was `before` is `now`. */
  take(before: Reading | undefined, now: Reading | undefined): ReadonlyArray<Rule> {
    const value = now?.value
    if (now === undefined || typeof value !== "bigint") return none
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
    const was = before?.value
    if (typeof was === "bigint" && before?.source === now.source && was !== value) {
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
    }
    if (this.#fresh.length > 0) {
      for (const rule of this.#fresh) rule.bound.add(this.#assetId)
      this.#fresh = none
    }
    return found ?? none
  }

  #isFresh({ bound }: Rule): boolean {
    return !bound.has(this.#assetId)
  }
}

const none: ReadonlyArray<never> = []

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
