/**
 * Who hears of what: rules found by field, by field and asset, and by window. Built once from a set of rules; what it finds depends on the markets
 * known so far and is kept until those change.
 */
import type { AssetId } from "../../domain/Asset.ts"
import { type Leaf, leavesOf } from "./Conditions.ts"
import type { Facts } from "./Facts.ts"
import { Lane } from "./Lane.ts"
import type { Interest, Rule } from "./Rule.ts"
import type { SharedWindow, SharedWindows } from "./SharedWindow.ts"

/** Who is interested in a field of an asset: plain comparisons by their thresholds, and all others. */
export interface Found {
  readonly lane: Lane | undefined
  readonly others: ReadonlyArray<Interest>
}

/** A set of rules by what they listen to. */
export class RuleIndex {
  readonly rules: ReadonlyArray<Rule>
  /** By field: who may be interested. */
  readonly interests: ReadonlyMap<string, ReadonlyArray<Interest>>
  /** By shared window: who looks at it. */
  readonly lookers: ReadonlyMap<SharedWindow, ReadonlyArray<Interest>>
  /** Those with edges, which a gap disarms; edges of plain rules are kept by their lanes. */
  readonly leaves: ReadonlyArray<Leaf>
  /** Every field, metric and tick that anybody listens to. */
  readonly fields: ReadonlySet<string>
  /** By field and asset: who is interested, against the markets known so far. */
  readonly #found = new Map<string, Map<AssetId | "", Found>>()

  /** Leaves with windows are given theirs out of `windows`. */
  constructor(rules: ReadonlyArray<Rule>, windows: SharedWindows) {
    this.rules = rules
    const interests = new Map<string, Array<Interest>>()
    const lookers = new Map<SharedWindow, Array<Interest>>()
    for (const rule of rules) {
      for (const trigger of rule.policy.triggers) {
        const interest = { rule, trigger }
        append(interests, trigger.field, interest)
        const { leaf } = trigger
        if (leaf?.look.window === undefined) continue
        leaf.shared = windows.get(leaf.look.window.of)
        append(lookers, leaf.shared, interest)
      }
    }
    this.interests = interests
    this.lookers = lookers
    this.fields = new Set(interests.keys())
    this.leaves = rules.filter(({ isPlain }) => !isPlain).flatMap(({ policy }) => [
      ...leavesOf(policy.tree),
      ...(policy.rearm === undefined ? [] : leavesOf(policy.rearm))
    ]).filter(({ isEdge }) => isEdge)
  }

  /** Who is interested in a field of an asset. */
  find(facts: Facts, field: string, assetId: AssetId | undefined): Found {
    const interests = this.interests.get(field)
    if (interests === undefined) return nobody
    let byAsset = this.#found.get(field)
    if (byAsset === undefined) {
      byAsset = new Map()
      this.#found.set(field, byAsset)
    }
    const key = assetId ?? ""
    let found = byAsset.get(key)
    if (found === undefined) {
      const interested = interests.filter(({ trigger: { filter } }) =>
        filter === undefined || (assetId !== undefined && filter.matches(facts, assetId))
      )
      const plain = interested.filter(({ rule }) => rule.isPlain)
      found = {
        lane: plain.length === 0 ? undefined : new Lane(plain.map(({ rule }) => rule)),
        others: interested.filter(({ rule }) => !rule.isPlain)
      }
      byAsset.set(key, found)
    }
    return found
  }

  /** Markets have become known or have changed: who is interested is to be found anew. */
  forget(): void {
    this.#found.clear()
  }
}

const nobody: Found = { lane: undefined, others: [] }

const append = <K, V>(lists: Map<K, Array<V>>, key: K, value: V): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
