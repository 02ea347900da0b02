/**
 * The fold that decides: `(state, event) → decisions`. The same policies and the same events in the same order give the same
 * decisions. State is facts, edges, cooldowns and counters; it is changed in place by `take`.
 *
 * Policies are found by what an event told (field and asset), so an event costs what it matches, not what is loaded.
 */
import { createHash } from "node:crypto"
import type { AssetId } from "../../domain/Asset.ts"
import { isBlinding } from "../MarketEvent.ts"
import type { MarketEvent } from "../MarketEvent.ts"
import type { CompiledPolicy, Trigger } from "./Compile.ts"
import { leavesOf, read } from "./Conditions.ts"
import type { Leaf } from "./Conditions.ts"
import type { Decision } from "./Decision.ts"
import { Facts } from "./Facts.ts"
import type { Told } from "./Facts.ts"
import type { Scope } from "./Scope.ts"

/** A firing an earlier run wrote down: its cooldown still counts. */
export interface EarlierFiring {
  readonly policyId: string
  readonly assetId?: AssetId
  /** Event time, ms. */
  readonly receivedAt: number
}

/** A policy that turned itself off, told once. */
export interface TurnedOff {
  readonly policyId: string
  readonly reason: string
}

interface Rule {
  readonly policy: CompiledPolicy
  readonly scopeOf: { readonly id: string; readonly name: string }
  /** Event time of the last firing, by "", asset or market as the cooldown counts. */
  readonly lastFired: Map<string, number>
  /** Assets its conditions have heard of, when it is evaluated per asset. */
  readonly bound: Set<AssetId>
  /** Event times of firings in the last minute, for a policy without cooldown. */
  recent: Array<number>
  off: boolean
}

interface Interest {
  readonly rule: Rule
  readonly trigger: Trigger
}

const minute = 60_000

/** The policies in force and all they remember. */
export class Evaluator {
  readonly facts: Facts
  private readonly rules: ReadonlyArray<Rule>
  /** Those with edges, which a gap disarms. */
  private readonly leaves: ReadonlyArray<Leaf>
  /** By field: who may be interested. */
  private readonly interests = new Map<string, ReadonlyArray<Interest>>()
  /** By field and asset: who is, against the markets known so far. */
  private readonly found = new Map<string, Map<AssetId | "", ReadonlyArray<Interest>>>()
  private readonly runaway: number
  private readonly turnedOff: Array<TurnedOff> = []

  /** `runaway`: firings a minute after which a policy without cooldown turns itself off. `wallet`: whose positions policies mean. */
  constructor(policies: ReadonlyArray<CompiledPolicy>, runaway: number, wallet?: string) {
    this.runaway = runaway
    this.rules = policies.map((policy) => ({
      policy,
      scopeOf: { id: policy.id, name: policy.name },
      lastFired: new Map(),
      bound: new Set(),
      recent: [],
      off: !policy.enabled
    }))
    const interests = new Map<string, Array<Interest>>()
    for (const rule of this.rules) {
      for (const trigger of rule.policy.triggers) {
        const list = interests.get(trigger.field) ?? []
        list.push({ rule, trigger })
        interests.set(trigger.field, list)
      }
    }
    this.interests = interests
    this.leaves = this.rules.flatMap(({ policy }) => leavesOf(policy.tree)).filter((leaf) => leaf.isEdge)
    this.facts = new Facts(new Set(interests.keys()), wallet)
  }

  /** Takes back the cooldowns of an earlier run. */
  restore(firings: ReadonlyArray<EarlierFiring>): void {
    for (const firing of firings) {
      const rule = this.rules.find(({ policy }) => policy.id === firing.policyId)
      if (rule === undefined) continue
      const key = this.cooldownKey(rule.policy, firing.assetId)
      rule.lastFired.set(key, Math.max(firing.receivedAt, rule.lastFired.get(key) ?? 0))
    }
  }

  /** Policies that turned themselves off since this was last asked. */
  takeTurnedOff(): ReadonlyArray<TurnedOff> {
    return this.turnedOff.splice(0)
  }

  /** Takes an event and decides, by priority, then by id. */
  take(event: MarketEvent): ReadonlyArray<Decision> {
    const told = this.facts.take(event)
    if (event._tag === "MarketMetadata" || event._tag === "MarketLifecycle") this.found.clear()
    if (isBlinding(event)) {
      for (const assetId of this.facts.blinded(event)) for (const leaf of this.leaves) leaf.disarm(assetId)
    }
    return told.fields.length === 0 ? none : this.evaluate(event, told)
  }

