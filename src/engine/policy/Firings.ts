/**
 * What stands between true conditions and a decision: cooldowns, limits, and turning off a policy that runs away or throws. Changes what rules remember
 * of their firings.
 */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { ConditionId, Market } from "../../domain/Market.ts"
import * as Span from "../../domain/Span.ts"
import { hashOf } from "../HashOf.ts"
import type { CompiledPolicy } from "./Compile.ts"
import type { Decision } from "./Decision.ts"
import type { Facts } from "./Facts.ts"
import { costOf, type Limit } from "./Limits.ts"
import type { Rule } from "./Rule.ts"
import type { Scope } from "./Scope.ts"
import type { Switch, Switches } from "./Switches.ts"

/** A policy that turned itself off or fell silent, told once. */
export interface TurnedOff {
  readonly policyId: string
  readonly reason: string
  /** Absent: it is silent for a while, and not off. */
  readonly off?: Switch
}

const minute = 60_000

/** Firings of the policies of an evaluator. */
export class Firings {
  readonly #facts: Facts
  readonly #switches: Switches
  readonly #runaway: number
  readonly #turnedOff: Array<TurnedOff> = []

  /** `runaway`: firings a minute after which a policy without cooldown turns itself off. */
  constructor(facts: Facts, switches: Switches, runaway: number) {
    this.#facts = facts
    this.#switches = switches
    this.#runaway = runaway
  }

  /** Policies that turned themselves off since this was last asked. */
  takeTurnedOff(): ReadonlyArray<TurnedOff> {
    return this.#turnedOff.splice(0)
  }

  /** Runs something of a rule; a rule that throws is turned off, and the others go on. */
  guard<A>(rule: Rule, otherwise: A, run: () => A): A {
    try {
      return run()
    } catch (error) {
      this.turnOff(rule, `failed: ${String(error)}`)
      return otherwise
    }
  }

  private turnOff(rule: Rule, reason: string): void {
    const { id: policyId, revision } = rule.policy
    const off: Switch = {
      policyId,
      isOn: false,
      by: "engine",
      actor: "engine",
      reason,
      revision,
      receivedAt: this.#facts.now
    }
    this.#switches.add(off)
    Object.assign(rule, this.#switches.stateOf(rule.policy))
    this.#turnedOff.push({ policyId, reason: `${reason}; to turn it on again: policy enable ${policyId}`, off })
  }

  /** Cooldowns per market that were counted by asset, because the market was not known yet, count by market from here on. */
  rekey(rules: ReadonlyArray<Rule>, market: Market): void {
    for (const rule of rules) {
      if (rule.policy.cooldownPer !== "market") continue
      for (const { assetId } of market.outcomes) {
        const at = rule.lastFired.get(assetId)
        if (at === undefined) continue
        rule.lastFired.delete(assetId)
        rule.lastFired.set(market.conditionId, Math.max(at, rule.lastFired.get(market.conditionId) ?? 0))
      }
    }
  }

  /** What a cooldown counts by: "", an asset, or its market. */
  cooldownKey(policy: CompiledPolicy, assetId: AssetId | undefined, market: ConditionId | undefined): string {
    if (policy.cooldownPer === "policy" || assetId === undefined) return ""
    return policy.cooldownPer === "asset" ? assetId : market ?? this.#facts.market(assetId)?.conditionId ?? assetId
  }

  /** Fires a rule whose conditions are true, unless its cooldown or a limit holds it back. */
  fire(rule: Rule, scope: Scope): Decision | undefined {
    const { policy } = rule
    const { event } = scope
    const now = event.receivedAt
    const market = scope.assetId === undefined ? undefined : this.#facts.market(scope.assetId)?.conditionId
    const key = this.cooldownKey(policy, scope.assetId, market)
    const last = rule.lastFired.get(key) ?? rule.firedBefore
    if (now - last < policy.cooldown) return undefined
    const actions = policy.actions.map((action) => action(scope))
    const cost = costOf(actions)
    const broken = rule.limits.broken(now, cost)
    if (broken !== undefined) {
      this.sayLimit(rule, broken, now, rule.limits.reached(now).includes(broken) ? 0n : cost[broken.what])
      return undefined
    }
    const isBounded = policy.cooldown > 0 || policy.rearm !== undefined || policy.limits.length > 0
    if (!isBounded && this.isRunningAway(rule, now)) return undefined
    rule.lastFired.set(key, now)
    rule.fired = { eventId: event.id, assetId: scope.assetId }
    if (rule.hasOneCooldown) rule.quietUntil = now + policy.cooldown
    rule.limits.spend(now, cost)
    for (const reached of rule.limits.reached(now)) this.sayLimit(rule, reached, now, 0n)
    if (policy.rearm !== undefined) rule.unarmed.add(policy.perAsset ? scope.assetId ?? "" : "")
    return {
      firingId: hashOf([policy.id, policy.revision, String(event.id), scope.assetId ?? ""]),
      policyId: policy.id,
      revision: policy.revision,
      eventId: event.id,
      receivedAt: now,
      assetId: scope.assetId,
      market,
      actions
    }
  }

  /** Says that a limit is used up, or that something would take more than is left of it; once in its stretch of time. */
  private sayLimit(rule: Rule, { most, span, what }: Limit, now: number, wanted: Fixed.Fixed): void {
    if (now - (rule.saidLimits.get(what) ?? -Infinity) < span) return
    rule.saidLimits.set(what, now)
    const limit = `${Fixed.toDecimal(most)} ${what} per ${Span.toText(span)}`
    this.#turnedOff.push({
      policyId: rule.policy.id,
      reason: wanted === 0n
        ? `limit reached: ${limit}; silent until some of it has passed`
        : `limit reached: ${limit} has no room for ${Fixed.toDecimal(wanted)} more; silent as long as that is so`
    })
  }

  private isRunningAway(rule: Rule, now: number): boolean {
    rule.recent = rule.recent.filter((at) => now - at < minute)
    if (rule.recent.length < this.#runaway) {
      rule.recent.push(now)
      return false
    }
    this.turnOff(rule, `fired ${this.#runaway} times within a minute without a cooldown`)
    return true
  }
}
