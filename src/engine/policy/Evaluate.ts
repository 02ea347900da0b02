/**
 * The fold that decides: `(state, event) → decisions`. The same policies and the same events in the same order give the same
 * decisions. State is facts, edges, cooldowns and counters; it is changed in place by `take`.
 *
 * Policies are found by what an event told (field and asset), so an event costs what it matches, not what is loaded.
 */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { ConditionId } from "../../domain/Market.ts"
import { assetOf, isBlinding } from "../MarketEvent.ts"
import type { Control, EventId, MarketEvent, PriceUpdate } from "../MarketEvent.ts"
import type { CompiledPolicy } from "./Compile.ts"
import { read, unresolved } from "./Conditions.ts"
import type { Leaf } from "./Conditions.ts"
import type { Decision } from "./Decision.ts"
import { Facts } from "./Facts.ts"
import type { Reading, Told } from "./Facts.ts"
import { Firings, type TurnedOff } from "./Firings.ts"
import type { EarlierHold } from "./HoldNotes.ts"
import { Holds } from "./Holds.ts"
import type { Lane } from "./Lane.ts"
import { Pile } from "./Pile.ts"
import { type Interest, makeRule, type Rule, timeField } from "./Rule.ts"
import { RuleIndex, type SeenPlainly } from "./RuleIndex.ts"
import type { Scope } from "./Scope.ts"
import { SharedWindows } from "./SharedWindow.ts"
import { quoteValue } from "./SourceFacts.ts"
import { beginAgain, changeFrom, Departed, type PolicyChange, settleWindows, succeed } from "./Succession.ts"
import { type Switch, Switches } from "./Switches.ts"
import type { Instance, Watch } from "./Watch.ts"

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

/** What an event is to a rule. */
interface Hit {
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

/** The policies in force and all they remember. */
export class Evaluator {
  readonly facts: Facts
  private index: RuleIndex
  private readonly departed = new Departed()
  private readonly switches = new Switches()
  /** What earlier runs did for policies that have not been in force in this one. */
  private earlier: { readonly firings: ReadonlyArray<EarlierFiring>; readonly orders: ReadonlyArray<EarlierOrder> } = {
    firings: none,
    orders: none
  }
  /** By field and asset: the value that crossings of plain comparisons are crossings from. */
  private readonly seen = new Map<string, Map<AssetId, SeenPlainly>>()
  private readonly windows = new SharedWindows()
  /** What an event is worked out with. */
  private readonly scratch = { touched: new Pile<Watch>(), dirty: new Pile<Instance>(), decisions: new Pile<Ranked>() }
  readonly firings: Firings
  readonly holds: Holds

  /** `runaway`: firings a minute after which a policy without cooldown turns itself off. `wallet`: whose positions policies mean. */
  constructor(policies: ReadonlyArray<CompiledPolicy>, runaway: number, wallet?: string) {
    this.index = new RuleIndex(policies.map(makeRule), this.windows)
    this.facts = new Facts(this.index.fields, wallet)
    this.firings = new Firings(this.facts, this.switches, runaway)
    this.holds = new Holds(this.facts, this.firings)
  }

  /** Takes back cooldowns, limits, switches, holds and what has to be armed again of an earlier run; lists of deeds in the order of time. */
  restore(
    firings: ReadonlyArray<EarlierFiring>,
    orders: ReadonlyArray<EarlierOrder> = [],
    switches: ReadonlyArray<Switch> = [],
    holds: ReadonlyArray<EarlierHold> = []
  ): void {
    for (const one of switches) this.switches.add(one)
    for (const rule of this.index.rules) Object.assign(rule, this.switches.stateOf(rule.policy))
    const byId = new Map(this.index.rules.map((rule) => [rule.policy.id, rule]))
    this.remember(byId, firings, orders)
    this.holds.restore(byId, holds)
    const isUnknown = ({ policyId }: { readonly policyId: string }) => !byId.has(policyId)
    this.earlier = { firings: firings.filter(isUnknown), orders: orders.filter(isUnknown) }
  }

