/**
 * What becomes of what rules remember when another set of policies takes over. A policy whose conditions are unchanged goes on as if nothing had
 * happened; one whose conditions are new begins anew, and what it has done still counts for its cooldown and its limits. One that was off begins anew
 * when it is on again, since it has not listened meanwhile. What a person turned off stays off; what turned itself off does as long as it means the same.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type { CompiledPolicy } from "./Compile.ts"
import type { Facts } from "./Facts.ts"
import { LimitAccounts } from "./Limits.ts"
import { hasOneCooldown, makeRule, offByFile, type Rule } from "./Rule.ts"
import type { RuleIndex } from "./RuleIndex.ts"
import type { SharedWindows } from "./SharedWindow.ts"

/** What a reload did, each by the ids of policies in the order of the sets. */
export interface PolicyChange {
  readonly added: ReadonlyArray<string>
  /** Those that mean something else than before. */
  readonly changed: ReadonlyArray<string>
  readonly removed: ReadonlyArray<string>
}

/** What it does to put policies in force after those whose revisions are given by id. */
export const changeFrom = (
  before: ReadonlyMap<string, string>,
  policies: ReadonlyArray<Pick<CompiledPolicy, "id" | "revision">>
): PolicyChange => {
  const after = new Set(policies.map(({ id }) => id))
  return {
    added: policies.filter(({ id }) => !before.has(id)).map(({ id }) => id),
    changed: policies.filter(({ id, revision }) => before.has(id) && before.get(id) !== revision).map(({ id }) => id),
    removed: [...before.keys()].filter((id) => !after.has(id))
  }
}

/** Policies that are gone whose deeds are remembered; the oldest are forgotten beyond this. */
const mostDeparted = 10_000

/** What policies that are gone have done: it counts again should they come back. */
export class Departed {
  readonly #rules = new Map<string, Rule>()

  /** Remembers what a rule did, when it did anything. */
  add(rule: Rule): void {
    const { id } = rule.policy
    this.#rules.delete(id)
    if (latestOf(rule) === -Infinity && !rule.off) return
    // Of the rule only its deeds are needed: what its conditions remembered is let go.
    this.#rules.set(
      id,
      succeed(rule, { ...rule.policy, tree: nothing, rearm: undefined, triggers: [], conditions: "" })
    )
    const [oldest] = this.#rules.keys()
    if (this.#rules.size > mostDeparted && oldest !== undefined) this.#rules.delete(oldest)
  }

  /** What a policy did when it was there last. */
  take(id: string): Rule | undefined {
    const rule = this.#rules.get(id)
    this.#rules.delete(id)
    return rule
  }
}

const nothing: CompiledPolicy["tree"] = { _tag: "Any", parts: [] }

/** The rule of a policy that takes over from one of the same id. */
export const succeed = (before: Rule, policy: CompiledPolicy): Rule => {
  const isSame = before.policy.revision === policy.revision
  const goesOn = before.policy.conditions === policy.conditions && (isSame || !before.off)
  const { rearm, tree, triggers } = before.policy
  const rule = goesOn ? { ...before, policy: { ...policy, tree, rearm, triggers } } : makeRule(policy)
  const isCountedAlike = before.policy.cooldownPer === policy.cooldownPer
  return {
    ...rule,
    scopeOf: { id: policy.id, name: policy.name },
    hasOneCooldown: hasOneCooldown(rule.policy),
    lastFired: isCountedAlike ? before.lastFired : new Map(),
    firedBefore: isCountedAlike ? before.firedBefore : latestOf(before),
    limits: new LimitAccounts(policy.limits, before.limits),
    saidLimits: isSame ? before.saidLimits : new Map(),
    recent: isSame || !before.off ? before.recent : [],
    ...(isSame || before.offWhy?.by === "person"
      ? { off: before.off, offWhy: before.offWhy }
      : offByFile(policy)),
    unarmed: isSame ? before.unarmed : rule.unarmed,
    quietUntil: goesOn && before.policy.cooldown === policy.cooldown ? before.quietUntil : -Infinity
  }
}

/** The rule of a policy that is turned on: it begins anew, since it has not listened while it was off; what it did still counts. */
export const beginAgain = (before: Rule): Rule => ({
  ...makeRule(before.policy),
  off: false,
  offWhy: undefined,
  lastFired: before.lastFired,
  firedBefore: before.firedBefore,
  limits: before.limits,
  unarmed: before.unarmed,
  quietUntil: before.quietUntil
})

/** Event time of a rule's last firing, -Infinity before the first. */
const latestOf = ({ firedBefore, lastFired }: Rule): number =>
  [...lastFired.values()].reduce((a, b) => Math.max(a, b), firedBefore)

/** Lets go of windows, and of what they hold of single assets, that nobody has listened to without a break. */
export const settleWindows = (
  windows: SharedWindows,
  before: RuleIndex,
  rules: ReadonlyArray<Rule>,
  facts: Facts
): void => {
  const going = new Set(rules.filter(({ off }) => !off).flatMap(({ policy }) => policy.triggers))
  for (const [window, lookers] of before.lookers) {
    const staying = lookers.filter(({ rule, trigger }) => !rule.off && going.has(trigger))
    if (staying.length === lookers.length) continue
    if (staying.length === 0) {
      windows.drop(window)
      continue
    }
    const filters = staying.map(({ trigger }) => trigger.filter)
    const named = new Set(filters.map((filter) => filter?.single?.(facts)))
    const wide = filters.filter((filter) => filter?.single === undefined)
    const isHeard = (assetId: AssetId | undefined) =>
      named.has(assetId) ||
      wide.some((filter) => filter === undefined || (assetId !== undefined && filter.matches(facts, assetId)))
    window.keep(isHeard)
  }
}
