/** The policies in force: what earlier runs, reloads and switches make of what each remembers. Plain mutable state. */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { ConditionId } from "../../domain/Market.ts"
import type { Control } from "../MarketEvent.ts"
import type { CompiledPolicy } from "./Compile.ts"
import { Facts, type Meant } from "./Facts.ts"
import { Firings } from "./Firings.ts"
import type { EarlierHold } from "./HoldNotes.ts"
import { Holds } from "./Holds.ts"
import { forgetAsset, makeRule, type Rule } from "./Rule.ts"
import { RuleIndex } from "./RuleIndex.ts"
import { SharedWindows } from "./SharedWindow.ts"
import { beginAgain, changeFrom, Departed, type PolicyChange, settleWindows, succeed } from "./Succession.ts"
import { type Switch, Switches } from "./Switches.ts"

/** A firing an earlier run wrote down: its cooldown still counts. */
export interface EarlierFiring {
  readonly policyId: string
  readonly assetId?: AssetId
  readonly market?: ConditionId
  /** Event time, ms. */
  readonly receivedAt: number
}

/** What an earlier run ordered for a policy: its limits still count it. */
export interface EarlierOrder {
  readonly policyId: string
  /** Event time, ms. */
  readonly receivedAt: number
  /** pUSD. */
  readonly notional: Fixed.Fixed
}

/** An earlier run armed a policy with `rearm` again. */
export interface EarlierArming {
  readonly policyId: string
  readonly assetId?: AssetId
  /** Event time, ms. */
  readonly receivedAt: number
}

/** What an earlier run did. */
interface Earlier {
  readonly firings: ReadonlyArray<EarlierFiring>
  readonly orders: ReadonlyArray<EarlierOrder>
  readonly armings: ReadonlyArray<EarlierArming>
}

const earlierOf = (
  { armings, firings, orders }: Earlier,
  isWanted: (deed: { readonly policyId: string }) => boolean
): Earlier => ({
  firings: firings.filter(isWanted),
  orders: orders.filter(isWanted),
  armings: armings.filter(isWanted)
})

/** A set of rules with what they share. */
export class Roster {
  readonly facts: Facts
  readonly windows = new SharedWindows()
  readonly firings: Firings
  readonly holds: Holds
  /** The rules in force, by what they listen to. */
  index: RuleIndex
  readonly #departed = new Departed()
  readonly #switches = new Switches()
  /** What earlier runs did for policies that have not been in force in this one. */
  #earlier: Earlier = { firings: [], orders: [], armings: [] }