  private remember(
    byId: ReadonlyMap<string, Rule>,
    firings: ReadonlyArray<EarlierFiring>,
    orders: ReadonlyArray<EarlierOrder>
  ): void {
    for (const { notional, policyId, receivedAt } of orders) {
      byId.get(policyId)?.limits.spend(receivedAt, { orders: Fixed.one, notional })
    }
    for (const firing of firings) {
      const rule = byId.get(firing.policyId)
      if (rule === undefined) continue
      rule.limits.spend(firing.receivedAt, { firings: Fixed.one })
      if (rule.policy.rearm !== undefined) rule.unarmed.add(rule.policy.perAsset ? firing.assetId ?? "" : "")
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
      const departed = this.departed.take(policy.id)
      const rule = departed === undefined ? makeRule(policy) : succeed(departed, policy)
      added.set(policy.id, rule)
      return rule
    })
    this.restoreEarlier(added)
    for (const rule of before.values()) {
      this.holds.abandon(rule)
      this.departed.add(rule)
    }
    for (const rule of rules) {
      Object.assign(rule, this.switches.stateOf(rule.policy))
      if (rule.off) this.holds.abandon(rule)
    }
    this.putInForce(rules)
    return change
  }

  private putInForce(rules: ReadonlyArray<Rule>): void {
    settleWindows(this.windows, this.index, rules, this.facts)
    this.index = new RuleIndex(rules, this.windows, this.index)
    this.facts.want(this.index.fields)
  }

  /** Turns a policy on or off as somebody wants it; one that is so already stays as it is. */
  private turn({ action, actor, reason, receivedAt, subject }: Control): void {
    const rule = subject === undefined ? undefined : this.inspect(subject)
    if (rule === undefined || (action !== "enable" && action !== "disable")) return
    const { id: policyId, revision } = rule.policy
    const isOn = action === "enable"
    this.switches.add({ policyId, isOn, by: "person", actor, reason, revision, receivedAt })
    if (!isOn) Object.assign(rule, this.switches.stateOf(rule.policy))
    else if (rule.off) this.putInForce(this.index.rules.map((one) => one === rule ? beginAgain(rule) : one))
  }

  /** Takes back what earlier runs did for policies that were not there when that was restored; once each. */
  private restoreEarlier(added: ReadonlyMap<string, Rule>): void {
    const isTheirs = ({ policyId }: { readonly policyId: string }) => added.has(policyId)
    const { firings, orders } = this.earlier
    if (!firings.some(isTheirs) && !orders.some(isTheirs)) return
    this.remember(added, firings.filter(isTheirs), orders.filter(isTheirs))
    this.earlier = {
      firings: firings.filter((one) => !isTheirs(one)),
      orders: orders.filter((one) => !isTheirs(one))
    }
  }

  /** Policies that turned themselves off since this was last asked. */
  takeTurnedOff(): ReadonlyArray<TurnedOff> {
    return this.firings.takeTurnedOff()
  }

  /** Takes an event and decides, by priority, then by id. */
  take(event: MarketEvent): ReadonlyArray<Decision> {
    const { namings } = this.facts
    const told = this.facts.take(event)
    if (event._tag === "Control") this.turn(event)
    if (event._tag === "MarketMetadata") this.firings.rekey(this.index.rules, event.market)
    if (namings !== this.facts.namings) this.index.forget()
    if (isBlinding(event)) {
      for (const assetId of this.facts.blinded(event)) {
        for (const leaf of this.index.leaves) leaf.disarm(assetId, event.feed)
        for (const byAsset of this.seen.values()) {
          const seen = byAsset.get(assetId)
          if (seen?.now?.source === event.feed) {
            Object.assign(seen, { eventId: undefined, before: undefined, now: undefined })
          }
        }
      }
      this.holds.breakUnknown(this.index.rules, event)
    }
    const isSecond = event._tag === "Tick" && event.kind === "clock"
    return told.fields.length === 0 && !isSecond ? none : this.evaluate(event, told, isSecond)
  }

