/**
 * Why a policy fires or is silent, as plain data: the tree of its conditions with what was found, and the state of everything else that has a say.
 * JSON through and through: numbers of policies are exact decimal text, times ISO UTC, lengths of time whole ms.
 */
import { Schema } from "effect"

/** True, false, or not known. */
export const Truth = Schema.Literals(["true", "false", "unknown"])
export type Truth = typeof Truth.Type

/** Why a value is not known. */
export const Unknown = Schema.Literals([
  "market_not_known",
  "no_such_outcome",
  "no_asset",
  "other_asset",
  "never_told",
  "no_value",
  "gap",
  "too_old",
  "window_empty",
  "too_few_samples",
  "window_undefined",
  "right_side_unknown",
  "read_unknown",
  "not_comparable"
])
export type Unknown = typeof Unknown.Type

/** A value, when it was told and by whom. */
export const Found = Schema.Struct({
  value: Schema.String,
  source: Schema.optionalKey(Schema.String),
  /** Absent where nothing tells it, such as the time to the end. */
  at: Schema.optionalKey(Schema.String)
})
export type Found = typeof Found.Type

/** What would have to happen, in words; the value to reach and how far it is where that is a number. */
export const Change = Schema.Struct({
  words: Schema.String,
  to: Schema.optionalKey(Schema.String),
  away: Schema.optionalKey(Schema.String)
})
export type Change = typeof Change.Type

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

/** A comparison as its file has it; `asset` is the name that was written. */
export const Written = Schema.Struct({
  field: Schema.String,
  operator: Schema.optionalKey(Schema.String),
  value: Schema.optionalKey(Schema.Union([Scalar, Schema.Array(Scalar)])),
  asset: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  market: Schema.optionalKey(Schema.String),
  outcome: Schema.optionalKey(Schema.String),
  source: Schema.optionalKey(Schema.String),
  window: Schema.optionalKey(Schema.Struct({
    duration: Schema.String,
    aggregation: Schema.String,
    min_samples: Schema.optionalKey(Schema.Int)
  }))
})
export type Written = typeof Written.Type

/** A name that an expression reads, with its value; without one it is not known. */
export const Read = Schema.Struct({ name: Schema.String, value: Schema.optionalKey(Schema.String) })
export type Read = typeof Read.Type

/** A part of a condition. */
export interface Part {
  readonly kind: "condition" | "expression" | "all" | "any" | "not"
  readonly truth: Truth
  /** Of a condition. */
  readonly written?: Written
  /** Of an expression: its text. */
  readonly expression?: string
  /** What it speaks of: `slug:Outcome`, a symbol, or a token whose market is not known. */
  readonly asset?: string
  readonly found?: Found
  /** What it is compared with, where that is worked out: the right side's value. */
  readonly compared?: string
  /** What its expression reads. */
  readonly reads?: ReadonlyArray<Read>
  /** Values in the window. */
  readonly samples?: number
  /** Of crossings and changes: the value before, when one was seen, and whether it happened on this very event. */
  readonly edge?: { readonly before?: string; readonly isNow: boolean }
  readonly unknown?: { readonly why: Unknown; readonly words: string }
  /** What would make it what the policy wants of it; absent when it is that already. */
  readonly change?: Change
  readonly parts?: ReadonlyArray<Part>
  /** Parts left out, because there was no room for them. */
  readonly leftOut?: number
}

/** A part of a condition. */
export const Part: Schema.Codec<Part> = Schema.Struct({
  kind: Schema.Literals(["condition", "expression", "all", "any", "not"]),
  truth: Truth,
  written: Schema.optionalKey(Written),
  expression: Schema.optionalKey(Schema.String),
  asset: Schema.optionalKey(Schema.String),
  found: Schema.optionalKey(Found),
  compared: Schema.optionalKey(Schema.String),
  reads: Schema.optionalKey(Schema.Array(Read)),
  samples: Schema.optionalKey(Schema.Int),
  edge: Schema.optionalKey(Schema.Struct({ before: Schema.optionalKey(Schema.String), isNow: Schema.Boolean })),
  unknown: Schema.optionalKey(Schema.Struct({ why: Unknown, words: Schema.String })),
  change: Schema.optionalKey(Change),
  parts: Schema.optionalKey(Schema.Array(Schema.suspend((): Schema.Codec<Part> => Part))),
  leftOut: Schema.optionalKey(Schema.Int)
})

