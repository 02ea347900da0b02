/**
 * Conditions that wait for a level, found by what they wait for. Of each comparison is kept what it said when its field was told last; a value costs
 * what it changes, not what is compared with it, and a rule is looked at only while its comparisons together say that it may be true.
 *
 * What is kept can only be too sure: a value that has become too old, or is behind a gap, is still taken for what it was. Logic of three values never
 * turns false into true when something becomes unknown, so a rule that is not looked at is not true; one that is looked at is read anew. Where
 * another source's value may take a value's place without being told (`isContested`), where a window beside other comparisons may move before it is
 * told, and until all has been read once, a rule is looked at always.
 */
import type { AssetId } from "../../domain/Asset.ts"
import * as Fixed from "../../domain/Fixed.ts"
import type { EventId, MarketEvent } from "../MarketEvent.ts"
import { type Leaf, leavesOf, type Tree, type Truth } from "./Conditions.ts"
import type { Facts } from "./Facts.ts"
import type { Reading } from "./KnownFacts.ts"
import type { Pile } from "./Pile.ts"
import type { Rule } from "./Rule.ts"
import type { Scope } from "./Scope.ts"
import type { Entry, SharedWindow } from "./SharedWindow.ts"
import type { Value } from "./SourceFacts.ts"
import { inexactness, type Window } from "./Window.ts"

/** One comparison of an instance, and what it said last. */
interface Slot {
  readonly instance: Instance
  readonly leaf: Leaf
  truth: Truth
}

/** A rule for the asset it is bound to, or for the ones it names. */
export class Instance {
  readonly rule: Rule
  /** The asset a rule for any asset is bound to here. */
  readonly bound: AssetId | undefined
  readonly slots: ReadonlyMap<Leaf, Slot>
  readonly watches = new Set<Watch>()
  /** Whether there is one comparison, which says all there is when it is told. */
  readonly isSingle: boolean
  /** The event it was looked at last. */
  lookedAt: EventId | undefined
  isDirty = false
  #isSettled: boolean
  #isContested: boolean
  #isAwake = false

  constructor(rule: Rule, bound: AssetId | undefined) {
    this.rule = rule
    this.bound = bound
    const leaves = leavesOf(rule.policy.tree)
    this.slots = new Map(leaves.map((leaf) => [leaf, { instance: this, leaf, truth: undefined }]))
    this.isSingle = leaves.length === 1
    this.#isSettled = this.isSingle
    this.#isContested = !this.isSingle && leaves.some(({ look }) => look.window !== undefined)
    this.#wake()
  }

  /** Whether reading it again changes nothing that is remembered, as long as events find it awake: in its cooldown it need not be read then. */
  get canRest(): boolean {
    const { held, isTimed } = this.rule
    return this.#isSettled && (!isTimed || (this.isSingle && held.get(this.bound ?? "") === true))
  }

