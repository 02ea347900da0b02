/**
 * A scanner over the bytes of `price_change` frames exactly as the venue writes them: fixed key order, members separated by
 * "," or ", ". Anything else, down to a market or asset it has not learned, makes it answer `undefined`, and the schema
 * decides. What it accepts, it decodes exactly as the schema would. Loops work on locals: this is the engine's hottest code.
 */
import type { AssetId } from "../../../domain/Asset.ts"
import type { ConditionId } from "../../../domain/Market.ts"
import type { Price } from "../../../domain/Price.ts"
import type { Size } from "../../../domain/Size.ts"
import { type BookChange, type BookChangesMessage, emptySide, type StatedTop } from "./MarketMessage.ts"

/** Scans frames of markets it has learned. */
export interface PriceChangeScanner {
  /** What the frame says, or `undefined` when the schema has to decide. */
  readonly scan: (frame: Buffer) => BookChangesMessage | undefined
  /** Makes the scanner know an asset of a market. */
  readonly learn: (market: ConditionId, assetId: AssetId) => void
}

interface KnownAsset {
  readonly assetId: AssetId
  readonly bytes: Uint8Array
}

interface KnownMarket {
  readonly market: ConditionId
  readonly bytes: Uint8Array
  readonly assets: Array<KnownAsset>
}

const quote = 34
const comma = 44
const dot = 46
const zero = 48
const space = 32
const closeBrace = 125
const closeBracket = 93
const letterB = 66
const letterS = 83

const marketKey = Buffer.from("{\"market\":\"")
const changesKey = Buffer.from("\"price_changes\":[")
const assetKey = Buffer.from("{\"asset_id\":\"")
const priceKey = Buffer.from("\"price\":\"")
const sizeKey = Buffer.from("\"size\":\"")
const sideKey = Buffer.from("\"side\":\"")
const hashKey = Buffer.from("\"hash\":\"")
const bidKey = Buffer.from("\"best_bid\":\"")
const askKey = Buffer.from("\"best_ask\":\"")
const timeKey = Buffer.from("\"timestamp\":\"")
const ending = Buffer.from("\"event_type\":\"price_change\"}")
const buy = Buffer.from("BUY")
const sell = Buffer.from("SELL")

const hashLength = 40

/** Digits of a market id that tell markets apart well enough to find it; all are compared then. */
const telling = 8

const startsWith = (bytes: Uint8Array, part: Uint8Array, at: number): boolean => {
  for (let index = 0; index < part.length; index++) if (bytes[at + index] !== part[index]) return false
  return true
}

const fingerprint = (bytes: Uint8Array, end: number): number => {
  let value = 0
  for (let at = end - telling; at < end; at++) value = (Math.imul(value, 31) + (bytes[at] as number)) | 0
  return value
}

