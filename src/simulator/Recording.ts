/**
 * A recording of the market channel: one JSON line per frame, `{receivedAt, payloadUtf8}`, in the order received;
 * gzip or plain. Lines of other shapes, PONGs and texts that are no JSON are skipped. Each frame keeps its exact text.
 */
import type { Frame } from "./Frame.ts"
import { parseJson } from "./Http.ts"

/** New totals of one token's book that belong together: one timestamp, one resulting hash. */
export interface Group {
  readonly assetId: string
  readonly timestamp: string
  readonly hash: string
  readonly updates: Array<Update>
}

/** A whole book, or the new total at one price; texts as on the wire. */
export type Update =
  | { readonly kind: "book"; readonly bids: ReadonlyArray<TextLevel>; readonly asks: ReadonlyArray<TextLevel> }
  | { readonly kind: "level"; readonly side: "bids" | "asks"; readonly price: string; readonly size: string }

/** A price and a size as on the wire. */
export interface TextLevel {
  readonly price: string
  readonly size: string
}

/** What a frame says about a market apart from its books. */
export interface MarketNote {
  readonly market: string
  readonly tickSize?: string
  /** As books quote it; "" before the first trade. */
  readonly lastTradePrice?: string
  readonly version?: "v2"
}

/** One recorded frame. */
export interface RecordedFrame {
  /** 1-based line of the file. */
  readonly line: number
  /** ms since the first frame; never going back. */
  readonly offset: number
  readonly frame: Frame
  /** Changes that begin with this frame, later frames of the same change included. */
  readonly groups: Array<Group>
  readonly notes: ReadonlyArray<MarketNote>
}

/** A trade of a market, by the index of its frame. */
export interface RecordedTrade {
  readonly frameIndex: number
  readonly price: string
}

/** A market as far as frames tell. */
export interface RecordedMarket {
  readonly conditionId: string
  /** In order of appearance. */
  readonly assetIds: Array<string>
  readonly trades: Array<RecordedTrade>
  /** Every price seen, as text. */
  readonly prices: Set<string>
}

/** A whole recording. */
export interface Recording {
  readonly frames: ReadonlyArray<RecordedFrame>
  readonly markets: ReadonlyMap<string, RecordedMarket>
  /** Lines that were no frames. */
  readonly skipped: number
}

type Message = Readonly<Record<string, unknown>>

/** Reads the text of a recording. */
export const parse = (text: string): Recording => {
  const frames: Array<RecordedFrame> = []
  const markets = new Map<string, RecordedMarket>()
  const open = new Map<string, Group>()
  let skipped = 0
  let first: number | undefined
  let offset = 0
  let line = 0
  for (const lineText of text.split("\n")) {
    line++
    if (lineText.trim() === "") continue
    const read = readLine(lineText)
    if (read === undefined) {
      skipped++
      continue
    }
    const { array, at, messages, payload } = read
    first ??= at
    offset = Math.max(offset, Number.isFinite(at - first) ? at - first : 0)
    const groups: Array<Group> = []
    const notes: Array<MarketNote> = []
    const assetIds = new Set<string>()
    for (const message of messages) {
      readMessage(message, { assetIds, frameIndex: frames.length, groups, markets, notes, open })
    }
    const custom = messages.every((message) => customTypes.has(textOf(message["event_type"])))
    frames.push({
      line,
      offset,
      frame: {
        text: payload,
        assetIds: custom && messages.every((one) => textOf(one["event_type"]) !== "best_bid_ask") ? [] : [...assetIds],
        custom,
        ...(array ? { array: true as const } : {})
      },
      groups,
      notes
    })
  }
  return { frames, markets, skipped }
}

const customTypes = new Set(["best_bid_ask", "new_market", "market_resolved"])

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

