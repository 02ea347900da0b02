/** The words of explanations: what a condition speaks of, what it wants, and what would have to happen. For traders, not for programmers. Pure. */
import * as Fixed from "../../domain/Fixed.ts"
import { oneLine } from "../../domain/OneLine.ts"
import type { Change, Written } from "./Explanation.ts"
import type { Outcome } from "./Expression.ts"

const longest = 200

/** Text of any length in one short line. */
export const short = (text: string): string => {
  const line = oneLine(text)
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`
}

/** A value exactly, as text; numbers as decimals. */
export const textOf = (value: Outcome): string | undefined =>
  value === undefined ? undefined : typeof value === "bigint" ? Fixed.toDecimal(value) : short(String(value))

const shownPlaces = 8

/** A number for people: long fractions are cut short. */
export const numberText = (text: string): string => {
  const point = text.indexOf(".")
  if (point < 0 || text.length - point - 1 <= shownPlaces || !/^-?\d+\.\d+$/.test(text)) return text
  const value = Fixed.fromText(text)
  return value === undefined ? text : Fixed.toDecimal(Fixed.round(value, shownPlaces, "nearest"))
}

const fieldNames: Readonly<Record<string, string>> = {
  last: "last traded price",
  bid: "best bid",
  ask: "best ask",
  mid: "middle of bid and ask",
  bid_size: "size at the best bid",
  ask_size: "size at the best ask",
  imbalance: "imbalance of the book",
  volume_24h: "volume of 24 hours",
  trade_size: "size of the last trade",
  trade_side: "side of the last trade",
  avg_price: "average price paid",
  realized_pnl: "realized profit",
  unrealized_pnl: "unrealized profit",
  time_to_end: "time to the end in seconds",
  status: "status of the market",
  order_status: "status of the order",
  feed: "state of the feed",
  venue_mode: "mode of the venue",
  tick: "next second",
  fear_greed: "fear and greed index",
  btc_dominance: "dominance of BTC",
  total_market_cap: "value of all cryptocurrencies"
}

const nameOf = (field: string): string =>
  fieldNames[field] ?? (field.startsWith("cron:") ? `time of ${field}` : field.replaceAll("_", " "))

const aggregations: Readonly<Record<string, (name: string, span: string) => string>> = {
  first: (name, span) => `first ${name} within ${span}`,
  last: (name, span) => `latest ${name} within ${span}`,
  min: (name, span) => `lowest ${name} within ${span}`,
  max: (name, span) => `highest ${name} within ${span}`,
  avg: (name, span) => `average ${name} over ${span}`,
  sma: (name, span) => `average ${name} over ${span}`,
  sum: (name, span) => `sum of ${name} over ${span}`,
  count: (name, span) => `number of times ${name} was told within ${span}`,
  change: (name, span) => `change of ${name} over ${span}`,
  change_pct: (name, span) => `change of ${name} over ${span} in percent`,
  stddev: (name, span) => `standard deviation of ${name} over ${span}`,
  vwap: (name, span) => `average ${name} by volume over ${span}`,
  ema: (name, span) => `moving average (EMA) of ${name} over ${span}`,
  rsi: (name, span) => `RSI of ${name} over ${span}`,
  zscore: (name, span) => `z-score of ${name} over ${span}`
}

/** What a condition speaks of: "lowest best bid of will-it-rain:Yes within 5m (by clob)". */
export const subjectOf = ({ field, source, window }: Written, asset: string | undefined): string => {
  const name = `${nameOf(field)}${asset === undefined ? "" : ` of ${asset}`}`
  const what = window === undefined ? name : aggregations[window.aggregation]?.(name, window.duration) ?? name
  return `${what}${source === undefined ? "" : ` (by ${source})`}`
}

const comparisons: Readonly<Record<string, string>> = {
  "<": "is below",
  "<=": "is at or below",
  ">": "is above",
  ">=": "is at or above",
  "==": "is",
  "!=": "is not",
  in: "is one of",
  contains: "contains",
  matches: "matches",
  crosses_above: "crosses above",
  crosses_below: "crosses below",
  changes: "changes"
}

/** A comparison: "crosses below 0.4"; `compared` is what the right side is worth, where it is worked out. */
export const comparisonOf = ({ operator, value }: Written, compared: string | undefined): string => {
  if (operator === undefined) return "comes"
  const right = value === undefined ? "" : ` ${Array.isArray(value) ? value.join(", ") : short(String(value))}`
  const worth = compared === undefined ? "" : ` = ${numberText(compared)}`
  return `${comparisons[operator] ?? operator}${right}${worth}`
}

const opposites: Readonly<Record<string, string>> = {
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
  "==": "!=",
  "!=": "=="
}

const moves: Readonly<Record<string, (right: string) => string>> = {
  "<": (right) => `must fall below ${right}`,
  "<=": (right) => `must fall to ${right} or below`,
  ">": (right) => `must rise above ${right}`,
  ">=": (right) => `must rise to ${right} or above`,
  "==": (right) => `must become ${right}`,
  "!=": (right) => `must become something else than ${right}`
}

/** How a comparison of numbers or of texts that is not as wanted becomes so; `isWanted`: whether it is wanted to hold. */
export const moveOf = (
  subject: string,
  operator: string,
  isWanted: boolean,
  value: bigint | string,
  right: bigint | string
): Change => {
  const move = moves[isWanted ? operator : opposites[operator] ?? operator]
  const to = textOf(right) ?? ""
  const now = textOf(value) ?? ""
  const words = `${subject} ${move?.(numberText(to)) ?? "must change"}: now ${numberText(now)}`
  if (typeof value !== "bigint" || typeof right !== "bigint") return { words, to }
  const away = textOf(value > right ? value - right : right - value) ?? ""
  return { words: `${words}, ${away === "0" ? "exactly at it" : `${numberText(away)} away`}`, to, away }
}

/** How a crossing comes about from where the value is. */
export const crossingOf = (
  subject: string,
  isAbove: boolean,
  value: bigint,
  right: bigint,
  isArmed: boolean
): Change => {
  const to = textOf(right) ?? ""
  const now = numberText(textOf(value) ?? "")
  const [side, beyond] = isAbove ? ["below", "above"] : ["above", "below"]
  const away = textOf(value > right ? value - right : right - value) ?? ""
  const isOnItsSide = isAbove ? value <= right : value >= right
  const goal = numberText(to)
  if (!isOnItsSide) {
    return {
      words: `${subject} must first come back to ${goal} or ${side}, and then cross ${beyond} it: now ${now}`,
      to,
      away
    }
  }
  const first = isArmed ? "" : "after one more value to compare with, "
  return { words: `${subject} must cross ${beyond} ${goal}: ${first}now ${now}, ${numberText(away)} away`, to, away }
}

/** A time as people and programs read it. */
export const timeText = (ms: number): string => new Date(ms).toISOString()

/** A length of time for people, to the second: "1 h 5 min", "12 s". */
export const spanText = (ms: number): string => {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  const seconds = Math.round(ms / 1_000)
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"]
  ].filter(([count]) => count !== 0).slice(0, 2)
  return parts.map(([count, unit]) => `${count} ${unit}`).join(" ")
}
