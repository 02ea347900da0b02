/**
 * The shape of a policy file: the one Schema that validates what traders write. Unknown keys are errors. Numbers may be written
 * as numbers or as text; both are read exactly.
 */
import { Schema } from "effect"
import * as Fixed from "../../domain/Fixed.ts"
import { Side, TimeInForce } from "../../domain/Order.ts"
import { Span } from "../../domain/Span.ts"

const Scalar = Schema.Union([Schema.String, Schema.Number, Schema.Boolean])

/** A number, decimal text, or text with an expression. */
const NumberText = Schema.Union([Schema.Number, Schema.String])

/** How a value is compared. Crossings and `changes` are true only on the event of the change. */
export const Operator = Schema.Literals([
  "<",
  "<=",
  ">",
  ">=",
  "==",
  "!=",
  "in",
  "contains",
  "matches",
  "crosses_above",
  "crosses_below",
  "changes"
])
export type Operator = typeof Operator.Type

/** One comparison of a field. Without `asset` it speaks of whatever asset the event is of. */
export const SimpleCondition = Schema.Struct({
  field: Schema.String,
  /** Absent for `tick` and `cron:<name>`, which are true when they come. */
  operator: Schema.optionalKey(Operator),
  value: Schema.optionalKey(Schema.Union([Scalar, Schema.Array(Scalar)])),
  /** Token id, `slug:Outcome` (globs allowed), symbol, or a list of these. */
  asset: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  /** Slug or condition id. */
  market: Schema.optionalKey(Schema.String),
  /** Name of the outcome, for example "Yes". */
  outcome: Schema.optionalKey(Schema.String),
  source: Schema.optionalKey(Schema.String)
})
export type SimpleCondition = typeof SimpleCondition.Type

/** When a policy fires: a comparison or a combination of conditions, three-valued. */
export type Condition =
  | SimpleCondition
  | { readonly all: ReadonlyArray<Condition> }
  | { readonly any: ReadonlyArray<Condition> }
  | { readonly not: Condition }
  | { readonly expression: string }

const nested = Schema.suspend((): Schema.Codec<Condition> => Condition)

/** A condition as written. */
export const Condition: Schema.Codec<Condition> = Schema.Union([
  SimpleCondition,
  Schema.Struct({ all: Schema.Array(nested).check(Schema.isMinLength(1)) }),
  Schema.Struct({ any: Schema.Array(nested).check(Schema.isMinLength(1)) }),
  Schema.Struct({ not: nested }),
  Schema.Struct({ expression: Schema.String })
])

const onFailure = Schema.optionalKey(Schema.Literals(["stop", "continue"]))

/** A message to a person. */
export const NotificationAction = Schema.Struct({
  type: Schema.Literal("notification"),
  channel: Schema.Literals(["console"]),
  template: Schema.String,
  on_failure: onFailure
})

/** What to order. */
export const OrderTerms = Schema.Struct({
  asset: Schema.optionalKey(Schema.String),
  market: Schema.optionalKey(Schema.String),
  outcome: Schema.optionalKey(Schema.String),
  side: Side,
  type: Schema.Literals(["limit", "market"]),
  /** Limit, or the worst price of a market order. */
  price: Schema.optionalKey(NumberText),
  /** Shares. */
  size: Schema.optionalKey(NumberText),
  /** pUSD, market buys only. */
  amount: Schema.optionalKey(NumberText),
  /** "all" or a share of the position such as "50%". */
  close: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^(?:all|\d{1,2}(?:\.\d+)?%|100%)$/))),
  time_in_force: Schema.optionalKey(TimeInForce),
  expires: Schema.optionalKey(Span),
  post_only: Schema.optionalKey(Schema.Boolean),
  round: Schema.optionalKey(Schema.Literals(["passive", "nearest"])),
  valid_for: Schema.optionalKey(Span)
})
export type OrderTerms = typeof OrderTerms.Type

/** Places an order. */
export const PlaceAction = Schema.Struct({
  type: Schema.Literal("order"),
  operation: Schema.Literal("place"),
  order: OrderTerms,
  on_failure: onFailure
})

/** Cancels orders of this policy, of an asset, or all. */
export const CancelAction = Schema.Struct({
  type: Schema.Literal("order"),
  operation: Schema.Literals(["cancel", "cancel_all"]),
  asset: Schema.optionalKey(Schema.String),
  policy: Schema.optionalKey(Schema.Literal("this")),
  on_failure: onFailure
})

/** What a policy does when it fires. */
export const Action = Schema.Union([NotificationAction, PlaceAction, CancelAction])
export type Action = typeof Action.Type

/** One rule of a trader. */
export const Policy = Schema.Struct({
  id: Schema.String.check(Schema.isPattern(/^[a-z0-9_-]{1,64}$/)),
  name: Schema.optionalKey(Schema.String),
  enabled: Schema.optionalKey(Schema.Boolean),
  /** Higher fires first among the firings of one event; default 0. */
  priority: Schema.optionalKey(Schema.Int),
  /** Least event time between two firings, ms; default 0. */
  cooldown: Schema.optionalKey(Span),
  cooldown_per: Schema.optionalKey(Schema.Literals(["policy", "asset", "market"])),
  conditions: Condition,
  actions: Schema.Array(Action).check(Schema.isMinLength(1))
})
export type Policy = typeof Policy.Type

/** A policy file. */
export const PolicyFile = Schema.Struct({ policies: Schema.Array(Policy) })
export type PolicyFile = typeof PolicyFile.Type

/** An exact number as somebody wrote it; `undefined` when it is none. */
export const numberOf = (written: string | number | boolean): Fixed.Fixed | undefined =>
  typeof written === "boolean" ? undefined : Fixed.fromText(String(written))
