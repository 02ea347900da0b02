/**
 * Scenario files: what happens in the simulator and when, in YAML. Times count from its start. Every mistake is told with file, line and column.
 *
 * Markets are named by their place (1: the first), slug or condition. Prices of markets are those of their first outcome.
 */
import { Result, Schema, SchemaIssue } from "effect"
import * as YAML from "yaml"
import { Span } from "../domain/Span.ts"
import { Timetable } from "./faults/Fault.ts"
import { names as faultNames } from "./faults/FaultText.ts"

const Market = Schema.Union([
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })),
  Schema.NonEmptyString
])
/** Which market. */
export type MarketName = typeof Market.Type

const Price = Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThan(1))

/** Leads the fair price of a market somewhere, where it stays. */
const Crash = Schema.Struct({ market: Market, to: Price, over: Schema.optionalKey(Span) })

/** Leads it somewhere for a while. */
const Spike = Schema.Struct({ market: Market, to: Price, over: Schema.optionalKey(Span), for: Span })

/** A finer tick. */
const Tick = Schema.Struct({ market: Market, to: Schema.Literals([0.01, 0.005, 0.0025, 0.001, 0.0001]) })

/** A market ends; `outcome` is one of its outcomes' names, or 0 or 1. */
const Resolve = Schema.Struct({
  market: Market,
  outcome: Schema.Union([Schema.NonEmptyString, Schema.Literals([0, 1])])
})

/** Agents of one market, or of all, do nothing for a while. */
const Pause = Schema.Struct({ market: Schema.optionalKey(Market), for: Span })

/** The price of a symbol changes by a share, for good or for a while. */
const PriceShock = Schema.Struct({
  symbol: Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,12}$/)),
  by: Schema.Finite.check(Schema.isGreaterThan(-1), Schema.isLessThan(10)),
  over: Schema.optionalKey(Span),
  for: Schema.optionalKey(Span)
})

/** What can happen. */
export const happenings = {
  crash: Schema.optionalKey(Crash),
  spike: Schema.optionalKey(Spike),
  tick: Schema.optionalKey(Tick),
  resolve: Schema.optionalKey(Resolve),
  pause: Schema.optionalKey(Pause),
  price: Schema.optionalKey(PriceShock),
  /** Lists one more market of the usual kind. */
  list: Schema.optionalKey(Schema.Struct({}))
}

const kinds = Object.keys(happenings)

/** Something that happens at a time after the start. */
export const ScenarioEvent = Schema.Struct({ at: Span, ...happenings }).check(
  Schema.makeFilter((event) =>
    Object.keys(event).filter((key) => key !== "at").length === 1 ||
    `expected exactly one of ${kinds.join(", ")} beside "at"`
  )
)
export type ScenarioEvent = typeof ScenarioEvent.Type

/** Markets that come again and again, "Bitcoin Up or Down" of some minutes each: named and decided as the venue's, by the price of a symbol. */
export const Series = Schema.Struct({
  symbol: Schema.Literals(["btc", "eth", "sol", "xrp", "doge"]),
  period: Schema.Literals(["5m", "15m"]),
  /** How long before a market begins it is listed. */
  ahead: Schema.optionalKey(Span),
  /** How long after its end it is resolved. */
  resolves: Schema.optionalKey(Span)
})
export type Series = typeof Series.Type

/** A scenario. */
export const Scenario = Schema.Struct({
  name: Schema.NonEmptyString,
  about: Schema.optionalKey(Schema.String),
  series: Schema.optionalKey(Schema.Array(Series)),
  events: Schema.optionalKey(Schema.Array(ScenarioEvent)),
  faults: Schema.optionalKey(Timetable)
})
export type Scenario = typeof Scenario.Type

/** The scenario cannot be used: everything that is wrong with it, a line each. */
export class ScenarioError extends Schema.TaggedError<ScenarioError>()("ScenarioError", {
  problems: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.problems.join("\n")
  }
}

/** Longest accepted text, characters. */
const longest = 256 * 1024

const formatter = SchemaIssue.makeFormatterStandardSchemaV1()
const decode = Schema.decodeUnknownResult(Scenario, { onExcessProperty: "error", errors: "all" })

/** Reads a scenario; `file` is how problems name it. */
export const parse = (text: string, file: string): Result.Result<Scenario, ScenarioError> => {
  const fail = (problems: ReadonlyArray<string>) => Result.fail(new ScenarioError({ problems }))
  if (text.length > longest) return fail([`${file}: expected at most ${longest} characters, found ${text.length}`])
  const counter = new YAML.LineCounter()
  const document = YAML.parseDocument(text, { strict: true, lineCounter: counter, prettyErrors: false })
  const place = (offset: number) => {
    const { col, line } = counter.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const complaints = [...document.errors, ...document.warnings]
  if (complaints.length > 0) return fail(complaints.map(({ message, pos }) => `${place(pos[0])}: ${message}`))
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    return fail([`${file}: ${error instanceof Error ? error.message : String(error)}`])
  }
  const decoded = decode(value)
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  return fail(
    formatter(decoded.failure.issue).issues.map(({ message, path = [] }) => {
      const keys = path.map((part) => (typeof part === "object" ? part.key : part))
      // A union of all faults says nothing to people.
      const isFault = keys.length === 2 && keys[0] === "faults"
      const told = isFault ? `expected "fault" to be one of ${faultNames.join(", ")}, and "on" to fit it` : message
      return `${place(offsetOf(document, keys))}: ${keys.length === 0 ? "" : `${keys.map(String).join(".")}: `}${told}`
    })
  )
}

/** Where a value begins, or what should hold it. */
const offsetOf = (document: YAML.Document, keys: ReadonlyArray<PropertyKey>): number => {
  for (let length = keys.length; length > 0; length--) {
    const node = document.getIn(keys.slice(0, length), true)
    if (YAML.isNode(node) && node.range) return node.range[0]
  }
  return 0
}