  private evaluate(event: MarketEvent, told: Told, isSecond: boolean): ReadonlyArray<Decision> {
    const { facts } = this
    const { quote } = told
    let hits: Map<Rule, Hit> | undefined
    const { decisions, dirty, touched } = this.scratch
    touched.clear()
    dirty.clear()
    decisions.clear()
    for (const assetId of told.assetIds) {
      for (const found of this.index.findAll(facts, told.fields, assetId)) {
        const { field, lane, others, watches } = found
        if (lane !== undefined || watches.length > 0) {
          const isPrimary = quote !== undefined || facts.isPrimary(field, assetId, event.source)
          const now = quote !== undefined
            ? readingOf(quote, field)
            : isPrimary
            ? facts.read(field, assetId)
            : undefined
          if (isPrimary && lane !== undefined && assetId !== undefined) {
            const seen = found.seen ??= this.seenOf(field, assetId)
            this.run(lane, lane.take(see(seen, now, event.id), now, event.receivedAt), event, assetId, decisions)
          }
          for (const watch of watches) {
            const { source } = watch.of
            if (source === undefined && !isPrimary) watch.contest()
            if (source === undefined ? !isPrimary : source !== event.source) continue
            watch.take(facts, event, source === undefined ? now : facts.read(field, assetId, source), dirty)
            touched.add(watch)
          }
        }
        for (const interest of others) this.hear(hits ??= new Map(), interest, event, assetId)
      }
    }
    if (isSecond) this.passTime(hits ??= new Map(), touched, dirty, event)
    for (let at = 0; at < dirty.size; at++) dirty.at(at).refresh()
    for (let at = 0; at < touched.size; at++) this.look(touched.at(at), event, isSecond, decisions)
    for (const [rule, hit] of hits ?? none) this.decideOf(rule, hit, event, decisions)
    return decisions.size === 0 ? none : ranked(decisions.all())
  }

  /** Fires plain rules that are true, but for those in their cooldown. */
  private run(
    lane: Lane,
    rules: ReadonlyArray<Rule>,
    event: MarketEvent,
    assetId: AssetId,
    decisions: Pile<Ranked>
  ): void {
    if (rules.length === 0) return
    let quiet = Infinity
    for (const rule of rules) {
      if (!rule.off && event.receivedAt >= rule.quietUntil) this.fire(rule, event, assetId, decisions)
      // One that is off does not come back: it begins anew.
      if (!rule.off && rule.quietUntil < quiet) quiet = rule.quietUntil
    }
    lane.rest(quiet)
  }

  private fire(rule: Rule, event: MarketEvent, assetId: AssetId, decisions: Pile<Ranked>): void {
    const fire = () => this.firings.fire(rule, this.scope(rule, event, assetId))
    const decision = this.firings.guard(rule, undefined, fire)
    if (decision !== undefined) decisions.add({ priority: rule.policy.priority, decision })
  }

  /** Reads the rules that may be true by what a watch was told, or by time that has moved its window. */
  private look(watch: Watch, event: MarketEvent, isTime: boolean, decisions: Pile<Ranked>): void {
    if (!isTime && event.receivedAt < watch.quietUntil) return
    let quiet = Infinity
    for (const instance of watch.awake) {
      const { rule } = instance
      if (rule.off) continue
      if (instance.lookedAt !== event.id) {
        instance.lookedAt = event.id
        const decision = this.lookAt(instance, instance.bound ?? watch.of.assetId, event, isTime)
        if (decision !== undefined) decisions.add({ priority: rule.policy.priority, decision })
      }
      quiet = Math.min(quiet, instance.canRest ? rule.quietUntil : -Infinity)
    }
    watch.quietUntil = quiet
  }

  private lookAt(
    instance: Instance,
    assetId: AssetId | undefined,
    event: MarketEvent,
    isTime: boolean
  ): Decision | undefined {
    const { bound, isSingle, rule } = instance
    const told = isTime ? instance.toldOf(assetId) : undefined
    const scope = told === undefined
      ? this.scope(rule, event, assetId)
      : { ...this.scope(rule, event, assetId), told }
    return this.firings.guard(rule, undefined, () => {
      instance.settle(scope)
      const isTrue = (isSingle && !isTime) || read(rule.policy.tree, scope, bound, noLeaves) === true
      if (rule.isTimed) {
        const key = bound ?? ""
        const held = rule.held.get(key) === true
        if (held !== isTrue) rule.held.set(key, isTrue)
        if (isTime && held) return undefined
      }
      return isTrue && event.receivedAt >= rule.quietUntil ? this.firings.fire(rule, scope) : undefined
    })
  }

