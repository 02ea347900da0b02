/**
 * The fold that decides: `(state, event) → decisions`. The same policies and the same events in the same order give the same
 * decisions. State is facts, edges, cooldowns and counters; it is changed in place by `take`.
 *
 * Policies are found by what an event told (field and asset), so an event costs what it matches, not what is loaded.
 */
import type { AssetId } from "../../domain/Asset.ts"
import { assetOf, isBlinding } from "../MarketEvent.ts"
import type { EventId, MarketEvent, PriceUpdate } from "../MarketEvent.ts"
import type { CompiledPolicy } from "./Compile.ts"
import { read, unresolved } from "./Conditions.ts"
import type { Leaf } from "./Conditions.ts"
import type { Decision } from "./Decision.ts"
import type { Facts, Meant, Told } from "./Facts.ts"
import type { Firings, TurnedOff } from "./Firings.ts"
import { type Hit, hitOf } from "./Hit.ts"
import type { EarlierHold } from "./HoldNotes.ts"
import type { Holds } from "./Holds.ts"
import type { Reading } from "./KnownFacts.ts"
import type { Lane } from "./Lane.ts"
import { Pile } from "./Pile.ts"
import { type EarlierArming, type EarlierFiring, type EarlierOrder, Roster } from "./Roster.ts"
import { type Interest, type Rule, timeField } from "./Rule.ts"
import type { Scope } from "./Scope.ts"
import { AllSeen, see, type SeenPlainly } from "./SeenPlainly.ts"
import { quoteValue } from "./SourceFacts.ts"
import type { PolicyChange } from "./Succession.ts"
import type { Switch } from "./Switches.ts"
import type { Instance, Watch } from "./Watch.ts"

/** The policies in force and all they remember. */
export class Evaluator {
  readonly facts: Facts
  readonly firings: Firings
  readonly holds: Holds
  private readonly roster: Roster
  private readonly seen = new AllSeen()
  private readonly armed: Array<EarlierArming> = []
  /** The hour of event time in which it was last looked for what can be forgotten. */
  private forgotIn: number | undefined
  /** What an event is worked out with. */
  private readonly scratch = { touched: new Pile<Watch>(), dirty: new Pile<Instance>(), decisions: new Pile<Ranked>() }

  /** `runaway`: firings a minute after which a policy without cooldown turns itself off. */
  constructor(policies: ReadonlyArray<CompiledPolicy>, runaway: number, meant?: Meant) {
    this.roster = new Roster(policies, runaway, meant)
    this.facts = this.roster.facts
    this.firings = this.roster.firings
    this.holds = this.roster.holds
  }

  /** Takes back cooldowns, limits, switches, holds and what has to be armed again of an earlier run; lists of deeds in the order of time. */
  restore(
    firings: ReadonlyArray<EarlierFiring>,
    orders?: ReadonlyArray<EarlierOrder>,
    switches?: ReadonlyArray<Switch>,
    holds?: ReadonlyArray<EarlierHold>,
    armings?: ReadonlyArray<EarlierArming>
  ): void {
    this.roster.restore(firings, orders, switches, holds, armings)
  }

  /** Policies that have been armed again since this was last asked. */
  takeArmed(): ReadonlyArray<EarlierArming> {
    return this.armed.splice(0)
  }

  /**
   * Puts another set of policies in force, each with an id of its own. Those whose conditions are unchanged keep all they remember; of the others,
   * and of those that were there once, cooldowns and limits still count.
   */
  reload(policies: ReadonlyArray<CompiledPolicy>): PolicyChange {
    return this.roster.reload(policies)
  }

  /** The revisions of all policies in force, by id. */
  revisions(): ReadonlyMap<string, string> {
    return this.roster.revisions()
  }

  /** The ids of all policies in force. */
  policyIds(): ReadonlyArray<string> {
    return this.roster.policyIds()
  }

  /** A policy with what it remembers, to be looked at and not changed; `undefined` when there is no such policy. */
  inspect(policyId: string): Rule | undefined {
    return this.roster.inspect(policyId)
  }

  /** What plain comparisons of a field saw before an event, and on it; `undefined` when it told them nothing. For explanations. */
  seenOn(eventId: EventId, field: string, assetId: AssetId): SeenPlainly | undefined {
    return this.seen.on(eventId, field, assetId)
  }

  /** Policies that turned themselves off since this was last asked. */
  takeTurnedOff(): ReadonlyArray<TurnedOff> {
    return this.firings.takeTurnedOff()
  }

  /** Takes an event and decides, by priority, then by id. */
  take(event: MarketEvent): ReadonlyArray<Decision> {
    const { namings } = this.facts
    const told = this.facts.take(event)
    if (event._tag === "Control") this.roster.turn(event)
    if (event._tag === "MarketMetadata") this.firings.rekey(this.roster.index.rules, event.market)
    if (namings !== this.facts.namings) this.roster.index.forget()
    if (isBlinding(event)) {
      for (const assetId of this.facts.blinded(event)) {
        for (const leaf of this.roster.index.leaves) leaf.disarm(assetId, event.feed)
        this.seen.blind(assetId, event.feed)
      }
      this.holds.breakUnknown(this.roster.index.rules, event)
    }
    const isSecond = event._tag === "Tick" && event.kind === "clock"
    if (isSecond) this.forgetOver(event.receivedAt)
    return told.fields.length === 0 && !isSecond ? none : this.evaluate(event, told, isSecond)
  }

