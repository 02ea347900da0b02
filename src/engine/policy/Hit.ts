/** What an event is to a rule that is read as a whole. */
import type { AssetId } from "../../domain/Asset.ts"
import type { Leaf } from "./Conditions.ts"
import type { Rule } from "./Rule.ts"

/** What an event is to a rule. */
export interface Hit {
  /** The conditions it told something. */
  readonly leaves: Set<Leaf>
  /** The assets it told something of. */
  readonly assets: Set<AssetId | undefined>
  /** Whether it told something that counts for every asset the rule knows. */
  all: boolean
  /** Whether nothing but time passed. */
  isTimeOnly: boolean
  /** Whether nothing but what arms it was told. */
  isRearmOnly: boolean
  /** Edges whose right side it told something. */
  readonly edges: Set<Leaf>
}

/** What an event is to a rule, made when there is none yet. */
export const hitOf = (hits: Map<Rule, Hit>, rule: Rule): Hit => {
  let hit = hits.get(rule)
  if (hit === undefined) {
    hit = { leaves: new Set(), assets: new Set(), all: false, isTimeOnly: true, isRearmOnly: true, edges: new Set() }
    hits.set(rule, hit)
  }
  return hit
}
