/**
 * Whether a book is the venue's: its hash recomputed and compared. The hash covers the market's previous trade price, which
 * arrives some 40 ms after the book that already contains it; so a hash that no known price explains stays open for a
 * second and is tried again when a trade arrives. A fold: state is changed in place, times are the caller's.
 */
import { hashOf } from "../../client/polymarket/clob/BookHash.ts"
import { type BookHashConstants, preimage } from "../../domain/BookHash.ts"
import * as Micro from "../../domain/Micro.ts"
import type { OrderBook } from "../../domain/OrderBook.ts"
import { complement, type Price } from "../../domain/Price.ts"
import * as TickSize from "../../domain/TickSize.ts"

/** How long a hash may wait for the trade that explains it, and a trade explains hashes that follow, ms. */
export const patience = 1_000

/** Most trades remembered, and most hashes that wait, a market. */
const mostTrades = 8
const mostOpen = 64

/** `open`: not explained yet. `unknown`: the previous trade price was never told, so that nothing can be said. */
export type Verdict = "verified" | "open" | "unknown"

/** What a market's trades tell about the previous trade price in its hashes. The two tokens of a market share it. */
export interface TradeMemory {
  /** Text that made the last verified hash, or that the venue told; `undefined` before either. */
  known: string | undefined
  /** Prices of trades since then, newest first, with the caller's time. */
  trades: Array<{ readonly price: Price; readonly at: number }>
  /** What was known before, and when it was replaced: the other token's older book may still be of it. Newest first. */
  former: Array<{ readonly text: string; readonly at: number }>
}

/** A hash that waits for its explanation. */
export interface OpenHash {
  readonly body: string
  readonly tail: string
  readonly hash: string
  /** When waiting ends, the caller's ms. */
  readonly deadline: number
}

/** A memory that knows nothing. */
export const makeMemory = (): TradeMemory => ({ known: undefined, trades: [], former: [] })

/** A trade price as the preimage writes it: at least three decimals. */
export const tradeText = (price: Price): string => {
  const text = Micro.formatPrice(price)
  const point = text.indexOf(".")
  return point < 0 ? `${text}.000` : text.padEnd(point + 4, "0")
}

/** Takes note of what the venue says the previous trade price is. */
export const tell = (memory: TradeMemory, lastTradePrice: string, now: number): void =>
  settleOn(memory, lastTradePrice, now)

/** Takes note of a trade. */
export const trade = (memory: TradeMemory, price: Price, now: number): void => {
  memory.trades.unshift({ price, at: now })
  if (memory.trades.length > mostTrades) memory.trades.pop()
}

const settleOn = (memory: TradeMemory, text: string, now: number): void => {
  if (memory.known !== undefined && memory.known !== text) {
    memory.former = [{ text: memory.known, at: now }, ...memory.former].slice(0, mostTrades)
  }
  memory.known = text
  if (memory.trades.length > 0) memory.trades = memory.trades.filter(({ at }) => now - at < patience)
}

const explain = (memory: TradeMemory, open: OpenHash, now: number): boolean => {
  const fits = (text: string): boolean => hashOf(open.body + text + open.tail) === open.hash
  const isIt = (text: string): boolean => {
    if (!fits(text)) return false
    settleOn(memory, text, now)
    return true
  }
  if (memory.known !== undefined && isIt(memory.known)) return true
  for (const { price } of memory.trades) {
    if (isIt(tradeText(price)) || isIt(tradeText(complement(price)))) return true
  }
  if (memory.former.some(({ at, text }) => now - at < patience && fits(text))) return true
  return memory.known !== "" && isIt("")
}

/** Compares a book with the venue's hash for it. An open one is added to `waiting`, when there is room. */
export const check = (
  book: OrderBook,
  constants: BookHashConstants,
  time: number,
  hash: string,
  memory: TradeMemory,
  waiting: Array<OpenHash>,
  now: number
): Verdict => {
  const tail = constants.versionTwo ? "\",\"version\":\"v2\"}" : "\"}"
  const whole = preimage(book, constants, String(time), "")
  const open = { body: whole.slice(0, -tail.length), tail, hash, deadline: now + patience }
  if (explain(memory, open, now)) return "verified"
  if (memory.known === undefined) return "unknown"
  if (waiting.length < mostOpen) waiting.push(open)
  return "open"
}

/** Tries the waiting hashes again and removes the explained ones; true when there were some. */
export const retry = (memory: TradeMemory, waiting: Array<OpenHash>, now: number): boolean => {
  const before = waiting.length
  for (let at = 0; at < waiting.length;) {
    if (explain(memory, waiting[at] as OpenHash, now)) waiting.splice(at, 1)
    else at++
  }
  return waiting.length < before
}

/** Tries the waiting hashes with another tick, which the venue may have used before it told it, and removes the explained ones. */
export const retick = (
  memory: TradeMemory,
  waiting: Array<OpenHash>,
  from: TickSize.TickSize,
  to: TickSize.TickSize,
  now: number
): void => {
  const [old, fresh] = [from, to].map((tick) => `"tick_size":"${TickSize.toText(tick)}"`) as [string, string]
  for (let at = 0; at < waiting.length;) {
    const open = waiting[at] as OpenHash
    if (explain(memory, { ...open, body: open.body.replace(old, fresh) }, now)) waiting.splice(at, 1)
    else at++
  }
}

/** True when a hash has waited in vain. */
export const isHopeless = (waiting: ReadonlyArray<OpenHash>, now: number): boolean =>
  waiting.length > 0 && now > (waiting[0] as OpenHash).deadline