  /** Notes what nothing but time does to rules: ends come nearer, windows lose their oldest values, holds become full. */
  private passTime(hits: Map<Rule, Hit>, touched: Pile<Watch>, dirty: Pile<Instance>, event: MarketEvent): void {
    for (const { rule, trigger } of this.index.timed) {
      if (rule.off) continue
      const hit = hitOf(hits, rule)
      hit.all = true
      if (!trigger.isRearm) hit.isRearmOnly = false
      hit.assets.add(trigger.filter?.single?.(this.facts))
    }
    for (const [window, assetId] of this.windows.calendar.moved(event.receivedAt)) {
      const { field, source } = window.of
      for (const watch of this.index.find(this.facts, field, assetId).watches) {
        if (watch.of.window?.shared !== window) continue
        watch.take(this.facts, event, this.facts.read(field, assetId, source), dirty)
        touched.add(watch)
      }
      for (const { rule, trigger } of this.index.lookers.get(window) ?? none) {
        const { filter, isRearm, leaf } = trigger
        if (
          rule.isWatched || rule.off ||
          (filter !== undefined && (assetId === undefined || !filter.matches(this.facts, assetId)))
        ) {
          continue
        }
        const hit = hitOf(hits, rule)
        hit.assets.add(assetId)
        if (filter?.single !== undefined || assetId === undefined) hit.all = true
        if (!isRearm) hit.isRearmOnly = false
        this.firings.guard(rule, undefined, () => leaf?.move(this.scope(rule, event, assetId), assetId))
      }
    }
    for (const rule of this.index.rules) {
      if (rule.policy.holdFor === 0 || rule.off) continue
      for (const { assetId } of this.holds.passTime(rule, event)) {
        const hit = hitOf(hits, rule)
        hit.isRearmOnly = false
        hit.assets.add(assetId)
      }
    }
  }

  /** Notes what an event is to a rule, and moves the edge. */
  private hear(hits: Map<Rule, Hit>, interest: Interest, event: MarketEvent, assetId: AssetId | undefined): void {
    this.firings.guard(interest.rule, undefined, () => this.note(hits, interest, event, assetId))
  }

  private note(
    hits: Map<Rule, Hit>,
    { rule, trigger }: Interest,
    event: MarketEvent,
    assetId: AssetId | undefined
  ): undefined {
    const { edge, field, filter, leaf, source } = trigger
    if (rule.off) return undefined
    if (source === undefined ? !this.facts.isPrimary(field, assetId, event.source) : source !== event.source) {
      return undefined
    }
    // Of a series only the market whose time it is counts.
    if (filter?.isSeries === true && filter.single?.(this.facts) !== assetId) return undefined
    const hit = hitOf(hits, rule)
    hit.assets.add(assetId)
    if (field !== timeField) hit.isTimeOnly = false
    if (!trigger.isRearm) hit.isRearmOnly = false
    if (leaf !== undefined) {
      hit.leaves.add(leaf)
      leaf.touch(this.scope(rule, event, assetId), assetId)
    } else if (edge !== undefined) hit.edges.add(edge)
    if (rule.entered !== undefined && !trigger.isRearm && event._tag !== "Tick") {
      rule.entered.set("", event)
      if (assetId !== undefined) rule.entered.set(assetId, event)
    }
    if (filter?.single !== undefined || assetId === undefined) hit.all = true
    else if (rule.policy.perAsset) rule.bound.add(assetId)
    return undefined
  }

  private decideOf(rule: Rule, hit: Hit, event: MarketEvent, decisions: Pile<Ranked>): void {
    for (const decision of this.firings.guard(rule, none, () => this.decide(rule, hit, event))) {
      decisions.add({ priority: rule.policy.priority, decision })
    }
  }

