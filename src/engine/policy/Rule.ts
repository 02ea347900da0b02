/** A policy with all that it remembers. Plain mutable state of the evaluator. */
import type { AssetId } from "../../domain/Asset.ts"
import type { EventId, MarketEvent } from "../MarketEvent.ts"
import { timeToLive } from "../State.ts"
import type { CompiledPolicy, Trigger } from "./Compile.ts"
import { type AssetFilter, leavesOf, needsEdge } from "./Conditions.ts"
import type { EarlierHold } from "./HoldNotes.ts"
import { type Counted, LimitAccounts } from "./Limits.ts"

/** A policy in force. */
export interface Rule {
  readonly policy: CompiledPolicy
  readonly scopeOf: { readonly id: string; readonly name: string }
  /** Event time of the last firing, by "", asset or market as the cooldown counts. */
  readonly lastFired: Map<string, number>
  /** Event time of the last firing while the cooldown was counted in another way: it counts for all. */
  readonly firedBefore: number
  /** Assets its conditions have heard of, when it is evaluated per asset or plain; of a plain rule with the event that told it first. */
  readonly bound: Map<AssetId, EventId | undefined>
  /** Whether time alone can make it true. */
  readonly isTimed: boolean
  /** Whether it is true on the event of an edge alone. */
  readonly needsEdge: boolean
  /** Whether it held when last read, by asset; kept when it is timed. */
  readonly held: Map<AssetId | "", boolean>
  /** The last event that entered its conditions, by asset and ("") of all; kept when a tick can complete them. */
  readonly entered: Map<AssetId | "", MarketEvent> | undefined
  /** Series it speaks of: with the current market its windows, edges and holds are others. */
  readonly series: ReadonlyArray<AssetFilter>
  /** The oldest value that one comparison looks at, ms; `undefined`: several things are looked at. */
  readonly oldest: number | undefined
  /** Since when it holds without a break, and whether it has fired for that, by asset; with `for` only. */
  readonly holds: Map<AssetId | "", Hold>
  /** What an earlier run left of that, until it is known whether it has gone on, by asset. */
  readonly restored: Map<AssetId | "", EarlierHold>
  /** Assets for which it has fired and not been armed again; with `rearm` only. */
  readonly unarmed: Set<AssetId | "">
  readonly limits: LimitAccounts
  /** When it was last said that a limit is used up, ms of event time. */
  readonly saidLimits: Map<Counted, number>
  /** Event times of firings in the last minute, for a policy without cooldown. */
  recent: Array<number>
  off: boolean
  /** Who turned it off and why; there while `off` is. */
  offWhy: OffWhy | undefined
  /** Whether it is one comparison of one asset with a number, and nothing more: those are found by their thresholds. */
  readonly isPlain: boolean
  /** Whether it is made of comparisons with constants, none of them an edge, and nothing more: it is looked at only while it may be true. */
  readonly isWatched: boolean
  /** Whether one cooldown counts for all that may make it fire. */
  readonly hasOneCooldown: boolean
  /** The one cooldown lasts until this event time, ms. */
  quietUntil: number
  /** The last firing of this run; for explanations. */
  fired: { readonly eventId: EventId; readonly assetId: AssetId | undefined } | undefined
}

/** Why a policy is off: its file says so, a person does, or the engine turned it off. */
export interface OffWhy {
  readonly by: "file" | "person" | "engine"
  readonly actor: string
  readonly reason: string
  /** Event time, ms; absent: since it was loaded. */
  readonly at: number | undefined
}

/** How long a policy has held. */
export interface Hold {
  readonly since: number
  /** Whose event it began with. */
  readonly assetId: AssetId | undefined
  /** The current markets of its series then. */
  readonly series: string
  /** When an event last found it holding, ms of event time. */
  toldAt: number
  /** Whether its time was full, which happens once. */
  isFull: boolean
  /** Whether it fired then, and was not held back by a cooldown, a limit or for want of being armed. */
  hasFired: boolean
  /** The event on which it was written down last; absent: it was not yet. */
  notedOn: EventId | undefined
  /** Whether it began before the engine was started. */
  readonly isRestored: boolean
}

/** Who hears of a field. */
export interface Interest {
  readonly rule: Rule
  readonly trigger: Trigger
}

/** The field that changes with nothing but time. */
export const timeField = "time_to_end"

/** A policy that remembers nothing yet, its conditions included. */
export const makeRule = (policy: CompiledPolicy): Rule => {
  for (const leaf of leavesOf(policy.tree)) leaf.reset()
  if (policy.rearm !== undefined) { for (const leaf of leavesOf(policy.rearm)) leaf.reset() }
  return ruleOf(policy)
}