/**
 * What decides: it fired; it is off; its conditions are false or unknown; it has to be armed again; it has not held for long enough, or has fired
 * or was held back for this hold already; it is in its cooldown; a limit is used up; or nothing stands in its way and it fires with the next news of its conditions.
 */
export const Verdict = Schema.Literals([
  "fired",
  "off",
  "false",
  "unknown",
  "unarmed",
  "holding",
  "held",
  "cooldown",
  "limit",
  "ready"
])
export type Verdict = typeof Verdict.Type

/** A limit and how much of it is used. */
export const LimitState = Schema.Struct({
  what: Schema.Literals(["firings", "orders", "notional"]),
  used: Schema.String,
  most: Schema.String,
  per: Schema.String,
  isUsedUp: Schema.Boolean,
  /** What a firing now would take, where that is more than is left. */
  wants: Schema.optionalKey(Schema.String),
  /** When some of what is used is free again; absent: nothing is used. */
  freesAt: Schema.optionalKey(Schema.String)
})
export type LimitState = typeof LimitState.Type

/** Why a policy fires or is silent, as of an event. */
export const Explanation = Schema.Struct({
  policy: Schema.String,
  name: Schema.String,
  revision: Schema.String,
  /** There when another policy of this id was in force at that time, with its revision; without one there was none. */
  inForceThen: Schema.optionalKey(Schema.Struct({ revision: Schema.optionalKey(Schema.String) })),
  /** There when nothing is archived of the half minute before the time that was asked about, with the event time of the last that is: no engine may have run. */
  archivedUntil: Schema.optionalKey(Schema.String),
  /** Event time of the last event that was taken. */
  at: Schema.String,
  eventId: Schema.Int,
  /** There when it fired on that event. */
  firingId: Schema.optionalKey(Schema.String),
  /** The asset it speaks of, by its name, when it speaks of one. */
  asset: Schema.optionalKey(Schema.String),
  assetId: Schema.optionalKey(Schema.String),
  verdict: Verdict,
  truth: Truth,
  /** Absent when there was no room for it. */
  conditions: Schema.optionalKey(Part),
  /** Of a policy with `for`. */
  hold: Schema.optionalKey(Schema.Struct({
    needs: Schema.Int,
    since: Schema.optionalKey(Schema.String),
    left: Schema.Int,
    hasFired: Schema.Boolean,
    /** Its time was full, which happens once, and it did not fire then: its cooldown, a limit or the want of being armed held it back. */
    isHeldBack: Schema.optionalKey(Schema.Boolean),
    /** It began before the engine was started. */
    isRestored: Schema.optionalKey(Schema.Boolean),
    /** It held since then before the engine was started, and goes on if it is found to hold by `until`. */
    before: Schema.optionalKey(Schema.Struct({ since: Schema.String, until: Schema.String }))
  })),
  /** Of a policy with `rearm`. */
  rearm: Schema.optionalKey(Schema.Struct({ isArmed: Schema.Boolean, conditions: Schema.optionalKey(Part) })),
  /** Of a policy with a cooldown. */
  cooldown: Schema.optionalKey(Schema.Struct({
    length: Schema.Int,
    per: Schema.Literals(["policy", "asset", "market"]),
    lastFiring: Schema.optionalKey(Schema.String),
    left: Schema.Int
  })),
  limits: Schema.Array(LimitState),
  off: Schema.optionalKey(Schema.Struct({
    by: Schema.Literals(["file", "person", "engine"]),
    actor: Schema.String,
    reason: Schema.String,
    at: Schema.optionalKey(Schema.String)
  })),
  /** What would have to happen for it to fire, all of it; empty when it fired. */
  changes: Schema.Array(Schema.String),
  /** How its conditions stand for the assets it knows, when it speaks of whatever asset an event is of; this is about the one that is nearest. */
  assets: Schema.optionalKey(Schema.Struct({
    known: Schema.Int,
    looked: Schema.Int,
    true: Schema.Int,
    false: Schema.Int,
    unknown: Schema.Int,
    /** Absent: that cannot be told, since what has to change is not known or no number; this is one of them. */
    isNearest: Schema.optionalKey(Schema.Boolean)
  })),
  /** Something was left out, because there was no room for it. */
  isCut: Schema.optionalKey(Schema.Boolean)
})
export type Explanation = typeof Explanation.Type