/** Makes a scanner that knows nothing yet. */
export const makeScanner = (): PriceChangeScanner => {
  const known = new Map<number, Array<KnownMarket>>()
  let bytes: Buffer = marketKey
  let at = 0

  const learn = (market: ConditionId, assetId: AssetId): void => {
    const asset = { assetId, bytes: Buffer.from(assetId) }
    const marketBytes = Buffer.from(market)
    const key = fingerprint(marketBytes, marketBytes.length)
    const alike = known.get(key)
    const entry = alike?.find((candidate) => candidate.market === market)
    if (entry !== undefined) {
      if (!entry.assets.some((candidate) => candidate.assetId === assetId)) entry.assets.push(asset)
      return
    }
    const fresh = { market, bytes: marketBytes, assets: [asset] }
    if (alike === undefined) known.set(key, [fresh])
    else alike.push(fresh)
  }

  const marketAt = (start: number): KnownMarket | undefined => {
    const alike = known.get(fingerprint(bytes, start + 66))
    if (alike === undefined) return undefined
    for (const entry of alike) if (startsWith(bytes, entry.bytes, start)) return entry
    return undefined
  }

  /** Steps over `"`, a separator and `key`, as between two members. */
  const toMember = (key: Uint8Array): boolean => {
    const local = bytes
    if (local[at] !== quote || local[at + 1] !== comma) return false
    const start = local[at + 2] === space ? at + 3 : at + 2
    if (!startsWith(local, key, start)) return false
    at = start + key.length
    return true
  }

  /** Reads decimal text up to its quote into millionths, -1 when `Micro.parse` might not agree that it is one. */
  const decimal = (): number => {
    const local = bytes
    const start = at
    let index = start
    let value = 0
    let point = -1
    for (;; index++) {
      const code = local[index] as number
      if (code >= zero && code <= 57) value = value * 10 + (code - zero)
      else if (code === dot && point < 0 && index > start) point = index
      else break
    }
    at = index
    const length = index - start
    if (length === 0 || length > 15) return -1
    let decimals = 0
    if (point >= 0) {
      decimals = index - point - 1
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
    if (bytes[at] === quote) return emptySide
    const value = price()
    return value < 0 ? undefined : value
  }

  const asset = (assets: ReadonlyArray<KnownAsset>): AssetId | undefined => {
    for (const candidate of assets) {
      const end = at + candidate.bytes.length
      if (bytes[end] === quote && startsWith(bytes, candidate.bytes, at)) {
        at = end
        return candidate.assetId
      }
    }
    return undefined
  }

  const hash = (): string | undefined => {
    const local = bytes
    const start = at
    const end = start + hashLength
    for (let index = start; index < end; index++) {
      const code = local[index] as number
      if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return undefined
    }
    at = end
    return local.toString("latin1", start, end)
  }

  const change = (assets: ReadonlyArray<KnownAsset>): BookChange | undefined => {
    if (!startsWith(bytes, assetKey, at)) return undefined
    at += assetKey.length
    const assetId = asset(assets)
    if (assetId === undefined || !toMember(priceKey)) return undefined
    const level = price()
    if (level < 0 || !toMember(sizeKey)) return undefined
    const size = decimal()
    if (size < 0 || !toMember(sideKey)) return undefined
    const isBuy = bytes[at] === letterB
    if (!isBuy && bytes[at] !== letterS) return undefined
    const word = isBuy ? buy : sell
    if (!startsWith(bytes, word, at)) return undefined
    at += word.length
    if (!toMember(hashKey)) return undefined
    const digest = hash()
    if (digest === undefined || !toMember(bidKey)) return undefined
    const bid = stated()
    if (bid === undefined || !toMember(askKey)) return undefined
    const ask = stated()
    if (ask === undefined || bytes[at] !== quote || bytes[at + 1] !== closeBrace) return undefined
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
    const local = bytes
    const start = at
    let index = start
    let value = 0
    for (;; index++) {
      const code = local[index] as number
      if (!(code >= zero && code <= 57)) break
      value = value * 10 + (code - zero)
    }
    at = index
    const length = index - start
    return length === 0 || length > 15 || (length > 1 && local[start] === zero) ? -1 : value
  }

  const scan = (frame: Buffer): BookChangesMessage | undefined => {
    if (!startsWith(frame, marketKey, 0)) return undefined
    bytes = frame
    const entry = marketAt(marketKey.length)
    if (entry === undefined) return undefined
    at = marketKey.length + entry.bytes.length
    if (!toMember(changesKey)) return undefined
    const changes: Array<BookChange> = []
    for (;;) {
      const one = change(entry.assets)
      if (one === undefined) return undefined
      changes.push(one)
      const code = frame[at]
      if (code === closeBracket) break
      if (code !== comma) return undefined
      at += frame[at + 1] === space ? 2 : 1
    }
    at++
    if (frame[at] !== comma) return undefined
    at += frame[at + 1] === space ? 2 : 1
    if (!startsWith(frame, timeKey, at)) return undefined
    at += timeKey.length
    const stamp = time()
    if (stamp < 0 || !toMember(ending) || at !== frame.length) return undefined
    return { kind: "changes", market: entry.market, time: stamp, changes }
  }

  return { scan, learn }
}