/** Remembers nothing of an asset any more but what was done about it: cooldowns still count, and it has to be armed again. */
export const forgetAsset = ({ bound, entered, held, policy }: Rule, assetId: AssetId): void => {
  bound.delete(assetId)
  held.delete(assetId)
  entered?.delete(assetId)
  const leaves = policy.rearm === undefined
    ? leavesOf(policy.tree)
    : [...leavesOf(policy.tree), ...leavesOf(policy.rearm)]
  for (const leaf of leaves) leaf.forgetAsset(assetId)
}

/** Whether one cooldown counts for all that may make a policy fire. */
export const hasOneCooldown = (policy: CompiledPolicy): boolean =>
  policy.cooldownPer === "policy" || (isPlain(policy) && !policy.perAsset)

const ruleOf = (policy: CompiledPolicy): Rule => ({
  policy,
  scopeOf: { id: policy.id, name: policy.name },
  lastFired: new Map(),
  firedBefore: -Infinity,
  bound: new Map(),
  isTimed: policy.onStale === "fire" ||
    policy.triggers.some(({ field, leaf }) => field === timeField || leaf?.look.window !== undefined),
  needsEdge: needsEdge(policy.tree),
  held: new Map(),
  entered: policy.holdFor > 0 || policy.onStale === "fire" || policy.triggers.some(isOfTime) ? new Map() : undefined,
  series: policy.triggers.flatMap(({ filter }) => (filter?.isSeries === true ? [filter] : [])),
  oldest: oldestOf(policy),
  holds: new Map(),
  restored: new Map(),
  unarmed: new Set(),
  limits: new LimitAccounts(policy.limits),
  saidLimits: new Map(),
  recent: [],
  ...offByFile(policy),
  isPlain: isPlain(policy),
  isWatched: !isPlain(policy) && isWatched(policy),
  hasOneCooldown: hasOneCooldown(policy),
  quietUntil: -Infinity,
  fired: undefined
})

/** How long what was told holds at least, ms; `undefined` when that takes a look. */
const oldestOf = ({ tree, triggers }: CompiledPolicy): number | undefined => {
  if (tree._tag !== "Leaf" || tree.leaf.isEdge || triggers.length !== 1 || tree.leaf.filter?.isNow !== undefined) {
    return undefined
  }
  return tree.leaf.look.maxAge ?? timeToLive
}

/** Whether a tick can be what completes the condition. */
const isOfTime = ({ field, leaf }: Trigger): boolean =>
  field === timeField || field === "tick" || field.startsWith("cron:") || leaf?.look.window !== undefined

/** Whether a policy is off because its file says so. */
export const offByFile = ({ enabled }: CompiledPolicy): Pick<Rule, "off" | "offWhy"> => ({
  off: !enabled,
  offWhy: enabled ? undefined : { by: "file", actor: "its file", reason: "enabled: false", at: undefined }
})

const plainOperators: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "crosses_above", "crosses_below"])

const isPlain = ({ holdFor, rearm, tree, triggers }: CompiledPolicy): boolean => {
  if (tree._tag !== "Leaf" || triggers.length !== 1 || holdFor > 0 || rearm !== undefined) return false
  const { field, filter, isOfAsset, look, operand, operator, source } = tree.leaf
  return field !== timeField && isOfAsset && source === undefined && operator !== undefined &&
    plainOperators.has(operator) && operand?._tag === "Constant" && typeof operand.value === "bigint" &&
    filter?.isNow === undefined && look.window === undefined && look.maxAge === undefined && look.onStale === "hold"
}

const isWatched = ({ holdFor, perAsset, rearm, tree, triggers }: CompiledPolicy): boolean =>
  holdFor === 0 && rearm === undefined && waits(tree) && triggers.every(({ leaf }) => leaf !== undefined) &&
  leavesOf(tree).every((leaf) => {
    const { field, filter, isEdge, isOfAsset, look, operand, operator } = leaf
    const isNamed = filter?.single !== undefined
    return field !== timeField && operator !== undefined && !isEdge && operand !== undefined &&
      // A pattern is matched where a rule that throws is turned off alone.
      operand._tag !== "Expression" && operand._tag !== "Pattern" && filter?.isNow === undefined &&
      look.onStale === "hold" &&
      // Either all speak of the asset of the event, or none does.
      (perAsset ? isOfAsset && !isNamed : isNamed || !isOfAsset)
  })

/** Whether there are nothing but leaves in a tree. */
const waits = (tree: CompiledPolicy["tree"]): boolean => {
  switch (tree._tag) {
    case "Leaf":
      return true
    case "All":
    case "Any":
      return tree.parts.every(waits)
    case "Not":
      return waits(tree.part)
    case "Expression":
      return false
  }
}