  /** Reads a rule for each asset it is to be read for: those the event told of, or all it knows. */
  private decide(rule: Rule, hit: Hit, event: MarketEvent): ReadonlyArray<Decision> {
    const { holdFor, perAsset, rearm, tree } = rule.policy
    const decisions: Array<Decision> = []
    const { entered } = rule
    const isTick = event._tag === "Tick"
    const [heard] = hit.assets
    const last = isTick ? entered?.get("") : undefined
    const first = heard ?? (last === undefined ? undefined : assetOf(last))
    for (const assetId of perAsset ? hit.all ? rule.bound : hit.assets : [first]) {
      const told = isTick && entered !== undefined ? entered.get(assetId ?? "") : undefined
      const scope = told === undefined
        ? this.scope(rule, event, assetId)
        : { ...this.scope(rule, event, assetId), told }
      for (const edge of hit.edges) {
        const own = edge.assetFor(this.facts, assetId)
        if (own !== unresolved) edge.move(scope, own)
      }
      const key = perAsset ? assetId ?? "" : ""
      if (rearm !== undefined && rule.unarmed.has(key) && read(rearm, scope, assetId, hit.leaves) === true) {
        rule.unarmed.delete(key)
      }
      if (hit.isRearmOnly) continue
      const truth = read(tree, scope, assetId, hit.leaves)
      const isTrue = truth === true
      if (holdFor > 0) {
        if (!this.holds.isFull(rule, key, truth, scope)) continue
      } else if (rule.isTimed) {
        const held = rule.held.get(key) === true
        rule.held.set(key, isTrue)
        if (hit.isTimeOnly && held) continue
      }
      if (!isTrue || rule.unarmed.has(key)) continue
      const decision = this.firings.fire(rule, scope)
      if (decision !== undefined) decisions.push(holdFor > 0 ? this.holds.signed(rule, key, decision, event) : decision)
    }
    return decisions
  }

  /** What plain comparisons have seen of a field. */
  private seenOf(field: string, assetId: AssetId): SeenPlainly {
    let byAsset = this.seen.get(field)
    if (byAsset === undefined) this.seen.set(field, byAsset = new Map())
    let seen = byAsset.get(assetId)
    if (seen === undefined) byAsset.set(assetId, seen = { eventId: undefined, before: undefined, now: undefined })
    return seen
  }

  /** What plain comparisons of a field saw before an event, and on it; `undefined` when it told them nothing. For explanations. */
  seenOn(eventId: EventId, field: string, assetId: AssetId): SeenPlainly | undefined {
    const seen = this.seen.get(field)?.get(assetId)
    return seen?.eventId === eventId ? seen : undefined
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

  /** The moment of an event as a policy reads it when it speaks of an asset. */
  scope(rule: Rule, event: MarketEvent, assetId: AssetId | undefined): Scope {
    return { facts: this.facts, event, assetId, policy: rule.scopeOf }
  }
}

/** A decision with what it is sorted by. */
interface Ranked {
  readonly priority: number
  readonly decision: Decision
}

const none: ReadonlyArray<never> = []

const noLeaves: ReadonlySet<Leaf> = new Set()

/** What prices say of a field, to those who name no source. */
const readingOf = (quote: PriceUpdate, field: string): Reading | undefined => {
  const value = quoteValue(quote, field)
  return value === undefined ? undefined : { value, source: quote.source }
}

/** The value seen before; the present one is what will have been seen. */
const see = (seen: SeenPlainly, now: Reading | undefined, eventId: EventId): Reading | undefined => {
  seen.eventId = eventId
  seen.before = seen.now
  seen.now = now
  return seen.before
}

/** By priority, then by id. */
const ranked = (decisions: Array<Ranked>): ReadonlyArray<Decision> => {
  if (decisions.length > 1) {
    decisions.sort((a, b) => b.priority - a.priority || order(a.decision.policyId, b.decision.policyId))
  }
  return decisions.map(({ decision }) => decision)
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const hitOf = (hits: Map<Rule, Hit>, rule: Rule): Hit => {
  let hit = hits.get(rule)
  if (hit === undefined) {
    hit = { leaves: new Set(), assets: new Set(), all: false, isTimeOnly: true, isRearmOnly: true, edges: new Set() }
    hits.set(rule, hit)
  }
  return hit
}