  /** Something was told that changed what comparisons say. */
  refresh(): void {
    this.isDirty = false
    this.#wake()
    if (!this.#isAwake && this.rule.isTimed) this.rule.held.set(this.bound ?? "", false)
  }

  /** Works out anew whether the rule is to be looked at. */
  #wake(): void {
    const isAwake = !this.#isSettled || this.#isContested || this.#says(this.rule.policy.tree) === true
    if (isAwake === this.#isAwake) return
    this.#isAwake = isAwake
    for (const watch of this.watches) watch.wake(this, isAwake)
  }

  /** What its values were told by is told by others as well. */
  contest(): void {
    if (this.isSingle || this.#isContested) return
    this.#isContested = true
    this.#wake()
  }

  /** Reads what has not been told since there is this instance. */
  settle(scope: Scope): void {
    if (this.#isSettled) return
    this.#isSettled = true
    for (const slot of this.slots.values()) slot.truth ??= slot.leaf.read(scope, this.bound, false)
    this.#wake()
  }

  /** The last event of an asset that told one of its comparisons something. */
  toldOf(assetId: AssetId | undefined): MarketEvent | undefined {
    let last: MarketEvent | undefined
    for (const { of } of this.watches) {
      const { event } = of.last
      if (of.assetId === assetId && event !== undefined && (last === undefined || last.id < event.id)) last = event
    }
    return last
  }

  /** Listens to a watch from here on. */
  join(watch: Watch): void {
    this.watches.add(watch)
    if (this.#isAwake) watch.wake(this, true)
  }

  #says(tree: Tree): Truth {
    switch (tree._tag) {
      case "Leaf":
        return this.slots.get(tree.leaf)?.truth
      case "All":
      case "Any": {
        const decisive = tree._tag === "Any"
        let unknown = false
        for (const part of tree.parts) {
          const truth = this.#says(part)
          if (truth === decisive) return decisive
          if (truth === undefined) unknown = true
        }
        return unknown ? undefined : !decisive
      }
      case "Not": {
        const truth = this.#says(tree.part)
        return truth === undefined ? undefined : !truth
      }
      case "Expression":
        return undefined
    }
  }
}

/** A comparison with a number, by its threshold. */
interface Level {
  readonly slot: Slot
  readonly value: bigint
}

/** The last event that told a field of an asset, and whose it was. */
export interface Last {
  event: MarketEvent | undefined
  source: string | undefined
}

/** How a watch looks at its field. */
export interface Outlook {
  readonly assetId: AssetId | undefined
  readonly field: string
  /** Absent: the primary's. */
  readonly source: string | undefined
  readonly window: { readonly shared: SharedWindow; readonly minimumSamples: number } | undefined
  readonly last: Last
}

/** All comparisons that look at one field of one asset in the same way. */
export class Watch {
  readonly of: Outlook
  /** Instances that are to be looked at when this is told. */
  readonly awake = new Set<Instance>()
  /** None of them can fire before this event time, ms, as long as they stay the same. */
  quietUntil = Infinity
  /** Ascending. */
  readonly #levels: ReadonlyArray<Level>
  readonly #others: ReadonlyArray<Slot>
  /** The value that the comparisons speak of; `undefined` is unknown. */
  #value: Value | undefined
  /** How many levels lie below the value. */
  #below = 0
  /** Whether the value lies between two levels, and on none. */
  #isBetween = false
  /** The levels around the value; absent: there is none on that side. */
  #low: bigint | undefined
  #high: bigint | undefined
  /** The same, as far off as a value has to be that is only about known. */
  #lowAbout = -Infinity
  #highAbout = Infinity
  /** Its window, once it has one. */
  #entry: Entry | undefined
  #isContested = false

  constructor(of: Outlook, members: ReadonlyArray<{ readonly instance: Instance; readonly leaf: Leaf }>) {
    this.of = of
    const levels: Array<Level> = []
    const others: Array<Slot> = []
    for (const { instance, leaf } of members) {
      const slot = instance.slots.get(leaf)
      if (slot === undefined) continue
      const { operand, operator } = leaf
      const isLevel = operator === "<" || operator === "<=" || operator === ">" || operator === ">="
      if (isLevel && operand?._tag === "Constant" && typeof operand.value === "bigint") {
        levels.push({ slot, value: operand.value })
      } else others.push(slot)
      instance.join(this)
    }
    this.#levels = levels.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
    this.#others = others
  }

  /** An instance is to be looked at, or not any more. */
  wake(instance: Instance, isAwake: boolean): void {
    this.awake[isAwake ? "add" : "delete"](instance)
    this.quietUntil = this.awake.size === 0 ? Infinity : -Infinity
  }

  /** Somebody else than the source it listens to speaks of the asset. */
  contest(): void {
    if (this.#isContested) return
    this.#isContested = true
    for (const { slot } of this.#levels) slot.instance.contest()
    for (const { instance } of this.#others) instance.contest()
  }

  /** Takes what was told of the field, or that its window has moved; notes whose comparisons say something else now. */
  take(facts: Facts, event: MarketEvent, told: Reading | undefined, dirty: Pile<Instance>): void {
    const { assetId, last, window } = this.of
    let value = told?.value
    const isTime = event._tag === "Tick"
    if (!isTime) {
      if (last.source !== undefined && last.source !== event.source) this.contest()
      last.event = event
      last.source = event.source
    }
    if (window !== undefined) {
      const { minimumSamples, shared } = window
      if (isTime) value = told === undefined ? undefined : shared.read(facts, assetId, minimumSamples)?.value
      else if (told === undefined) shared.add(facts, assetId, event.id)
      else {
        const { window } = this.#entry = shared.take(facts, assetId, event.id, told, this.#entry)
        const isEnough = window.length >= minimumSamples
        if (isEnough && this.#stays(window)) return
        value = isEnough ? window.value : undefined
      }
    }
    const before = this.#value
    this.#value = value
    for (const slot of this.#others) say(slot, value === undefined ? undefined : slot.leaf.says(value), dirty)
    if (typeof value !== "bigint") {
      if (before === undefined) return
      this.#below = 0
      this.#isBetween = false
      for (const { slot } of this.#levels) say(slot, undefined, dirty)
      return
    }
    if (
      this.#isBetween && (this.#low === undefined || value > this.#low) &&
      (this.#high === undefined || value < this.#high)
    ) return
    const levels = this.#levels
    let at = this.#below
    if (typeof before !== "bigint") {
      for (const { slot } of levels) say(slot, slot.leaf.says(value), dirty)
      while (at < levels.length && (levels[at] as Level).value < value) at++
    } else if (value > before) {
      // Those from the value before up to this one, both included, are passed, reached or left.
      while (at < levels.length && (levels[at] as Level).value < value) turn(levels[at++] as Level, value, dirty)
      for (let on = at; on < levels.length && (levels[on] as Level).value === value; on++) {
        turn(levels[on] as Level, value, dirty)
      }
    } else {
      for (let on = at; on < levels.length && (levels[on] as Level).value === before; on++) {
        turn(levels[on] as Level, value, dirty)
      }
      while (at > 0 && (levels[at - 1] as Level).value >= value) turn(levels[--at] as Level, value, dirty)
    }
    this.#below = at
    this.#low = levels[at - 1]?.value
    this.#high = levels[at]?.value
    this.#isBetween = value !== this.#high
    if (this.of.window === undefined) return
    this.#lowAbout = this.#low === undefined ? -Infinity : aboutOf(this.#low, 1)
    this.#highAbout = this.#high === undefined ? Infinity : aboutOf(this.#high, -1)
  }

  /** Whether a window's value is certain to lie between the same two levels as the one before. */
  #stays(window: Window): boolean {
    if (!this.#isBetween || this.#others.length > 0) return false
    const { about } = window
    return about !== undefined && about > this.#lowAbout && about < this.#highAbout
  }
}

/** A level, moved to a side by more than `about` of a value there may be off. */
const aboutOf = (level: bigint, side: 1 | -1): number => {
  const about = Number(level) / Number(Fixed.one)
  return about + side * 2 * inexactness(about)
}

const turn = ({ slot }: Level, value: bigint, dirty: Pile<Instance>): void => say(slot, slot.leaf.says(value), dirty)

const say = (slot: Slot, truth: Truth, dirty: Pile<Instance>): void => {
  if (slot.truth === truth) return
  slot.truth = truth
  const { instance } = slot
  if (instance.isDirty) return
  instance.isDirty = true
  dirty.add(instance)
}
