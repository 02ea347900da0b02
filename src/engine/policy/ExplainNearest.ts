/** Which of the assets that a policy knows is nearest to firing, for a policy that speaks of whatever asset an event is of. Changes nothing. */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import { type Leaf, type Tree, unresolved } from "./Conditions.ts"
import { ofExpression } from "./ExplainExpression.ts"
import { type Moment, truthOf, truthText } from "./ExplainPart.ts"
import type { Explanation } from "./Explanation.ts"
import type { Rule } from "./Rule.ts"

/** Assets that are looked at in search of the nearest. */
const mostAssets = 256

/** What stands between a part and what is wanted of it. */
interface Gap {
  /** Comparisons of what is not known. */
  readonly unknown: number
  /** Comparisons that are not as wanted and have no distance: of texts, and such as have to happen. */
  readonly vague: number
  /** How far numbers are from what they have to reach, each in relation to that, summed up. */
  readonly away: number
}

const none: Gap = { unknown: 0, vague: 0, away: 0 }
const anUnknown: Gap = { ...none, unknown: 1 }
const aVague: Gap = { ...none, vague: 1 }

/** The one that stands nearest, and how those that were looked at stand; `undefined`: it knows none. */
export const nearestOf = (
  rule: Rule,
  momentOf: (assetId: AssetId) => Moment
): { readonly assetId: AssetId | undefined; readonly counts: NonNullable<Explanation["assets"]> } => {
  const counts = { known: rule.bound.size, looked: 0, true: 0, false: 0, unknown: 0 }
  let best: { readonly assetId: AssetId; readonly rank: ReadonlyArray<number>; readonly gap: Gap } | undefined
  for (const assetId of rule.bound.keys()) {
    if (counts.looked === mostAssets) break
    counts.looked++
    const moment = momentOf(assetId)
    const truth = truthOf(rule.policy.tree, moment)
    counts[truthText(truth)]++
    const gap = truth === true ? none : gapOf(rule.policy.tree, moment, true)
    const rank = rankOf(moment, truth, gap)
    if (best === undefined || isLess(rank, best.rank)) best = { assetId, rank, gap }
  }
  const isNearest = best !== undefined && best.gap.unknown === 0 && best.gap.vague === 0
  return { assetId: best?.assetId, counts: { ...counts, ...(isNearest ? { isNearest } : {}) } }
}

/** What is nearer comes first, in this order: fired now, true, false, not known; armed; nearer in time; nearer in numbers, as far as they are known. */
const rankOf = (moment: Moment, truth: boolean | undefined, { away, unknown, vague }: Gap): ReadonlyArray<number> => {
  const { assetId, event, rule } = moment
  const key = assetId ?? ""
  const hasFired = rule.fired?.eventId === event.id && rule.fired.assetId === assetId
  const hold = rule.holds.get(key)
  const left = hold === undefined ? 0 : Math.max(0, hold.since + rule.policy.holdFor - event.receivedAt)
  const order = truth === true ? 0 : truth === false ? 1 : 2
  return [
    hasFired ? 0 : 1,
    order,
    rule.unarmed.has(key) ? 1 : 0,
    hold?.isFull === true ? 1 : 0,
    left,
    unknown,
    vague,
    away
  ]
}

const isLess = (one: ReadonlyArray<number>, other: ReadonlyArray<number>): boolean => {
  const at = one.findIndex((part, index) => part !== other[index])
  return at >= 0 && (one[at] as number) < (other[at] as number)
}

const gapOf = (tree: Tree, moment: Moment, isWanted: boolean): Gap => {
  if (tree._tag === "Not") return gapOf(tree.part, moment, !isWanted)
  if ("parts" in tree) {
    const gaps = tree.parts.map((part) => gapOf(part, moment, isWanted))
    return (tree._tag === "All") === isWanted ? gaps.reduce(sum, none) : gaps.reduce(lesser)
  }
  const truth = truthOf(tree, moment)
  if (truth === isWanted) return none
  if (truth === undefined) return anUnknown
  const [left, right] = tree._tag === "Expression"
    ? sidesOfExpression(tree, moment)
    : sidesOfLeaf(tree.leaf, moment)
  return typeof left === "bigint" && typeof right === "bigint" ? { ...none, away: distance(left, right) } : aVague
}

const sum = (a: Gap, b: Gap): Gap => ({
  unknown: a.unknown + b.unknown,
  vague: a.vague + b.vague,
  away: a.away + b.away
})

const lesser = (a: Gap, b: Gap): Gap => isLess([a.unknown, a.vague, a.away], [b.unknown, b.vague, b.away]) ? a : b

const sidesOfLeaf = (leaf: Leaf, { assetId, scope }: Moment): readonly [unknown, unknown] => {
  const target = leaf.assetFor(scope.facts, assetId)
  if (target === unresolved || leaf.operator === "changes") return [undefined, undefined]
  return [leaf.reading(scope.facts, target)?.value, leaf.right(scope)]
}

const sidesOfExpression = (
  tree: Extract<Tree, { _tag: "Expression" }>,
  { scope }: Moment
): readonly [unknown, unknown] => {
  const { sides } = ofExpression(tree, tree.text)
  return sides === undefined ? [undefined, undefined] : [sides.left.run(scope), sides.right.run(scope)]
}

const absolute = (value: bigint): bigint => value < 0n ? -value : value

/** How far a number is from another in relation to that; from 0 in units. */
const distance = (value: bigint, to: bigint): number =>
  Number(absolute(value - to)) / Number(to === 0n ? Fixed.one : absolute(to))
