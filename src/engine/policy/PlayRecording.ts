/**
 * The log of a recording of the market channel: frames through the real decoder and books, one-second ticks between, event time as
 * recorded. Gaps heal with the next whole book. Without sidecar the tick is inferred from the prices, the minimum is 5, not neg-risk. Pure.
 */
import { Result, Schema } from "effect"
import { decodeFrame } from "../../client/polymarket/clob/DecodeMarketFrame.ts"
import type { MarketMessage } from "../../client/polymarket/clob/MarketMessage.ts"
import { makeScanner } from "../../client/polymarket/clob/ScanPriceChange.ts"
import { GammaMarket } from "../../client/polymarket/gamma/MarketSchema.ts"
import { translateMarket } from "../../client/polymarket/gamma/TranslateMarket.ts"
import type { AssetId } from "../../domain/Asset.ts"
import { type ConditionId, conditionIdFromText, type Market } from "../../domain/Market.ts"
import type { Price } from "../../domain/Price.ts"
import type { Size } from "../../domain/Size.ts"
import * as Tick from "../../domain/TickSize.ts"
import * as BookRepair from "../ingestor/BookRepair.ts"
import * as ClobBooks from "../ingestor/ClobBooks.ts"
import { nextSecond } from "../ingestor/ClockIngestor.ts"
import { type EventId, type MarketEvent, unstamped } from "../MarketEvent.ts"
import type { Log } from "./PolicyTests.ts"
import { microOf } from "./WrittenMarkets.ts"

/** What stands beside a recording, parsed; absent where there is no such file. */
export interface Sidecars {
  /** Gamma objects. */
  readonly markets: unknown
  /** Constants of the hash. */
  readonly expected: unknown
}

interface Frame {
  readonly at: number
  readonly messages: ReadonlyArray<MarketMessage>
}

const Line = Schema.fromJsonString(Schema.Struct({ receivedAt: Schema.String, payloadUtf8: Schema.String }))
const decodeLine = Schema.decodeUnknownResult(Line)

/** Longest stretch of time that is played, ms: 31 days of ticks. */
export const longestRecording = 31 * 86_400_000

/** Plays the text of a recording, a line of JSON per frame. */
export const play = (text: string, sidecars: Sidecars): Result.Result<Log, string> => {
  const frames = framesOf(text)
  const [first] = frames
  if (first === undefined) return Result.fail("the recording holds no frame")
  if ((frames[frames.length - 1] ?? first).at - first.at > longestRecording) {
    return Result.fail("expected at most 31 days")
  }
  const markets = marketsOf(frames, sidecars)
  const books = ClobBooks.make({ verifyBooks: false })
  for (const market of markets) ClobBooks.follow(books, market, first.at)
  const events: Array<MarketEvent> = []
  let out: Array<MarketEvent> = []
  const publish = (now: number) => {
    for (const event of out) events.push({ ...event, id: events.length + 1 as EventId, receivedAt: now })
    out = []
  }
  let due = nextSecond(first.at)
  for (const { at, messages } of frames) {
    for (; due <= at; due += 1_000) {
      BookRepair.settle(books, due, out)
      const head = { id: unstamped, time: due, receivedAt: due, source: "clock" }
      out.unshift({ ...head, _tag: "Tick", kind: "clock", name: "second" })
      publish(due)
    }
    for (const message of messages) ClobBooks.apply(books, message, at, out)
    publish(at)
  }
  const slugs = new Map(markets.map((market) => [market.slug, market]))
  return Result.succeed({
    markets,
    events,
    naming: {
      start: first.at,
      assetOf: (name) => {
        const colon = name.lastIndexOf(":")
        if (colon < 0) return name as AssetId
        const slug = name.slice(0, colon)
        const conditionId = conditionIdFromText(slug)
        const market = slugs.get(slug) ?? markets.find((one) => one.conditionId === conditionId)
        return market?.outcomes.find((one) => one.name.toLowerCase() === name.slice(colon + 1).toLowerCase())?.assetId
      },
      nameOf: (assetId) => {
        for (const { outcomes, slug } of markets) {
          for (const outcome of outcomes) if (outcome.assetId === assetId) return `${slug}:${outcome.name}`
        }
        return assetId
      }
    }
  })
}

