/**
 * Conditions compiled: leaves that read one field of one asset, and trees of them. Three-valued (Kleene): an unknown value
 * makes an unknown leaf, and only true fires.
 */
import type { AssetId } from "../../domain/Asset.ts"
import type { EventId } from "../MarketEvent.ts"
import type { Outcome } from "./Expression.ts"
import type { Facts } from "./Facts.ts"
import { fieldsOfAssets } from "./Fields.ts"
import { lifeOf, type Reading } from "./KnownFacts.ts"
import { isMatch, type Pattern } from "./Pattern.ts"
import type { Operator, SimpleCondition } from "./Policy.ts"
import type { Scope } from "./Scope.ts"
import type { SharedWindow, WindowOf } from "./SharedWindow.ts"
import type { Value } from "./SourceFacts.ts"

/** True, false, or unknown. */
export type Truth = boolean | undefined

/** Which assets a leaf speaks of. */
export interface AssetFilter {
  /** The asset when the filter names exactly one; resolved against the markets known so far. */
  readonly single: ((facts: Facts) => AssetId | undefined) | undefined
  /** Whether an asset passes, against the markets known so far. */
  readonly matches: (facts: Facts, assetId: AssetId) => boolean
  /** The asset when it is the same whatever markets are known. */
  readonly fixed?: AssetId
  /** The single asset is another one as time goes by: `matches` knows all of them. */
  readonly isSeries?: boolean
  /** Whether it is an asset's time, where that comes and goes: then no other that matches counts. */
  readonly isNow?: (facts: Facts, assetId: AssetId) => boolean
}

/** How a leaf looks at its field. */
export interface Look {
  /** Of a window instead of the latest value. */
  readonly window: { readonly of: WindowOf; readonly minimumSamples: number } | undefined
  /** The oldest value that counts, ms; absent: as long as values live. */
  readonly maxAge: number | undefined
  /** What stale or gapped data are. */
  readonly onStale: "hold" | "ignore" | "fire"
}

/** The right side of a comparison. */
export type Operand =
  | { readonly _tag: "Constant"; readonly value: Value }
  | { readonly _tag: "Constants"; readonly values: ReadonlySet<Value> }
  | { readonly _tag: "Pattern"; readonly pattern: Pattern }
  | {
    readonly _tag: "Expression"
    readonly run: (scope: Scope) => Outcome
    /** The names it reads. */
    readonly reads: ReadonlyArray<string>
    /** Whether something it reads was told and does not count any more. */
    readonly isStale: (facts: Facts) => boolean
  }

/** One comparison of one field, with the memory its edges need. */
export class Leaf {
  readonly field: string
  readonly operator: Operator | undefined
  readonly operand: Operand | undefined
  /** Absent: any asset; metrics and ticks have none. */
  readonly filter: AssetFilter | undefined
  readonly source: string | undefined
  readonly isEdge: boolean
  /** False for metrics and ticks, which are the same whatever asset the policy speaks of. */
  readonly isOfAsset: boolean
  readonly look: Look
  /** Shared with others; there when `look.window` is, once an evaluator has taken the leaf. */
  shared: SharedWindow | undefined
  /** The last value and right side seen, by asset ("" for metrics): what an edge is an edge against. */
  private readonly previous = new Map<AssetId | "", Seen>()
  /** The event on which the edge was true, by asset. */
  private readonly edges = new Map<AssetId | "", EventId>()
  /** What was seen before that event, by asset; for explanations. */
  private readonly crossed = new Map<AssetId | "", Seen>()

  constructor(options: {
    readonly field: string
    readonly operator: Operator | undefined
    readonly operand: Operand | undefined
    readonly filter: AssetFilter | undefined
    readonly source: string | undefined
    readonly look: Look
  }) {
    this.look = options.look
    this.field = options.field
    this.operator = options.operator
    this.operand = options.operand
    this.filter = options.filter
    this.source = options.source
    this.isOfAsset = fieldsOfAssets.has(options.field)
    this.isEdge = options.operator === "crosses_above" || options.operator === "crosses_below" ||
      options.operator === "changes"
  }

  /** Takes an event that told this leaf's field of an asset: moves the edge, if it is one. */
  touch(scope: Scope, assetId: AssetId | undefined): void {
    this.shared?.add(scope.facts, assetId, scope.event.id)
    this.move(scope, assetId)
  }

