/**
 * What is known of a recording's markets besides its frames: `<name>.markets.json` (Gamma objects) or
 * `<name>.expected.json` (constants of the hash). Without either: plain names, the tick that every price seen is a
 * multiple of, a minimum of 5, not neg-risk; that is said.
 */
import { parse as parseMicro, unit } from "../domain/Micro.ts"
import { all as allTicks } from "../domain/TickSize.ts"
import { clobMarket, gammaMarket, type MarketNow } from "./GammaMarket.ts"
import { parseJson } from "./Http.ts"
import type { Listing } from "./Listing.ts"
import type { RecordedMarket, Recording } from "./Recording.ts"
import { digestOf } from "./Seeded.ts"

/** A market of a recording with all it takes to serve it. */
export interface MarketFacts {
  readonly listing: Listing
  /** Text of the minimum size in the book. */
  readonly minimumSize: string
  /** Text of the tick before any frame names one. */
  readonly tickSize: string
  /** What books quote as the last trade, from a line on; ascending. */
  readonly lastTradePrices: ReadonlyArray<{ readonly fromLine: number; readonly value: string }>
  readonly gamma: (state: MarketNow) => Readonly<Record<string, unknown>>
  readonly clob: (state: MarketNow) => Readonly<Record<string, unknown>>
}

/** Facts of every market of a recording, and what had to be assumed, a sentence each. */
export interface Facts {
  readonly markets: ReadonlyMap<string, MarketFacts>
  readonly assumptions: ReadonlyArray<string>
}

type Json = Readonly<Record<string, unknown>>

/** Puts a recording and its sidecars, parsed, together; `now` in ms UTC. */
export const facts = (
  recording: Recording,
  sidecars: { readonly markets: unknown; readonly expected: unknown },
  now: number
): Facts => {
  const gammas = gammaByCondition(sidecars.markets)
  const assumptions: Array<string> = []
  const markets = new Map<string, MarketFacts>()
  for (const [index, market] of [...recording.markets.values()].entries()) {
    const gamma = gammas.get(market.conditionId)
    const expected = expectedOf(sidecars.expected, market)
    const base = plainListing(recording, market, index, now)
    if (gamma !== undefined) markets.set(market.conditionId, fromGamma(base, gamma))
    else if (expected !== undefined) markets.set(market.conditionId, fromExpected(base, expected))
    else {
      const tickSize = tickOf(market)
      assumptions.push(
        `No sidecar tells of market ${market.conditionId}: tick ${tickSize / unit} inferred from its prices, ` +
          "minimum size 5 and not neg-risk assumed."
      )
      markets.set(market.conditionId, served({ ...base, tickSize }, "5", String(tickSize / unit), []))
    }
  }
  return { markets, assumptions }
}

const served = (
  listing: Listing,
  minimumSize: string,
  tickSize: string,
  lastTradePrices: MarketFacts["lastTradePrices"]
): MarketFacts => ({
  listing,
  minimumSize,
  tickSize,
  lastTradePrices,
  gamma: (state) => gammaMarket(listing, state),
  clob: (state) => clobMarket(listing, state)
})

const plainListing = (recording: Recording, market: RecordedMarket, index: number, now: number): Listing => ({
  id: String(9_000_000 + index),
  slug: `recorded-market-${index + 1}`,
  question: `Recorded market ${index + 1}?`,
  description: "A market known only from a recording.",
  conditionId: market.conditionId,
  questionId: `0x${digestOf(index, market.conditionId).toString("hex")}`,
  version: versionOf(recording, market),
  assetIds: market.assetIds,
  outcomes: ["Yes", "No"],
  tickSize: 10_000,
  minimumSize: 5,
  negativeRisk: false,
  fee: undefined,
  takerDelay: false,
  secondsDelay: 0,
  startsAt: now - 86_400_000,
  endsAt: now + 30 * 86_400_000,
  volume24h: 1_000,
  liquidity: 1_000
})

const versionOf = (recording: Recording, market: RecordedMarket): "v1" | "v2" =>
  recording.frames.some(({ notes }) =>
      notes.some((note) => note.market === market.conditionId && note.version === "v2")
    )
    ? "v2"
    : "v1"

/** The coarsest tick of which every price seen is a multiple; 0.01 when no price was seen. */
const tickOf = ({ prices }: RecordedMarket): number => {
  if (prices.size === 0) return 10_000
  const micros = [...prices].map(parseMicro)
  return allTicks.find((tick) => micros.every((price) => price % tick === 0)) ?? 100
}

const gammaByCondition = (value: unknown): ReadonlyMap<string, Json> => {
  const list = Array.isArray(value) ? value : (value as { readonly markets?: unknown } | undefined)?.markets
  const found = new Map<string, Json>()
  for (const gamma of (Array.isArray(list) ? list : []) as ReadonlyArray<Json>) {
    found.set(String(gamma["conditionId"]).toLowerCase().padEnd(66, "0"), gamma)
  }
  return found
}

const fromGamma = (base: Listing, gamma: Json): MarketFacts => {
  const v2 = gamma["version"] === "v2"
  const tokens = v2 ? gamma["positionIds"] : listIn(gamma["clobTokenIds"])
  const fee = gamma["feeSchedule"] as Json | undefined
  const tickSize = String(gamma["orderPriceMinTickSize"] ?? "0.01")
  const minimumSize = String(gamma["orderMinSize"] ?? 5)
  const listing: Listing = {
    ...base,
    id: String(gamma["id"]),
    slug: String(gamma["slug"]),
    question: String(gamma["question"]),
    version: v2 ? "v2" : "v1",
    assetIds: Array.isArray(tokens) ? tokens.map(String) : base.assetIds,
    outcomes: listIn(gamma["outcomes"]) ?? base.outcomes,
    tickSize: parseMicro(tickSize),
    minimumSize: Number(minimumSize),
    negativeRisk: gamma["negRisk"] === true,
    fee: fee === undefined || fee === null ? undefined : {
      type: String(gamma["feeType"]),
      rate: Number(fee["rate"]),
      exponent: Number(fee["exponent"]),
      rebateRate: Number(fee["rebateRate"])
    }
  }
  return { ...served(listing, minimumSize, tickSize, []), gamma: () => gamma }
}

const listIn = (value: unknown): ReadonlyArray<string> | undefined => {
  const list = typeof value === "string" ? parseJson(value) : undefined
  return Array.isArray(list) ? list.map(String) : undefined
}

const expectedOf = (value: unknown, market: RecordedMarket): Json | undefined => {
  const expected = value as Json | undefined
  return expected?.["market"] === market.conditionId ? expected : undefined
}

const fromExpected = (base: Listing, expected: Json): MarketFacts => {
  const constants = (expected["hashPreimageConstants"] ?? {}) as Json
  const tickSize = String(constants["tick_size"] ?? "0.01")
  const minimumSize = String(constants["min_order_size"] ?? "5")
  const tokens = expected["tokens"]
  return served(
    {
      ...base,
      assetIds: Array.isArray(tokens) ? tokens.map(String) : base.assetIds,
      tickSize: parseMicro(tickSize),
      minimumSize: Number(minimumSize),
      negativeRisk: constants["neg_risk"] === true
    },
    minimumSize,
    tickSize,
    (expected["lastTradePriceInPreimage"] ?? []) as MarketFacts["lastTradePrices"]
  )
}