const framesOf = (text: string): ReadonlyArray<Frame> => {
  const scanner = makeScanner()
  const frames: Array<Frame> = []
  let last = 0
  for (const line of text.split("\n")) {
    const read = decodeLine(line)
    if (Result.isFailure(read)) continue
    const at = Date.parse(read.success.receivedAt)
    const { messages } = decodeFrame(Buffer.from(read.success.payloadUtf8), scanner)
    if (Number.isNaN(at) || messages.length === 0) continue
    last = Math.max(last, at)
    frames.push({ at: last, messages })
  }
  return frames
}

interface Seen {
  readonly assetIds: Set<AssetId>
  readonly prices: Set<Price>
  tick: Tick.TickSize | undefined
}

const marketsOf = (frames: ReadonlyArray<Frame>, sidecars: Sidecars): ReadonlyArray<Market> => {
  const seen = new Map<ConditionId, Seen>()
  for (const { messages } of frames) for (const message of messages) see(seen, message)
  const described = new Map<ConditionId, Market>()
  for (const wire of Array.isArray(sidecars.markets) ? sidecars.markets : []) {
    const decoded = Schema.decodeUnknownResult(GammaMarket)(wire)
    const market = Result.isSuccess(decoded) ? translateMarket(decoded.success) : undefined
    if (market !== undefined && "conditionId" in market) described.set(market.conditionId, market)
  }
  const expected = decodeExpected(sidecars.expected)
  return [...seen].map(([conditionId, one], index) => {
    const known = described.get(conditionId)
    // What was recorded was open then, whatever became of it.
    if (known !== undefined) return { ...known, status: "open" as const }
    const constants = Result.isSuccess(expected) && expected.success.market === conditionId
      ? expected.success
      : undefined
    const assetIds = constants === undefined ? [...one.assetIds] : constants.tokens as ReadonlyArray<AssetId>
    const { min_order_size, neg_risk, tick_size } = constants?.hashPreimageConstants ?? {}
    return {
      conditionId,
      slug: `recorded-market-${index + 1}`,
      question: `Recorded market ${index + 1}?`,
      outcomes: assetIds.map((assetId, at) => ({ name: ["Yes", "No"][at] ?? `Outcome ${at + 1}`, assetId })),
      tickSize: (tick_size === undefined ? one.tick : Tick.fromText(tick_size)) ?? Tick.coarsestFor(one.prices) ??
        10_000,
      minimumSize: (microOf(min_order_size ?? "5") ?? 5_000_000) as Size,
      negativeRisk: neg_risk ?? false,
      version: "v1" as const,
      status: "open" as const
    }
  })
}

const see = (markets: Map<ConditionId, Seen>, message: MarketMessage): void => {
  if (message.kind !== "book" && message.kind !== "changes" && message.kind !== "trade") return
  let seen = markets.get(message.market)
  if (seen === undefined) {
    markets.set(message.market, seen = { assetIds: new Set(), prices: new Set(), tick: undefined })
  }
  if (message.kind === "changes") {
    for (const { assetId, price } of message.changes) {
      seen.assetIds.add(assetId)
      seen.prices.add(price)
    }
    return
  }
  seen.assetIds.add(message.assetId)
  if (message.kind === "trade") return
  seen.tick ??= message.tickSize
  for (const { price } of [...message.bids, ...message.asks]) seen.prices.add(price)
}

const decodeExpected = Schema.decodeUnknownResult(Schema.Struct({
  market: Schema.String,
  tokens: Schema.Array(Schema.String),
  hashPreimageConstants: Schema.optionalKey(Schema.Struct({
    tick_size: Schema.optionalKey(Schema.String),
    min_order_size: Schema.optionalKey(Schema.String),
    neg_risk: Schema.optionalKey(Schema.Boolean)
  }))
}))
