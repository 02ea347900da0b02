/**
 * A tree of conditions with what was found for each part of it, whether that is what the policy wants, and if not, what would have to happen.
 * Reads as the evaluator does and changes nothing that a decision depends on.
 */
import type { AssetId } from "../../domain/Asset.ts"
import * as Span from "../../domain/Span.ts"
import type { MarketEvent } from "../MarketEvent.ts"
import { type Leaf, leavesOf, read, type Tree, type Truth, unresolved } from "./Conditions.ts"
import type { Evaluator } from "./Evaluate.ts"
import { ofExpression, readsOf, valuesOf } from "./ExplainExpression.ts"
import { assetText, whyIncomparable, whyUnknown } from "./ExplainUnknown.ts"
import { crossingOf, moveOf, short, subjectOf, textOf, timeText } from "./ExplainWords.ts"
import type { Change, Found, Part, Written } from "./Explanation.ts"
import type * as Expression from "./Expression.ts"
import type { Facts } from "./Facts.ts"
import type { Trace } from "./KnownFacts.ts"
import type { SimpleCondition } from "./Policy.ts"
import type { Rule } from "./Rule.ts"
import type { Scope } from "./Scope.ts"

/** The moment that is explained: a policy, the event it is read on, and the asset it speaks of. */
export interface Moment {
  readonly evaluator: Evaluator
  readonly rule: Rule
  readonly event: MarketEvent
  readonly scope: Scope
  readonly assetId: AssetId | undefined
}

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

/** Truth in a word. */
export const truthText = (truth: Truth): Part["truth"] => truth === undefined ? "unknown" : truth ? "true" : "false"

/** The conditions without operator that an event makes true: the clock's second, and crons by their names. */
export const toldBy = (tree: Tree, event: MarketEvent): ReadonlySet<Leaf> => {
  if (event._tag !== "Tick") return new Set()
  const field = event.kind === "cron" ? `cron:${event.name}` : "tick"
  return new Set(leavesOf(tree).filter((leaf) => leaf.operator === undefined && leaf.field === field))
}

/** What a tree says at a moment, as the evaluator reads it; of a plain comparison, which is found by its threshold, what that finds. */
export const truthOf = (tree: Tree, moment: Moment): Truth =>
  tree._tag === "Leaf" && moment.rule.isPlain
    ? leafTruth(tree.leaf, moment)
    : read(tree, moment.scope, moment.assetId, toldBy(tree, moment.event))

const leafTruth = (leaf: Leaf, moment: Moment): Truth => {
  const { assetId, event, evaluator, rule, scope } = moment
  const target = leaf.assetFor(scope.facts, assetId)
  if (!rule.isPlain || !leaf.isEdge || target === unresolved || target === undefined) {
    return leaf.read(scope, assetId, toldBy({ _tag: "Leaf", leaf, written: { field: leaf.field } }, event).has(leaf))
  }
  if (leaf.reading(scope.facts, target) === undefined) return undefined
  // The first value that a policy is told only arms it, also when others have heard of the asset before.
  if (rule.bound.get(target) === event.id) return false
  const seen = evaluator.seenOn(event.id, leaf.field, target)
  const right = leaf.right(scope)
  if (seen?.before === undefined || seen.now === undefined || seen.before.source !== seen.now.source) return false
  const [before, now] = [seen.before.value, seen.now.value]
  if (typeof before !== "bigint" || typeof now !== "bigint" || typeof right !== "bigint") return false
  return leaf.operator === "crosses_above" ? before <= right && now > right : before >= right && now < right
}

/** A part with what was found; `isWanted` is what the policy wants of it, which is false below a `not`. */
export const partOf = (tree: Tree, moment: Moment, isWanted: boolean): Part => {
  switch (tree._tag) {
    case "Leaf":
      return conditionOf(tree.leaf, tree.written, moment, isWanted)
    case "Expression":
      return expressionOf(tree, moment, isWanted)
    case "All":
    case "Any":
      return {
        kind: tree._tag === "All" ? "all" : "any",
        truth: truthText(truthOf(tree, moment)),
        parts: tree.parts.map((part) => partOf(part, moment, isWanted))
      }
    case "Not":
      return {
        kind: "not",
        truth: truthText(truthOf(tree, moment)),
        parts: [partOf(tree.part, moment, !isWanted)]
      }
  }
}

const writtenOf = ({ window, ...written }: SimpleCondition): Written => ({
  ...written,
  ...(window === undefined ? {} : { window: { ...window, duration: Span.toText(window.duration) } })
})