  /** Moves the edge, if it is one: something was told, or time has moved the window. */
  move(scope: Scope, assetId: AssetId | undefined): void {
    if (!this.isEdge) return
    const key = assetId ?? ""
    const now = this.reading(scope.facts, assetId)
    if (now === undefined) {
      this.previous.delete(key)
      return
    }
    const right = this.right(scope)
    const before = this.previous.get(key)
    const at = scope.facts.now
    this.previous.set(key, { ...now, right, at })
    // After a silence in which the value became too old, as after a gap, a value only arms.
    if (before?.source !== now.source || at - before.at > this.life) return
    if (!isCrossing(this.operator, before, now.value, right)) return
    this.edges.set(key, scope.event.id)
    this.crossed.set(key, before)
  }

  /** How long what it was told counts, ms. */
  private get life(): number {
    const { maxAge, onStale } = this.look
    return onStale === "ignore" ? Infinity : maxAge ?? lifeOf(this.field)
  }

  /** Remembers nothing any more, as when it was made. */
  reset(): void {
    this.shared = undefined
    this.previous.clear()
    this.edges.clear()
    this.crossed.clear()
  }

  /** Forgets the side it was on, as far as a feed told it: the next value only arms. */
  disarm(assetId: AssetId, feed: string): void {
    if (this.previous.get(assetId)?.source === feed) this.previous.delete(assetId)
  }

  /** Remembers nothing of an asset any more. */
  forgetAsset(assetId: AssetId): void {
    this.previous.delete(assetId)
    this.edges.delete(assetId)
    this.crossed.delete(assetId)
  }

  /** Forgets the side it was on for every asset: the next values only arm. */
  forget(): void {
    this.previous.clear()
  }

  /** What an edge was seen at last, and before the event on which it was true, if that is `eventId`; for explanations. */
  seen(
    assetId: AssetId | undefined,
    eventId: EventId
  ): { readonly last: Seen | undefined; readonly from: Seen | undefined } {
    const key = assetId ?? ""
    return {
      last: this.previous.get(key),
      from: this.edges.get(key) === eventId ? this.crossed.get(key) : undefined
    }
  }

  /** What the leaf says on an event when the policy speaks of `bound`. */
  read(scope: Scope, bound: AssetId | undefined, isTold: boolean): Truth {
    const assetId = this.assetFor(scope.facts, bound)
    if (assetId === unresolved) return undefined
    if (this.operator === undefined) return isTold
    const value = this.reading(scope.facts, assetId)?.value
    if (value === undefined) {
      return this.look.onStale === "fire" && scope.facts.isStale(this.field, assetId, this.source) ? true : undefined
    }
    if (this.isEdge) return this.edges.get(assetId ?? "") === scope.event.id
    const right = this.right(scope)
    if (right === undefined && this.look.onStale === "fire" && this.operand?._tag === "Expression") {
      return this.operand.isStale(scope.facts) ? true : undefined
    }
    return compare(this.operator, value, this.operand, right)
  }

  /** What the leaf says of a value, when its right side is a constant and it is no edge. */
  says(value: Value): Truth {
    const { operand } = this
    return this.operator === undefined
      ? undefined
      : compare(this.operator, value, operand, operand?._tag === "Constant" ? operand.value : undefined)
  }

  /** The value, of the moment or of the window, and whose it is. */
  reading(facts: Facts, assetId: AssetId | undefined): Reading | undefined {
    const { maxAge, onStale, window } = this.look
    const now = facts.read(this.field, assetId, this.source, { maxAge, ignoreStale: onStale === "ignore" })
    if (now === undefined || window === undefined) return now
    return this.shared?.read(facts, assetId, window.minimumSamples)
  }

  /** The asset it speaks of when the policy speaks of `bound`; `undefined` for metrics, ticks and what is not known yet. */
  assetOf(facts: Facts, bound: AssetId | undefined): AssetId | undefined {
    const assetId = this.assetFor(facts, bound)
    return assetId === unresolved ? undefined : assetId
  }