  private evaluate(event: MarketEvent, told: Told): ReadonlyArray<Decision> {
    let hit: Map<Rule, Set<Leaf>> | undefined
    for (const field of told.fields) {
      const interested = this.interestedIn(field, told.assetId)
      for (const { rule, trigger } of interested) {
        if (rule.off || (trigger.source !== undefined && trigger.source !== event.source)) continue
        hit ??= new Map()
        let leaves = hit.get(rule)
        if (leaves === undefined) {
          leaves = new Set()
          hit.set(rule, leaves)
        }
        if (trigger.leaf !== undefined) {
          leaves.add(trigger.leaf)
          if (trigger.leaf.isEdge) trigger.leaf.touch(this.scope(rule, event, told.assetId), told.assetId)
        }
        if (told.assetId !== undefined && rule.policy.perAsset && trigger.filter?.single === undefined) {
          rule.bound.add(told.assetId)
        }
      }
    }
    if (hit === undefined) return none
    const decisions: Array<{ readonly priority: number; readonly decision: Decision }> = []
    for (const [rule, leaves] of hit) {
      for (const assetId of this.boundTo(rule, told, leaves)) {
        const scope = this.scope(rule, event, assetId)
        if (read(rule.policy.tree, scope, assetId, leaves) !== true) continue
        const decision = this.fire(rule, scope)
        if (decision !== undefined) decisions.push({ priority: rule.policy.priority, decision })
      }
    }
    if (decisions.length > 1) {
      decisions.sort((a, b) => b.priority - a.priority || (a.decision.policyId < b.decision.policyId ? -1 : 1))
    }
    return decisions.map(({ decision }) => decision)
  }

  /** The assets a rule is evaluated for: the event's when its own news concerns a condition of any asset, else all it knows. */
  private boundTo(rule: Rule, told: Told, leaves: ReadonlySet<Leaf>): Iterable<AssetId | undefined> {
    if (!rule.policy.perAsset) return [told.assetId]
    if (told.assetId !== undefined && rule.bound.has(told.assetId)) {
      for (const leaf of leaves) if (leaf.filter?.single === undefined) return [told.assetId]
      if (leaves.size === 0) return [told.assetId]
    }
    return rule.bound
  }

  private interestedIn(field: string, assetId: AssetId | undefined): ReadonlyArray<Interest> {
    const interests = this.interests.get(field)
    if (interests === undefined) return none
    let byAsset = this.found.get(field)
    if (byAsset === undefined) {
      byAsset = new Map()
      this.found.set(field, byAsset)
    }
    const key = assetId ?? ""
    let interested = byAsset.get(key)
    if (interested === undefined) {
      interested = interests.filter(({ trigger: { filter } }) =>
        filter === undefined || (assetId !== undefined && filter.matches(this.facts, assetId))
      )
      byAsset.set(key, interested)
    }
    return interested
  }

  private scope(rule: Rule, event: MarketEvent, assetId: AssetId | undefined): Scope {
    return { facts: this.facts, event, assetId, policy: rule.scopeOf }
  }

  private cooldownKey(policy: CompiledPolicy, assetId: AssetId | undefined): string {
    if (policy.cooldownPer === "policy" || assetId === undefined) return ""
    return policy.cooldownPer === "asset" ? assetId : this.facts.market(assetId)?.conditionId ?? assetId
  }

  private fire(rule: Rule, scope: Scope): Decision | undefined {
    const { policy } = rule
    const { event } = scope
    const now = event.receivedAt
    const key = this.cooldownKey(policy, scope.assetId)
    const last = rule.lastFired.get(key)
    if (last !== undefined && now - last < policy.cooldown) return undefined
    if (policy.cooldown === 0 && this.isRunningAway(rule, now)) return undefined
    rule.lastFired.set(key, now)
    return {
      firingId: hashOf([policy.id, policy.revision, String(event.id), scope.assetId ?? ""]),
      policyId: policy.id,
      revision: policy.revision,
      eventId: event.id,
      receivedAt: now,
      assetId: scope.assetId,
      actions: policy.actions.map((action) => action(scope))
    }
  }

  private isRunningAway(rule: Rule, now: number): boolean {
    rule.recent = rule.recent.filter((at) => now - at < minute)
    if (rule.recent.length < this.runaway) {
      rule.recent.push(now)
      return false
    }
    rule.off = true
    this.turnedOff.push({
      policyId: rule.policy.id,
      reason: `fired ${this.runaway} times within a minute without a cooldown; turned off`
    })
    return true
  }
}

const none: ReadonlyArray<never> = []

/** SHA-256 over parts that cannot run into each other. */
export const hashOf = (parts: ReadonlyArray<string>): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex")