const conditionOf = (leaf: Leaf, condition: SimpleCondition, moment: Moment, isWanted: boolean): Part => {
  const { assetId, scope } = moment
  const { facts } = scope
  const written = writtenOf(condition)
  const target = leaf.assetFor(facts, assetId)
  const asset = target === unresolved
    ? assetText(condition)
    : target === undefined
    ? undefined
    : nameWith(facts, target, condition)
  const truth = leafTruth(leaf, moment)
  const part: Mutable<Part> = { kind: "condition", truth: truthText(truth), written }
  if (asset !== undefined) part.asset = asset
  const subject = subjectOf(written, asset)
  if (leaf.operator === undefined) {
    const isTick = leaf.field === "tick"
    if (truth !== isWanted) {
      part.change = {
        words: isWanted
          ? isTick ? "the next second must come" : `the time of ${leaf.field} must come`
          : "passes with the next event"
      }
    }
    return part
  }
  const trace = target === unresolved ? undefined : facts.trace(leaf.field, target, leaf.source)
  const reading = target === unresolved ? undefined : leaf.reading(facts, target)
  const value = reading?.value
  if (reading !== undefined) part.found = foundOf(reading.value, trace)
  if (leaf.look.window !== undefined && target !== unresolved) part.samples = leaf.shared?.count(facts, target) ?? 0
  const right = leaf.right(scope)
  if (leaf.operand?._tag === "Expression") {
    if (right !== undefined) part.compared = textOf(right) ?? ""
    part.reads = readsOf(leaf, String(condition.value), scope)
  }
  if (leaf.isEdge && target !== unresolved) part.edge = edgeOf(leaf, target, moment, truth === true)
  const unknown = value === undefined
    ? whyUnknown(leaf, condition, target, trace, part.samples ?? 0, assetId, facts)
    : truth === undefined
    ? whyIncomparable(right, part.reads)
    : undefined
  const isStaleTrue = leaf.look.onStale === "fire" && truth === true && value === undefined
  if (unknown !== undefined) {
    part.unknown = {
      why: unknown.why,
      words: isStaleTrue ? `${unknown.words}: that makes it true (on_stale: fire)` : unknown.words
    }
  }
  if (truth === isWanted) return part
  if (unknown !== undefined) part.change = { words: `${subject} ${unknown.change}` }
  else if (value !== undefined && target !== unresolved) {
    const isArmed = moment.rule.isPlain || leaf.seen(target, moment.event.id).last !== undefined
    const change = changeOf(leaf, subject, { value, right, isWanted, isArmed }, part)
    const orStale = leaf.look.onStale === "fire" && isWanted ? ", or fall silent (on_stale: fire)" : ""
    part.change = { ...change, words: `${change.words}${orStale}` }
  }
  return part
}

/** The name of an asset: as it was written when that is a single name, so that people recognize it. */
const nameWith = (facts: Facts, assetId: AssetId, { asset }: SimpleCondition): string => {
  const name = facts.nameOf(assetId)
  return typeof asset === "string" && asset.startsWith("series:") ? `${name} (${asset})` : name
}

const foundOf = (value: bigint | string, trace: Trace | undefined): Found => ({
  value: textOf(value) ?? "",
  ...(trace === undefined ? {} : { source: trace.source, at: timeText(trace.receivedAt) })
})

const edgeOf = (
  leaf: Leaf,
  assetId: AssetId | undefined,
  moment: Moment,
  isNow: boolean
): NonNullable<Part["edge"]> => {
  const { event, evaluator, rule } = moment
  const plain = rule.isPlain && assetId !== undefined ? evaluator.seenOn(event.id, leaf.field, assetId) : undefined
  const before = plain === undefined ? leaf.seen(assetId, event.id).from?.value : plain.before?.value
  const text = textOf(before)
  return text === undefined ? { isNow } : { before: text, isNow }
}

const changeOf = (
  leaf: Leaf,
  subject: string,
  { isArmed, isWanted, right, value }: {
    readonly value: bigint | string
    readonly right: bigint | string | undefined
    readonly isWanted: boolean
    /** Of a crossing: whether there is a value to compare the next with. */
    readonly isArmed: boolean
  },
  part: Part
): Change => {
  const { operand, operator } = leaf
  const now = textOf(value) ?? ""
  switch (operator) {
    case "changes":
      return isWanted ? { words: `${subject} must change: now ${now}` } : { words: "passes with the next event" }
    case "crosses_above":
    case "crosses_below":
      if (!isWanted) return { words: "passes with the next event" }
      return typeof value === "bigint" && typeof right === "bigint"
        ? crossingOf(subject, operator === "crosses_above", value, right, isArmed)
        : { words: `${subject} must cross a value that is not known yet` }
    case "in": {
      const values = operand?._tag === "Constants" ? [...operand.values].map(textOf).join(", ") : ""
      return { words: `${subject} must become ${isWanted ? "one" : "none"} of ${short(values)}: now ${now}` }
    }
    case "contains":
    case "matches": {
      const pattern = short(String(part.written?.value ?? ""))
      const verb = operator === "contains" ? "contain" : "match"
      return { words: `${subject} must ${isWanted ? "" : "not "}${verb} ${JSON.stringify(pattern)}: now ${now}` }
    }
    case undefined:
      return { words: `${subject} must come` }
    default:
      return right === undefined
        ? { words: `${subject} must be comparable` }
        : moveOf(subject, operator, isWanted, value, right)
  }
}

const expressionOf = (tree: Extract<Tree, { _tag: "Expression" }>, moment: Moment, isWanted: boolean): Part => {
  const { scope } = moment
  const truth = truthOf(tree, moment)
  const anatomy = ofExpression(tree, tree.text)
  const reads = valuesOf(anatomy, scope)
  const part: Mutable<Part> = { kind: "expression", truth: truthText(truth), expression: tree.text, reads }
  const left = anatomy.sides?.left.run(scope)
  const right = anatomy.sides?.right.run(scope)
  if (left !== undefined) part.found = { value: textOf(left) ?? "" }
  if (right !== undefined) part.compared = textOf(right) ?? ""
  if (truth === undefined) {
    const missing = reads.filter(({ value }) => value === undefined).map(({ name }) => name)
    const what = missing.length === 0 ? "its value" : missing.join(", ")
    part.unknown = { why: "read_unknown", words: `not known: ${what}` }
    part.change = { words: `${what} must become known` }
  } else if (truth !== isWanted) {
    part.change = anatomy.sides !== undefined && isComparable(left) && isComparable(right)
      ? moveOf(short(anatomy.sides.leftText), anatomy.sides.operator, isWanted, left, right)
      : { words: `${short(tree.text)} must become ${isWanted ? "true" : "false"}` }
  }
  return part
}

const isComparable = (value: Expression.Outcome): value is bigint | string =>
  typeof value === "bigint" || typeof value === "string"