  /** The same, with what names nothing told apart from what has no asset. */
  assetFor(facts: Facts, bound: AssetId | undefined): AssetId | undefined | typeof unresolved {
    if (this.filter === undefined) return this.isOfAsset ? bound : undefined
    if (this.filter.single !== undefined) return this.filter.single(facts) ?? unresolved
    if (bound === undefined || !this.filter.matches(facts, bound)) return unresolved
    return this.filter.isNow?.(facts, bound) ?? true ? bound : unresolved
  }

  /** The right side of the comparison at a moment; `undefined` when there is none or it is unknown. */
  right(scope: Scope): Value | undefined {
    const { operand } = this
    if (operand?._tag === "Constant") return operand.value
    if (operand?._tag !== "Expression") return undefined
    // `event.*` and `position.*` speak of the asset that is compared.
    const named = this.filter?.single?.(scope.facts)
    const value = operand.run(named === undefined || named === scope.assetId ? scope : { ...scope, assetId: named })
    return typeof value === "boolean" ? String(value) : value
  }
}

/** Stands for the asset of a filter that names none known. */
export const unresolved = Symbol("unresolved")

/** A value, whose it was, and the right side then. */
export interface Seen extends Reading {
  readonly right: Value | undefined
  /** Event time, ms. */
  readonly at: number
}

const isCrossing = (
  operator: Operator | undefined,
  { value: before, right: beforeRight }: Seen,
  value: Value,
  right: Value | undefined
): boolean => {
  if (operator === "changes") return before !== value
  if (right === undefined || beforeRight === undefined) return false
  return operator === "crosses_above" ? before <= beforeRight && value > right : before >= beforeRight && value < right
}

const compare = (operator: Operator, value: Value, operand: Operand | undefined, right: Value | undefined): Truth => {
  switch (operator) {
    case "in":
      return operand?._tag === "Constants" ? operand.values.has(value) : undefined
    case "matches":
      return operand?._tag === "Pattern" && typeof value === "string"
        ? isMatch(operand.pattern, value)
        : undefined
    case "contains":
      return typeof value === "string" && typeof right === "string" ? value.includes(right) : undefined
  }
  if (right === undefined || typeof right !== typeof value) return undefined
  switch (operator) {
    case "<":
      return value < right
    case "<=":
      return value <= right
    case ">":
      return value > right
    case ">=":
      return value >= right
    case "==":
      return value === right
    case "!=":
      return value !== right
    default:
      return undefined
  }
}

/** A condition ready to be read. */
export type Tree =
  | { readonly _tag: "Leaf"; readonly leaf: Leaf; readonly written: SimpleCondition }
  | { readonly _tag: "All" | "Any"; readonly parts: ReadonlyArray<Tree> }
  | { readonly _tag: "Not"; readonly part: Tree }
  | { readonly _tag: "Expression"; readonly run: (scope: Scope) => Outcome; readonly text: string }

/** What a tree says; `told` are the leaves the event told something. */
export const read = (tree: Tree, scope: Scope, bound: AssetId | undefined, told: ReadonlySet<Leaf>): Truth => {
  switch (tree._tag) {
    case "Leaf":
      return tree.leaf.read(scope, bound, told.has(tree.leaf))
    case "All":
    case "Any": {
      const decisive = tree._tag === "Any"
      let unknown = false
      for (const part of tree.parts) {
        const truth = read(part, scope, bound, told)
        if (truth === decisive) return decisive
        if (truth === undefined) unknown = true
      }
      return unknown ? undefined : !decisive
    }
    case "Not": {
      const truth = read(tree.part, scope, bound, told)
      return truth === undefined ? undefined : !truth
    }
    case "Expression": {
      const value = tree.run(scope)
      return typeof value === "boolean" ? value : undefined
    }
  }
}

/** Every leaf of a tree. */
export const leavesOf = (tree: Tree): ReadonlyArray<Leaf> => {
  switch (tree._tag) {
    case "Leaf":
      return [tree.leaf]
    case "All":
    case "Any":
      return tree.parts.flatMap(leavesOf)
    case "Not":
      return leavesOf(tree.part)
    case "Expression":
      return []
  }
}

/** Whether a tree can be true on the event of an edge alone. */
export const needsEdge = (tree: Tree): boolean => {
  switch (tree._tag) {
    case "Leaf":
      return tree.leaf.isEdge
    case "All":
      return tree.parts.some(needsEdge)
    case "Any":
      return tree.parts.every(needsEdge)
    case "Not":
    case "Expression":
      return false
  }
}