const readLine = (lineText: string) => {
  const value = parseJson(lineText)
  if (typeof value !== "object" || value === null) return undefined
  const { data, dir, payloadUtf8, receivedAt, t } = value as Message
  const payload = typeof payloadUtf8 === "string" ? payloadUtf8 : dir === "recv" ? data : undefined
  if (typeof payload !== "string") return undefined
  const parsed = parseJson(payload)
  if (typeof parsed !== "object" || parsed === null) return undefined
  const stamp = receivedAt ?? t
  const at = typeof stamp === "number" ? stamp : Date.parse(textOf(stamp))
  const messages = objectsIn(Array.isArray(parsed) ? parsed : [parsed])
  return { payload, at, messages, array: Array.isArray(parsed) }
}

interface Reading {
  readonly frameIndex: number
  readonly groups: Array<Group>
  readonly notes: Array<MarketNote>
  readonly assetIds: Set<string>
  readonly markets: Map<string, RecordedMarket>
  /** The latest change of each token. */
  readonly open: Map<string, Group>
}

const readMessage = (message: Message, reading: Reading): void => {
  const conditionId = textOf(message["market"])
  const kind = textOf(message["event_type"])
  if (conditionId === "" || kind === "new_market" || kind === "market_resolved") return
  const market = marketOf(conditionId, reading.markets)
  const own = textOf(message["asset_id"])
  if (own !== "") noteAsset(market, own, reading)
  switch (kind) {
    case "book": {
      const bids = levelsOf(message["bids"])
      const asks = levelsOf(message["asks"])
      for (const { price } of [...bids, ...asks]) market.prices.add(price)
      update(own, textOf(message["timestamp"]), textOf(message["hash"]), { kind: "book", bids, asks }, reading)
      const { last_trade_price, tick_size, version } = message
      reading.notes.push({
        market: conditionId,
        ...(typeof tick_size === "string" && tick_size !== "" ? { tickSize: tick_size } : {}),
        ...(typeof last_trade_price === "string" ? { lastTradePrice: last_trade_price } : {}),
        ...(version === "v2" ? { version: "v2" as const } : {})
      })
      return
    }
    case "price_change": {
      for (const change of objectsIn(message["price_changes"])) {
        const assetId = textOf(change["asset_id"])
        const price = textOf(change["price"])
        noteAsset(market, assetId, reading)
        market.prices.add(price)
        const side = change["side"] === "BUY" ? "bids" : "asks"
        update(assetId, textOf(message["timestamp"]), textOf(change["hash"]), {
          kind: "level",
          side,
          price,
          size: textOf(change["size"])
        }, reading)
      }
      return
    }
    case "last_trade_price":
      market.trades.push({ frameIndex: reading.frameIndex, price: textOf(message["price"]) })
      return
    case "tick_size_change":
      reading.notes.push({ market: conditionId, tickSize: textOf(message["new_tick_size"]) })
  }
}

const marketOf = (conditionId: string, markets: Map<string, RecordedMarket>): RecordedMarket => {
  const known = markets.get(conditionId)
  if (known !== undefined) return known
  const market = { conditionId, assetIds: [], trades: [], prices: new Set<string>() }
  markets.set(conditionId, market)
  return market
}

const noteAsset = (market: RecordedMarket, assetId: string, reading: Reading): void => {
  reading.assetIds.add(assetId)
  if (!market.assetIds.includes(assetId)) market.assetIds.push(assetId)
}

const objectsIn = (value: unknown): ReadonlyArray<Message> =>
  Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : []

const levelsOf = (value: unknown): ReadonlyArray<TextLevel> =>
  objectsIn(value).map((level) => ({ price: textOf(level["price"]), size: textOf(level["size"]) }))

const update = (assetId: string, timestamp: string, hash: string, change: Update, reading: Reading): void => {
  const latest = reading.open.get(assetId)
  if (latest !== undefined && latest.hash === hash && latest.timestamp === timestamp) {
    latest.updates.push(change)
    return
  }
  const group: Group = { assetId, timestamp, hash, updates: [change] }
  reading.open.set(assetId, group)
  reading.groups.push(group)
}
