/**
 * A scanner for `price_change` frames exactly as the venue writes them: fixed key order, members separated by "," or ", ".
 * Anything else, down to a market or asset it has not learned, makes it answer `undefined`, and the schema decides. What it
 * accepts, it decodes exactly as the schema would.
 */
import type { AssetId } from "../../../domain/Asset.ts"
import type { ConditionId } from "../../../domain/Market.ts"
import type { Price } from "../../../domain/Price.ts"
import type { Size } from "../../../domain/Size.ts"
import { type BookChange, type BookChangesMessage, emptySide, type StatedTop } from "./MarketMessage.ts"

/** Scans frames of markets it has learned. */
export interface PriceChangeScanner {
  /** What the frame says, or `undefined` when the schema has to decide. */
  readonly scan: (text: string) => BookChangesMessage | undefined
  /** Makes the scanner know an asset of a market. */
  readonly learn: (market: ConditionId, assetId: AssetId) => void
}

interface KnownMarket {
  readonly market: ConditionId
  readonly assets: Array<AssetId>
}

const quote = 34
const comma = 44
const dot = 46
const zero = 48
const space = 32
const closeBracket = 93

const marketKey = "{\"market\":\""
const changesKey = "\"price_changes\":["
const assetKey = "{\"asset_id\":\""
const priceKey = "\"price\":\""
const sizeKey = "\"size\":\""
const sideKey = "\"side\":\""
const hashKey = "\"hash\":\""
const bidKey = "\"best_bid\":\""
const askKey = "\"best_ask\":\""
const timeKey = "\"timestamp\":\""
const ending = "\"event_type\":\"price_change\"}"

const marketLength = 66
const hashLength = 40

/** Makes a scanner that knows nothing yet. */
export const makeScanner = (): PriceChangeScanner => {
  const known = new Map<string, KnownMarket>()
  let text = ""
  let at = 0

  const learn = (market: ConditionId, assetId: AssetId): void => {
    const entry = known.get(market)
    if (entry === undefined) known.set(market, { market, assets: [assetId] })
    else if (!entry.assets.includes(assetId)) entry.assets.push(assetId)
  }

  /** Steps over `"`, a separator and `key`, as between two members. */
  const toMember = (key: string): boolean => {
    if (text.charCodeAt(at) !== quote || text.charCodeAt(at + 1) !== comma) return false
    at += text.charCodeAt(at + 2) === space ? 3 : 2
    if (!text.startsWith(key, at)) return false
    at += key.length
    return true
  }

  /** Reads decimal text up to its quote into millionths, -1 when `Micro.parse` might not agree that it is one. */
  const decimal = (): number => {
    const start = at
    let value = 0
    let point = -1
    for (;; at++) {
      const code = text.charCodeAt(at)
      const digit = code - zero
      if (digit >= 0 && digit <= 9) value = value * 10 + digit
      else if (code === dot && point < 0 && at > start) point = at
      else break
    }
    const length = at - start
    if (length === 0 || length > 15) return -1
    let decimals = 0
    if (point >= 0) {
      decimals = at - point - 1
      if (decimals === 0 || decimals > 6) return -1
    }
    for (; decimals < 6; decimals++) value *= 10
    return value > Number.MAX_SAFE_INTEGER ? -1 : value
  }

  /** Like `decimal` for a price; -1 when it is above one. */
  const price = (): number => {
    const value = decimal()
    return value <= 1_000_000 ? value : -1
  }

  /** Reads a best price, "" for an empty side. */
  const stated = (): StatedTop | undefined => {
    if (text.charCodeAt(at) === quote) return emptySide
    const value = price()
    return value < 0 ? undefined : value
  }

  const asset = (assets: ReadonlyArray<AssetId>): AssetId | undefined => {
    for (const candidate of assets) {
      if (text.startsWith(candidate, at) && text.charCodeAt(at + candidate.length) === quote) {
        at += candidate.length
        return candidate
      }
    }
    return undefined
  }

  const hash = (): string | undefined => {
    for (let index = at; index < at + hashLength; index++) {
      const code = text.charCodeAt(index)
      if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return undefined
    }
    at += hashLength
    return text.slice(at - hashLength, at)
  }

  const change = (assets: ReadonlyArray<AssetId>): BookChange | undefined => {
    if (!text.startsWith(assetKey, at)) return undefined
    at += assetKey.length
    const assetId = asset(assets)
    if (assetId === undefined || !toMember(priceKey)) return undefined
    const level = price()
    if (level < 0 || !toMember(sizeKey)) return undefined
    const size = decimal()
    if (size < 0 || !toMember(sideKey)) return undefined
    const isBuy = text.startsWith("BUY", at)
    if (!isBuy && !text.startsWith("SELL", at)) return undefined
    at += isBuy ? 3 : 4
    if (!toMember(hashKey)) return undefined
    const digest = hash()
    if (digest === undefined || !toMember(bidKey)) return undefined
    const bid = stated()
    if (bid === undefined || !toMember(askKey)) return undefined
    const ask = stated()
    if (ask === undefined || !text.startsWith("\"}", at)) return undefined
    at += 2
    return {
      assetId,
      side: isBuy ? "buy" : "sell",
      price: level as Price,
      size: size as Size,
      hash: digest,
      bestBid: bid === 0 ? emptySide : bid,
      bestAsk: ask === 0 || ask === 1_000_000 ? emptySide : ask
    }
  }

  const time = (): number => {
    const start = at
    let value = 0
    for (;; at++) {
      const digit = text.charCodeAt(at) - zero
      if (!(digit >= 0 && digit <= 9)) break
      value = value * 10 + digit
    }
    const length = at - start
    return length === 0 || length > 15 || (length > 1 && text.charCodeAt(start) === zero) ? -1 : value
  }

  const scan = (frame: string): BookChangesMessage | undefined => {
    if (!frame.startsWith(marketKey)) return undefined
    text = frame
    at = marketKey.length + marketLength
    const entry = known.get(frame.slice(marketKey.length, at))
    if (entry === undefined || !toMember(changesKey)) return undefined
    const changes: Array<BookChange> = []
    for (;;) {
      const one = change(entry.assets)
      if (one === undefined) return undefined
      changes.push(one)
      const code = text.charCodeAt(at)
      if (code === closeBracket) break
      if (code !== comma) return undefined
      at += text.charCodeAt(at + 1) === space ? 2 : 1
    }
    at++
    if (text.charCodeAt(at) !== comma) return undefined
    at += text.charCodeAt(at + 1) === space ? 2 : 1
    if (!text.startsWith(timeKey, at)) return undefined
    at += timeKey.length
    const stamp = time()
    if (stamp < 0 || !toMember(ending)) return undefined
    if (at !== text.length) return undefined
    return { kind: "changes", market: entry.market, time: stamp, changes }
  }

  return { scan, learn }
}
