/** Real messages: each must decode, and encode back to itself restricted to the keys the schema has. Keys left out are listed. */
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { basename } from "node:path"
import { gunzipSync } from "node:zlib"
import {
  BalanceAllowance,
  CancelReply,
  ClobMarket,
  ClobOrder,
  ClobTrade,
  CompactMarket,
  DataRows,
  ErrorBody,
  GammaEvent,
  GammaMarket,
  GammaTag,
  MarketChannelMessage,
  OrderBookSummary,
  pageOf,
  PolyBoltFrame,
  PostOrderReply,
  RtdsFrame,
  SearchResult,
  SportsMessage,
  UserOrderMessage,
  UserTradeMessage
} from "../../src/index.ts"
import { type Check, difference, unknown } from "./Check.ts"

type AnySchema = Schema.Codec<unknown, unknown>

/** By the beginning of the file's name, longest first. */
const kinds: ReadonlyArray<readonly [string, AnySchema]> = [
  ["clob.clob-markets.", CompactMarket],
  ["clob.markets-by-condition.", ClobMarket],
  ["clob.balance-allowance.", BalanceAllowance],
  ["clob.data-orders.", pageOf(ClobOrder)],
  ["clob.data-trades.", pageOf(ClobTrade)],
  ["clob.data-order.", ClobOrder],
  ["clob.data-trade.", ClobTrade],
  ["clob.post-order.", PostOrderReply],
  ["clob.cancel.", CancelReply],
  ["clob.error-", ErrorBody],
  ["clob.book.", OrderBookSummary],
  ["data-v1.positions.", Schema.Array(DataRows.PositionV1)],
  ["data-v1.trades.", Schema.Array(DataRows.TradeV1)],
  ["data-v1.activity.", Schema.Array(DataRows.ActivityV1)],
  ["data-v2.positions.", DataRows.pageOf(DataRows.PositionRow)],
  ["data-v2.trades.", DataRows.pageOf(DataRows.TradeRow)],
  ["data-v2.activity.", DataRows.pageOf(DataRows.ActivityRow)],
  ["data-v2.prices-history.", DataRows.pageOf(DataRows.PriceRow)],
  ["data-v2.resolutions.", DataRows.pageOf(DataRows.ResolutionRow)],
  ["gamma.event.", Schema.Union([Schema.Array(GammaEvent), GammaEvent])],
  ["gamma.tags.", Schema.Array(GammaTag)],
  ["gamma.public-search.", SearchResult],
  ["gamma.markets.", GammaMarket],
  ["gamma.market.", GammaMarket],
  ["polybolt.", Schema.Union([Schema.Array(PolyBoltFrame), PolyBoltFrame])],
  ["rtds.", RtdsFrame],
  ["ws-market.", MarketChannelMessage],
  ["ws-sports.", SportsMessage],
  ["ws-user.order.", UserOrderMessage],
  ["ws-user.trade.", UserTradeMessage]
]

/** The bytes of a file as text, gunzipped when its name says so. */
export const read = (path: string): string => {
  const bytes = readFileSync(path)
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** `whole` cut down to the keys of `part`; the paths of keys left out are added to `left`. */
const restrict = (whole: unknown, part: unknown, path: string, left: Set<string>): unknown => {
  if (Array.isArray(whole) && Array.isArray(part)) {
    return whole.map((item, at) => restrict(item, part[at], `${path}[]`, left))
  }
  if (!isObject(whole) || !isObject(part)) return whole
  const kept: Record<string, unknown> = {}
  for (const key of Object.keys(whole)) if (!Object.hasOwn(part, key)) left.add(`${path}.${key}`)
  for (const key of Object.keys(part)) {
    if (Object.hasOwn(whole, key)) kept[key] = restrict(whole[key], part[key], `${path}.${key}`, left)
  }
  return kept
}

/** The messages in a file: the file itself, or what its lines hold. Text frames such as PONG are none. */
const messages = (path: string): ReadonlyArray<unknown> => {
  const text = read(path)
  if (!/\.jsonl(?:\.gz)?$/.test(path)) return [JSON.parse(text)]
  return text.split("\n").filter((line) => line.trim() !== "").flatMap((line) => {
    const parsed: unknown = JSON.parse(line)
    if (!isObject(parsed)) return [parsed]
    if ("raw" in parsed) return [parsed.raw]
    if (!("dir" in parsed)) return [parsed]
    if (parsed.dir !== "recv" || typeof parsed.data !== "string" || !/^\s*[[{]/.test(parsed.data)) return []
    const frame: unknown = JSON.parse(parsed.data)
    return Array.isArray(frame) ? frame : [frame]
  })
}

/** The check of a payload file. */
export const payload = (path: string, leftOut: Map<string, ReadonlySet<string>>): Check => {
  const name = `payloads/${basename(path)}`
  const schema = kinds.find(([start]) => basename(path).startsWith(start) || basename(path) === `${start}json`)?.[1]
  if (schema === undefined) return unknown(name)
  return {
    name,
    run: () => {
      const left = new Set<string>()
      for (const message of messages(path)) {
        const encoded = Schema.encodeSync(schema)(Schema.decodeUnknownSync(schema)(message))
        const problem = difference(encoded, restrict(message, encoded, "", left))
        if (problem !== undefined) return problem
      }
      leftOut.set(name, left)
      return undefined
    }
  }
}
