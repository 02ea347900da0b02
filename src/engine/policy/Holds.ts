/**
 * For how long rules have held without a break (`for`). Keeps what has to be written down of it: holds that are ten seconds old or have fired, and how
 * they end. A hold that an earlier run left goes on with the first evaluation that finds it true, when that comes soon enough; until its conditions
 * are known it waits. Changes what rules remember of their holds.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type { MarketEvent } from "../MarketEvent.ts"
import { timeToLive } from "../State.ts"
import type { CompiledPolicy } from "./Compile.ts"
import { type Leaf, read, type Truth } from "./Conditions.ts"
import type { Decision } from "./Decision.ts"
import type { Facts } from "./Facts.ts"
import type { Firings } from "./Firings.ts"
import { type EarlierHold, type HoldNote, type HoldState, keyOf } from "./HoldNotes.ts"
import type { Hold, Rule } from "./Rule.ts"
import type { Scope } from "./Scope.ts"

/** How old a hold is when it is written down, ms; a younger one that has not fired begins anew after a restart. */
export const notedFrom = 10_000

/** How often it is written down that holds go on, ms. */
const stampEvery = 60_000

/** What is to be written down. */
export interface HoldNews {
  readonly notes: ReadonlyArray<HoldNote>
  /** Event time until which all that was noted and has not ended went on, ms; absent: nothing new is said of that. */
  readonly seenAt: number | undefined
}

/** The last event time, ms, at which an earlier run's hold goes on when it is found to be true: as long as what was told then counts. */
export const believedUntil = ({ maxAge }: CompiledPolicy, { seenAt }: EarlierHold): number =>
  seenAt + Math.min(maxAge, timeToLive)

/** Holds of the rules of an evaluator. */
export class Holds {
  readonly #facts: Facts
  readonly #firings: Firings
  /** The last note of each hold that nobody has taken yet. */
  readonly #notes = new Map<string, HoldNote>()
  #seenAt: number | undefined
  #stampedAt = -Infinity

  constructor(facts: Facts, firings: Firings) {
    this.#facts = facts
    this.#firings = firings
  }

  /** Takes back the holds that an earlier run left. Of those whose policy is gone, is off or means something else is noted that they have ended. */
  restore(rules: ReadonlyMap<string, Rule>, holds: ReadonlyArray<EarlierHold>): void {
    for (const hold of holds) {
      const rule = rules.get(hold.policyId)
      if (rule !== undefined && !rule.off && rule.policy.holdFor > 0 && rule.policy.conditions === hold.conditions) {
        rule.restored.set(rule.policy.perAsset ? hold.assetId ?? "" : "", hold)
      } else this.#note({ ...hold, state: "broken" })
    }
  }

  /** Whether there is something to be written down. */
  get hasNews(): boolean {
    return this.#notes.size > 0 || this.#seenAt !== undefined
  }

  /** What is to be written down, so many notes at most; each is given once. */
  take(most = Infinity): HoldNews {
    const notes: Array<HoldNote> = []
    for (const [key, note] of this.#notes) {
      if (notes.length >= most) break
      notes.push(note)
      this.#notes.delete(key)
    }
    const seenAt = this.#seenAt
    this.#seenAt = undefined
    return { notes, seenAt }
  }

  /** Takes what a rule's conditions say; true at the moment when they have held for long enough. */
  isFull(rule: Rule, key: AssetId | "", truth: Truth, { assetId, event }: Scope): boolean {
    const now = event.receivedAt
    if (rule.restored.size > 0 && truth !== undefined) this.#resume(rule, key, truth, event)
    if (truth !== true) {
      this.#end(rule, key, event)
      return false
    }
    let hold = rule.holds.get(key)
    const series = this.#seriesOf(rule)
    if (hold !== undefined && hold.series !== series) {
      this.#end(rule, key, event)
      hold = undefined
    }
    const isTold = event._tag !== "Tick"
    if (hold === undefined) {
      hold = {
        since: now,
        assetId,
        series,
        toldAt: -Infinity,
        isFull: false,
        hasFired: false,
        notedOn: undefined,
        isRestored: false
      }
      rule.holds.set(key, hold)
    }
    if (isTold) hold.toldAt = now
    if (hold.isFull || now - hold.since < rule.policy.holdFor) return false
    hold.isFull = true
    if (hold.notedOn !== undefined) {
      hold.notedOn = event.id
      this.#note(noteOf(rule.policy, hold, "full", event))
    }
    return true
  }

  /** A decision with the note of the hold it was made for: written down together, so that neither is without the other. */
  signed(rule: Rule, key: AssetId | "", decision: Decision, event: MarketEvent): Decision {
    const hold = rule.holds.get(key)
    if (hold === undefined) return decision
    hold.hasFired = true
    const note = noteOf(rule.policy, hold, "full", event)
    hold.notedOn = event.id
    this.#notes.delete(keyOf(note))
    return { ...decision, hold: note }
  }

