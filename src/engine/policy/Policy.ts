/**
 * The shape of a policy file: the one Schema that validates what traders write. Unknown keys are errors. Numbers may be written
 * as numbers or as text; both are read exactly.
 */
import { Schema } from "effect"
import * as Fixed from "../../domain/Fixed.ts"
import { Side, TimeInForce } from "../../domain/Order.ts"
import { Span } from "../../domain/Span.ts"
import { PolicyTest } from "./PolicyTest.ts"
import { aggregations } from "./Window.ts"

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

/** A number, decimal text, or text with an expression. */
const NumberText = Schema.Union([Schema.Finite, Schema.String])

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

/** A stretch of event time, (now − duration, now], of which the field's values are put together. */
export const WindowSpec = Schema.Struct({
  duration: Span.check(Schema.isGreaterThan(0)),
  aggregation: Schema.Literals(aggregations),
  /** Values below which the window says nothing; default 1. */
  min_samples: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })))
})
export type WindowSpec = typeof WindowSpec.Type

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
  source: Schema.optionalKey(Schema.String),
  window: Schema.optionalKey(WindowSpec)
})
export type SimpleCondition = typeof SimpleCondition.Type

/** When a policy fires: a comparison or a combination of conditions, three-valued. */
export type Condition =
  | SimpleCondition
  | { readonly all: ReadonlyArray<Condition>; readonly max_age?: number }
  | { readonly any: ReadonlyArray<Condition>; readonly max_age?: number }
  | { readonly not: Condition }
  | { readonly expression: string }

const nested = Schema.suspend((): Schema.Codec<Condition, WrittenCondition> => Condition)

/** No value that is looked at may be older, ms. */
export const maxAge = Schema.optionalKey(Span)

/** A condition as it stands in a file, with lengths of time as text. */
export type WrittenCondition =
  | typeof SimpleCondition.Encoded
  | { readonly all: ReadonlyArray<WrittenCondition>; readonly max_age?: string }
  | { readonly any: ReadonlyArray<WrittenCondition>; readonly max_age?: string }
  | { readonly not: WrittenCondition }
  | { readonly expression: string }

/** A condition as written. */
export const Condition: Schema.Codec<Condition, WrittenCondition> = Schema.Union([
  SimpleCondition,
  Schema.Struct({ all: Schema.Array(nested).check(Schema.isMinLength(1)), max_age: maxAge }),
  Schema.Struct({ any: Schema.Array(nested).check(Schema.isMinLength(1)), max_age: maxAge }),
  Schema.Struct({ not: nested }),
  Schema.Struct({ expression: Schema.String })
])

const onFailure = Schema.optionalKey(Schema.Literals(["stop", "continue"]))

/** Channels that load whether or not the settings describe them; `run` says at its start which of those its policies use it has no address for. */
export const knownChannels = ["console", "telegram", "webhook"] as const

/** A message to a person. */
export const NotificationAction = Schema.Struct({
  type: Schema.Literal("notification"),
  channel: Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9_-]{0,63}$/)),
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
  close: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^(?:all|\d{1,2}(?:\.\d+)?%|100%)$/u))),
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

/** Cancels the orders to which everything given applies, or all. */
export const CancelAction = Schema.Struct({
  type: Schema.Literal("order"),
  operation: Schema.Literals(["cancel", "cancel_all"]),
  order_id: Schema.optionalKey(Schema.String),
  asset: Schema.optionalKey(Schema.String),
  /** Slug or condition id. */
  market: Schema.optionalKey(Schema.String),
  side: Schema.optionalKey(Side),
  policy: Schema.optionalKey(Schema.Literal("this")),
  on_failure: onFailure
})

/** Calls another program. */
export const WebhookAction = Schema.Struct({
  type: Schema.Literal("webhook"),
  method: Schema.optionalKey(Schema.Literals(["GET", "POST", "PUT", "PATCH", "DELETE"])),
  url: Schema.String,
  headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** Text, or anything of JSON with templates in its texts. */
  body: Schema.optionalKey(Schema.Json),
  on_failure: onFailure
})
export type WebhookAction = typeof WebhookAction.Type

/** What a policy does when it fires. */
export const Action = Schema.Union([NotificationAction, PlaceAction, CancelAction, WebhookAction])
export type Action = typeof Action.Type

/** So many in a stretch of event time: "20 per 1d". */
const Limit = Schema.String.check(Schema.isPattern(/^\d{1,15}(?:\.\d{1,6})? per \d{1,9}(?:ms|s|m|h|d)$/u))

/** What turns a policy off until the stretch has passed. */
export const Limits = Schema.Struct({
  firings: Schema.optionalKey(Limit),
  orders: Schema.optionalKey(Limit),
  /** pUSD of the orders it wants, at their prices. */
  notional: Schema.optionalKey(Limit)
})
export type Limits = typeof Limits.Type

/** One rule of a trader. */
export const Policy = Schema.Struct({
  id: Schema.String.check(Schema.isPattern(/^[a-z0-9_-]{1,64}$/u)),
  name: Schema.optionalKey(Schema.String),
  enabled: Schema.optionalKey(Schema.Boolean),
  /** Higher fires first among the firings of one event; default 0. */
  priority: Schema.optionalKey(Schema.Int),
  /** Least event time between two firings, ms; default 0. */
  cooldown: Schema.optionalKey(Span),
  cooldown_per: Schema.optionalKey(Schema.Literals(["policy", "asset", "market"])),
  conditions: Condition,
  /** How long the conditions must hold without a break, ms. */
  for: Schema.optionalKey(Span),
  /** What must have been true since the last firing. */
  rearm: Schema.optionalKey(Condition),
  /** What stale or gapped data are: unknown, still good, or true by themselves. */
  on_stale: Schema.optionalKey(Schema.Literals(["hold", "ignore", "fire"])),
  limits: Schema.optionalKey(Limits),
  actions: Schema.Array(Action).check(Schema.isMinLength(1))
})
export type Policy = typeof Policy.Type

/** A policy file. `$schema` is for editors of JSON files. */
export const PolicyFile = Schema.Struct({
  $schema: Schema.optionalKey(Schema.String),
  policies: Schema.Array(Policy),
  tests: Schema.optionalKey(Schema.Array(PolicyTest))
})
export type PolicyFile = typeof PolicyFile.Type

/** An exact number as somebody wrote it; `undefined` when it is none. */
export const numberOf = (written: string | number | boolean): Fixed.Fixed | undefined =>
  typeof written === "boolean" ? undefined : Fixed.fromText(String(written))
