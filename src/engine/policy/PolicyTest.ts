/** The shape of the tests of policies: what happens, as lines or as a recording, and the complete list of firings that follow. */
import { Schema } from "effect"
import * as Fixed from "../../domain/Fixed.ts"
import { MarketStatus } from "../../domain/Market.ts"
import { OrderStatus, Side } from "../../domain/Order.ts"
import { Span } from "../../domain/Span.ts"
import { VenueMode } from "../../domain/VenueMode.ts"

/** An exact number, written as a number or as text. */
const Amount = Schema.Union([Schema.Finite, Schema.String]).check(
  Schema.makeFilter((value) =>
    Fixed.fromText(String(value)) !== undefined || `expected a decimal number, found ${JSON.stringify(value)}`
  )
)

const amount = Schema.optionalKey(Amount)

const longest = 31 * 86_400_000

/** A time after the start; a month has two million ticks, which is enough. */
const Offset = Span.check(Schema.isLessThanOrEqualTo(longest, { message: "expected at most 31d" }))

/** Something that happens at a time after the start; a line with `at` alone lets time pass. */
export const WrittenEvent = Schema.Struct({
  at: Offset,
  asset: Schema.optionalKey(Schema.String),
  /** Default: clob for tokens, for symbols the first of prices.primary in the settings. */
  source: Schema.optionalKey(Schema.String),
  price: amount,
  bid: amount,
  ask: amount,
  volume: amount,
  volume_24h: amount,
  /** With `ask_size`, `bid` and `ask`: the top of the book. */
  bid_size: amount,
  ask_size: amount,
  trade: Schema.optionalKey(Schema.Struct({ side: Side, price: Amount, size: Amount })),
  metric: Schema.optionalKey(Schema.String),
  /** Of the metric. */
  value: amount,
  feed: Schema.optionalKey(Schema.Literals(["gap", "stale", "down", "live"])),
  /** What the venue takes from here on. */
  venue_mode: Schema.optionalKey(VenueMode),
  position: Schema.optionalKey(
    Schema.Struct({ size: Amount, avg_price: amount, realized_pnl: amount, unrealized_pnl: amount })
  ),
  order_status: Schema.optionalKey(OrderStatus),
  /** Of the market. */
  status: Schema.optionalKey(MarketStatus),
  tick_size: amount,
  liquidity: amount,
  /** How long the market goes on from here. */
  time_to_end: Schema.optionalKey(Span),
  /** The cron job of that name is due. */
  cron: Schema.optionalKey(Schema.String)
})
export type WrittenEvent = typeof WrittenEvent.Type

/** What is said of the order of a firing; what is left out may be anything. */
export const ExpectedOrder = Schema.Struct({
  asset: Schema.optionalKey(Schema.String),
  side: Schema.optionalKey(Side),
  price: amount,
  size: amount,
  amount
})
export type ExpectedOrder = typeof ExpectedOrder.Type

/** One firing, or `count` of them; what is left out may be anything, `*` stands for any text. */
export const ExpectedFiring = Schema.Struct({
  /** After the start; of a recording after its first frame. */
  at: Schema.optionalKey(Offset),
  policy: Schema.String,
  asset: Schema.optionalKey(Schema.String),
  notification: Schema.optionalKey(Schema.String),
  order: Schema.optionalKey(ExpectedOrder),
  /** As text; `<redacted>` stands for values of the environment. */
  webhook: Schema.optionalKey(
    Schema.Struct({ url: Schema.optionalKey(Schema.String), body: Schema.optionalKey(Schema.String) })
  ),
  count: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })))
})
export type ExpectedFiring = typeof ExpectedFiring.Type

const head = { name: Schema.String, expect: Schema.Array(ExpectedFiring) }

/** A test with written events. */
export const WrittenTest = Schema.Struct({ ...head, events: Schema.Array(WrittenEvent) })
export type WrittenTest = typeof WrittenTest.Type

/** A test with a recording; the path is relative to the file of the test. */
export const RecordedTest = Schema.Struct({ ...head, recording: Schema.String })
export type RecordedTest = typeof RecordedTest.Type

/** A test of policies. */
export const PolicyTest = Schema.Union([WrittenTest, RecordedTest])
export type PolicyTest = typeof PolicyTest.Type