  /** `runaway`: firings a minute after which a policy without cooldown turns itself off. */
  constructor(policies: ReadonlyArray<CompiledPolicy>, runaway: number, meant: Meant | undefined) {
    this.index = new RuleIndex(policies.map(makeRule), this.windows)
    this.facts = new Facts(this.index.fields, meant)
    this.firings = new Firings(this.facts, this.#switches, runaway)
    this.holds = new Holds(this.facts, this.firings)
  }

  /** Takes back cooldowns, limits, switches, holds and what has to be armed again of an earlier run; lists of deeds in the order of time. */
  restore(
    firings: ReadonlyArray<EarlierFiring>,
    orders: ReadonlyArray<EarlierOrder> = [],
    switches: ReadonlyArray<Switch> = [],
    holds: ReadonlyArray<EarlierHold> = [],
    armings: ReadonlyArray<EarlierArming> = []
  ): void {
    for (const one of switches) this.#switches.add(one)
    for (const rule of this.index.rules) Object.assign(rule, this.#switches.stateOf(rule.policy))
    const byId = new Map(this.index.rules.map((rule) => [rule.policy.id, rule]))
    const deeds = { firings, orders, armings }
    this.#remember(byId, deeds)
    this.holds.restore(byId, holds)
    this.#earlier = earlierOf(deeds, ({ policyId }) => !byId.has(policyId))
  }

  #remember(byId: ReadonlyMap<string, Rule>, { armings, firings, orders }: Earlier): void {
    const armedAt = new Map(
      armings.map(({ assetId, policyId, receivedAt }) => [`${policyId} ${assetId ?? ""}`, receivedAt])
    )
    for (const { notional, policyId, receivedAt } of orders) {
      byId.get(policyId)?.limits.spend(receivedAt, { orders: Fixed.one, notional })
    }
    for (const firing of firings) {
      const rule = byId.get(firing.policyId)
      if (rule === undefined) continue
      rule.limits.spend(firing.receivedAt, { firings: Fixed.one })
      const asset = rule.policy.perAsset ? firing.assetId ?? "" : ""
      const isArmed = firing.receivedAt < (armedAt.get(`${firing.policyId} ${asset}`) ?? -Infinity)
      if (rule.policy.rearm !== undefined && !isArmed) rule.unarmed.add(asset)
      const keys = new Set([this.firings.cooldownKey(rule.policy, firing.assetId, firing.market)])
      // Until the market is described, its asset is all there is to know it by.
      if (rule.policy.cooldownPer === "market" && firing.assetId !== undefined) keys.add(firing.assetId)
      if (rule.hasOneCooldown) rule.quietUntil = Math.max(rule.quietUntil, firing.receivedAt + rule.policy.cooldown)
      for (const key of keys) {
        rule.lastFired.set(key, Math.max(firing.receivedAt, rule.lastFired.get(key) ?? 0))
      }
    }
  }

  /**
   * Puts another set of policies in force, each with an id of its own. Those whose conditions are unchanged keep all they remember; of the others,
   * and of those that were there once, cooldowns and limits still count.
   */
  reload(policies: ReadonlyArray<CompiledPolicy>): PolicyChange {
    const change = changeFrom(this.revisions(), policies)
    const before = new Map(this.index.rules.map((rule) => [rule.policy.id, rule]))
    const added = new Map<string, Rule>()
    const rules = policies.map((policy) => {
      const old = before.get(policy.id)
      before.delete(policy.id)
      if (old !== undefined) {
        if (old.policy.revision === policy.revision) return old
        const rule = succeed(old, policy)
        if (rule.holds !== old.holds) this.holds.abandon(old)
        return rule
      }
      const departed = this.#departed.take(policy.id)
      const rule = departed === undefined ? makeRule(policy) : succeed(departed, policy)
      added.set(policy.id, rule)
      return rule
    })
    this.#restoreEarlier(added)
    for (const rule of before.values()) {
      this.holds.abandon(rule)
      this.#departed.add(rule)
    }
    for (const rule of rules) {
      Object.assign(rule, this.#switches.stateOf(rule.policy))
      if (rule.off) this.holds.abandon(rule)
    }
    this.#putInForce(rules)
    return change
  }

  #putInForce(rules: ReadonlyArray<Rule>): void {
    settleWindows(this.windows, this.index, rules, this.facts)
    this.index = new RuleIndex(rules, this.windows, this.index)
    this.facts.want(this.index.fields)
  }

  /** Turns a policy on or off as somebody wants it; one that is so already stays as it is. */
  turn({ action, actor, reason, receivedAt, subject }: Control): void {
    const rule = subject === undefined ? undefined : this.inspect(subject)
    if (rule === undefined || (action !== "enable" && action !== "disable")) return
    const { id: policyId, revision } = rule.policy
    const isOn = action === "enable"
    this.#switches.add({ policyId, isOn, by: "person", actor, reason, revision, receivedAt })
    if (!isOn) Object.assign(rule, this.#switches.stateOf(rule.policy))
    else if (rule.off) this.#putInForce(this.index.rules.map((one) => one === rule ? beginAgain(rule) : one))
  }

  /** Takes back what earlier runs did for policies that were not there when that was restored; once each. */
  #restoreEarlier(added: ReadonlyMap<string, Rule>): void {
    const isTheirs = ({ policyId }: { readonly policyId: string }) => added.has(policyId)
    const theirs = earlierOf(this.#earlier, isTheirs)
    if (theirs.firings.length === 0 && theirs.orders.length === 0) return
    this.#remember(added, theirs)
    this.#earlier = earlierOf(this.#earlier, (one) => !isTheirs(one))
  }

  /** Lets go of what is remembered of markets that are long over, unless policies name them; says of which tokens. What was done still counts. */
  forgetOver(): ReadonlyArray<AssetId> {
    const over = this.facts.longOver()
    if (over.length === 0) return []
    const named = this.#named()
    const markets = over.filter(({ outcomes }) => !outcomes.some(({ assetId }) => named.has(assetId)))
    const assets = markets.flatMap(({ outcomes }) => outcomes.map(({ assetId }) => assetId))
    const gone = new Set<AssetId | undefined>(assets)
    for (const market of markets) this.facts.forget(market)
    for (const window of this.index.lookers.keys()) window.keep((assetId) => !gone.has(assetId))
    for (const rule of this.index.rules) for (const assetId of assets) forgetAsset(rule, assetId)
    this.index.forgetAssets(assets)
    return assets
  }

  /** The tokens that policies name themselves, other than by series. */
  #named(): ReadonlySet<AssetId> {
    const filters = this.index.rules.flatMap(({ policy }) => policy.triggers.map(({ filter }) => filter))
    return new Set(
      filters.flatMap((filter) => (filter?.isSeries === true ? [] : filter?.single?.(this.facts) ?? []))
    )
  }

  /** The revisions of all policies in force, by id. */
  revisions(): ReadonlyMap<string, string> {
    return new Map(this.index.rules.map(({ policy }) => [policy.id, policy.revision]))
  }

  /** The ids of all policies in force. */
  policyIds(): ReadonlyArray<string> {
    return this.index.rules.map(({ policy }) => policy.id)
  }

  /** A policy with what it remembers, to be looked at and not changed; `undefined` when there is no such policy. */
  inspect(policyId: string): Rule | undefined {
    return this.index.rules.find(({ policy }) => policy.id === policyId)
  }
}