  /** Once an hour, markets that are long over. */
  private forgetOver(now: number): void {
    const thisHour = Math.floor(now / hour)
    if (thisHour === this.forgotIn) return
    this.forgotIn = thisHour
    for (const assetId of this.roster.forgetOver()) this.seen.forget(assetId)
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
      for (const found of this.roster.index.findAll(facts, told.fields, assetId)) {
        const { field, lane, others, watches } = found
        if (lane !== undefined || watches.length > 0) {
          const isPrimary = quote !== undefined || facts.isPrimary(field, assetId, event.source)
          const now = quote !== undefined
            ? readingOf(quote, field)
            : isPrimary
            ? facts.read(field, assetId)
            : undefined
          if (isPrimary && lane !== undefined && assetId !== undefined) {
            const seen = found.seen ??= this.seen.of(field, assetId)
            this.run(lane, lane.take(see(seen, now, event, found.life), now, event), event, assetId, decisions)
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
    for (const { rule, trigger } of this.roster.index.timed) {
      if (rule.off) continue
      const hit = hitOf(hits, rule)
      hit.all = true
      if (!trigger.isRearm) hit.isRearmOnly = false
      hit.assets.add(trigger.filter?.single?.(this.facts))
      if (trigger.leaf?.isEdge === true && trigger.field === timeField) this.moveWithTime(rule, trigger.leaf, event)
    }
    for (const [window, assetId] of this.roster.windows.calendar.moved(event.receivedAt)) {
      const { field, source } = window.of
      for (const watch of this.roster.index.find(this.facts, field, assetId).watches) {
        if (watch.of.window?.shared !== window) continue
        watch.take(this.facts, event, this.facts.read(field, assetId, source), dirty)
        touched.add(watch)
      }
      for (const { rule, trigger } of this.roster.index.lookers.get(window) ?? none) {
        const { filter, isRearm, leaf } = trigger
        if (
          rule.isWatched || rule.off ||
          (filter !== undefined && (assetId === undefined || !filter.matches(this.facts, assetId))) ||
          (assetId !== undefined && filter?.isNow?.(this.facts, assetId) === false)
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
    for (const rule of this.roster.index.rules) {
      if (rule.policy.holdFor === 0 || rule.off) continue
      for (const { assetId } of this.holds.passTime(rule, event)) {
        const hit = hitOf(hits, rule)
        hit.isRearmOnly = false
        hit.assets.add(assetId)
      }
    }
  }

  /** Moves an edge of the time that is left, for every asset it speaks of. */
  private moveWithTime(rule: Rule, leaf: Leaf, event: MarketEvent): void {
    const named = leaf.filter?.single?.(this.facts)
    for (
      const assetId of leaf.filter?.single === undefined
        ? rule.bound.keys()
        : named === undefined
        ? none
        : [named]
    ) {
      const own = leaf.assetFor(this.facts, assetId)
      if (own !== unresolved) {
        this.firings.guard(rule, undefined, () => leaf.move(this.scope(rule, event, assetId), own))
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
    if (assetId !== undefined && filter?.isNow?.(this.facts, assetId) === false) return undefined
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
    else if (rule.policy.perAsset && !rule.bound.has(assetId)) rule.bound.set(assetId, undefined)
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
    for (const assetId of perAsset ? hit.all ? rule.bound.keys() : hit.assets : [first]) {
      if (rule.off) break
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
        this.armed.push({
          policyId: rule.policy.id,
          ...(key === "" ? {} : { assetId: key }),
          receivedAt: event.receivedAt
        })
      }
      if (hit.isRearmOnly) continue
      const truth = read(tree, scope, assetId, hit.leaves)
      const isTrue = truth === true
      if (holdFor > 0) {
        if (!this.holds.isFull(rule, key, truth, scope)) continue
      } else if (rule.isTimed) {
        const held = rule.held.get(key) === true
        rule.held.set(key, isTrue)
        if (hit.isTimeOnly && held && !rule.needsEdge) continue
      }
      if (!isTrue || rule.unarmed.has(key)) continue
      const decision = this.firings.fire(rule, scope)
      if (decision !== undefined) decisions.push(holdFor > 0 ? this.holds.signed(rule, key, decision, event) : decision)
    }
    return decisions
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

const hour = 3_600_000

const noLeaves: ReadonlySet<Leaf> = new Set()

/** What prices say of a field, to those who name no source. */
const readingOf = (quote: PriceUpdate, field: string): Reading | undefined => {
  const value = quoteValue(quote, field)
  return value === undefined ? undefined : { value, source: quote.source }
}

/** By priority, then by id. */
const ranked = (decisions: Array<Ranked>): ReadonlyArray<Decision> => {
  if (decisions.length > 1) {
    decisions.sort((a, b) => b.priority - a.priority || order(a.decision.policyId, b.decision.policyId))
  }
  return decisions.map(({ decision }) => decision)
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