  /** What is unknown from here on does not hold any more. */
  breakUnknown(rules: ReadonlyArray<Rule>, event: MarketEvent): void {
    for (const rule of rules) {
      for (const [key, { assetId }] of rule.holds) {
        if (!this.#isTrue(rule, assetId, event)) this.#end(rule, key, event)
      }
    }
  }

  /** Ends what nothing but time has made untrue, notes what has become old enough; the holds that are full now. */
  passTime(rule: Rule, event: MarketEvent): ReadonlyArray<Hold> {
    let full: Array<Hold> | undefined
    const now = event.receivedAt
    for (const [key, hold] of rule.holds) {
      if (this.#isBroken(rule, hold, event)) {
        this.#end(rule, key, event)
        continue
      }
      if (hold.notedOn === undefined && now - hold.since >= notedFrom) {
        hold.notedOn = event.id
        this.#note(noteOf(rule.policy, hold, hold.isFull ? "full" : "holding", event))
      } else if (hold.notedOn !== undefined && now - this.#stampedAt >= stampEvery) {
        this.#seenAt = this.#stampedAt = now
      }
      if (!hold.isFull && now - hold.since >= rule.policy.holdFor) (full ??= []).push(hold)
    }
    return full ?? none
  }

  /** Ends what a rule remembers that is given up, or that is off and does not listen. */
  abandon({ holds, policy, restored }: Rule): void {
    const receivedAt = this.#facts.now
    for (const earlier of restored.values()) this.#note({ ...earlier, state: "broken", receivedAt })
    for (const hold of holds.values()) {
      if (hold.notedOn !== undefined) this.#note(noteOf(policy, hold, "broken", { id: hold.notedOn, receivedAt }))
    }
    restored.clear()
    holds.clear()
  }

  /** An earlier run's hold goes on, or has ended meanwhile. */
  #resume(rule: Rule, key: AssetId | "", isTrue: boolean, event: MarketEvent): void {
    const earlier = rule.restored.get(key)
    if (earlier === undefined) return
    rule.restored.delete(key)
    const series = this.#seriesOf(rule)
    const { assetId, since, state } = earlier
    const now = event.receivedAt
    if (!isTrue || now > believedUntil(rule.policy, earlier) || (earlier.series ?? "") !== series) {
      return this.#note({ ...earlier, state: "broken", eventId: event.id, receivedAt: now })
    }
    const isFull = state === "full"
    const hold: Hold = {
      since,
      assetId,
      series,
      toldAt: now,
      isFull,
      hasFired: isFull && earlier.isHeldBack !== true,
      notedOn: event.id,
      isRestored: true
    }
    rule.holds.set(key, hold)
    this.#note(noteOf(rule.policy, hold, state, event))
  }

  #end(rule: Rule, key: AssetId | "", event: MarketEvent): void {
    const hold = rule.holds.get(key)
    if (hold === undefined) return
    rule.holds.delete(key)
    if (hold.notedOn !== undefined) this.#note(noteOf(rule.policy, hold, "broken", event))
  }

  #note(note: HoldNote): void {
    this.#notes.set(keyOf(note), note)
  }

  /** Whether nothing but time has made a hold untrue or unknown: a value is too old, or a series has moved on. */
  #isBroken(rule: Rule, hold: Hold, event: MarketEvent): boolean {
    if (hold.series !== this.#seriesOf(rule)) return true
    if (rule.oldest !== undefined && event.receivedAt - hold.toldAt <= rule.oldest) return false
    return !this.#isTrue(rule, hold.assetId, event)
  }

  #isTrue(rule: Rule, assetId: AssetId | undefined, event: MarketEvent): boolean {
    const scope: Scope = { facts: this.#facts, event, assetId, policy: rule.scopeOf }
    return this.#firings.guard(rule, false, () => read(rule.policy.tree, scope, assetId, noLeaves) === true)
  }

  #seriesOf(rule: Rule): string {
    return rule.series.length === 0 ? "" : rule.series.map(({ single }) => single?.(this.#facts) ?? "").join(" ")
  }
}

const noteOf = (
  { conditions, id }: CompiledPolicy,
  { assetId, hasFired, series, since }: Hold,
  state: HoldState,
  event: Pick<MarketEvent, "id" | "receivedAt">
): HoldNote => ({
  policyId: id,
  conditions,
  ...(assetId === undefined ? {} : { assetId }),
  ...(series === "" ? {} : { series }),
  since,
  state,
  ...(state === "full" && !hasFired ? { isHeldBack: true } : {}),
  eventId: event.id,
  receivedAt: event.receivedAt
})

const none: ReadonlyArray<never> = []

const noLeaves: ReadonlySet<Leaf> = new Set()
