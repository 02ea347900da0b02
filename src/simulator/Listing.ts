/**
 * The markets a generated venue lists: names, ids, ticks, fees, derived from the seed and the market's place in the
 * list. The mix repeats every twenty markets: mostly ticks of 0.01, some of each other tick, some neg-risk, two of
 * Protocol V2. Orders that would match are held in crypto markets (50 ms) and in one of four about sports (3 s).
 */
import { digestOf } from "./Seeded.ts"

/** A market as it stays for its life; what changes is in its book. */
export interface Listing {
  /** Gamma's id, digits. */
  readonly id: string
  readonly slug: string
  readonly question: string
  readonly description: string
  /** "0x" and 64 hex digits, as the CLOB wants it. */
  readonly conditionId: string
  readonly questionId: string
  readonly version: "v1" | "v2"
  /** Tokens of the outcomes, same order. */
  readonly assetIds: ReadonlyArray<string>
  readonly outcomes: ReadonlyArray<string>
  /** Tick when listed, in millionths. */
  readonly tickSize: number
  readonly minimumSize: number
  readonly negativeRisk: boolean
  readonly fee: Fee | undefined
  /** True: orders that would match are held for a moment. */
  readonly takerDelay: boolean
  /** Seconds for which they are held, and answered as delayed; 0: not at all. */
  readonly secondsDelay: number
  /** ms UTC. */
  readonly startsAt: number
  readonly endsAt: number
  /** What a market of a crypto series is about; `startsAt` and `endsAt` are those of its window then. */
  readonly round?: { readonly asset: string; readonly duration: string } | undefined
  /** pUSD of the day before the simulator started. */
  readonly volume24h: number
  readonly liquidity: number
}

/** What takers of a market pay. */
export interface Fee {
  readonly type: string
  readonly rate: number
  readonly exponent: number
  readonly rebateRate: number
}

const ticks = [
  10_000,
  10_000,
  1_000,
  10_000,
  10_000,
  1_000,
  10_000,
  100_000,
  10_000,
  10_000,
  5_000,
  10_000,
  1_000,
  10_000,
  2_500,
  10_000,
  10_000,
  100,
  10_000,
  10_000
] as const

const topics: ReadonlyArray<{ readonly name: string; readonly fee: Fee | undefined }> = [
  { name: "Bitcoin closes higher in round", fee: { type: "crypto_fees_v2", rate: 0.07, exponent: 1, rebateRate: 0.2 } },
  { name: "The home team wins match", fee: { type: "sports_fees_v2", rate: 0.05, exponent: 1, rebateRate: 0.15 } },
  { name: "The motion passes in vote", fee: { type: "politics_fees", rate: 0.04, exponent: 1, rebateRate: 0.25 } },
  { name: "Rain is measured on day", fee: { type: "weather_fees", rate: 0.05, exponent: 1, rebateRate: 0.25 } },
  { name: "The border stays open through week", fee: undefined }
]

const day = 86_400_000

/** The market at one place of the list. */
export const make = (seed: number, index: number, now: number): Listing => {
  const topic = topics[index % topics.length] as typeof topics[number]
  const ids = digestOf(seed, `market/${index}`)
  const version = index % 20 === 6 || index % 20 === 16 ? "v2" : "v1"
  const number = index + 1
  const question = `${topic.name} ${number}?`
  const hour = Math.floor(now / 3_600_000) * 3_600_000
  const volume24h = Math.round(5_000_000 / (1 + (index * 7) % 23) + ids.readUInt16LE(30)) / 10
  const common = {
    id: String(7_000_000 + (seed % 1000) * 1000 + index),
    slug: `${topic.name.toLowerCase().replaceAll(" ", "-")}-${number}`,
    question,
    description: `A simulated market. It resolves to "${
      index % 5 === 0 ? "Up" : "Yes"
    }" or not, as the simulator is told.`,
    questionId: `0x${digestOf(seed, `question/${index}`).toString("hex")}`,
    outcomes: index % 5 === 0 ? ["Up", "Down"] : ["Yes", "No"],
    tickSize: ticks[index % ticks.length] as number,
    minimumSize: 5,
    fee: topic.fee,
    takerDelay: index % 5 === 0,
    secondsDelay: index % 20 === 11 ? 3 : 0,
    startsAt: hour - day,
    endsAt: hour + 30 * day,
    volume24h,
    liquidity: Math.round(volume24h * 15) / 100
  }
  if (version === "v2") {
    const negativeRisk = index % 20 === 16
    const base = `${negativeRisk ? "02" : "01"}${ids.toString("hex", 0, 16)}`
    const position = (outcome: number) => BigInt(`0x${base}${"00".repeat(14)}0${outcome}`).toString()
    return {
      ...common,
      version,
      negativeRisk,
      conditionId: `0x${base}${"00".repeat(15)}`,
      assetIds: [position(0), position(1)]
    }
  }
  return {
    ...common,
    version,
    negativeRisk: index % 5 === 3,
    conditionId: `0x${ids.toString("hex")}`,
    assetIds: [0, 1].map((outcome) =>
      BigInt(`0x${digestOf(seed, `token/${index}/${outcome}`).toString("hex")}`).toString()
    )
  }
}

const names: Readonly<Record<string, string>> = {
  btc: "Bitcoin",
  eth: "Ethereum",
  sol: "Solana",
  xrp: "XRP",
  doge: "Dogecoin"
}

/** One market of a crypto series, named after the second at which its window begins; `number` is its place in the list. */
export const round = (options: {
  readonly seed: number
  readonly symbol: string
  readonly period: string
  /** ms UTC. */
  readonly startsAt: number
  readonly endsAt: number
  readonly number: number
}): Listing => {
  const { endsAt, number, period, seed, startsAt, symbol } = options
  const slug = `${symbol}-updown-${period}-${Math.floor(startsAt / 1_000)}`
  const clock = (at: number) => new Date(at).toISOString().slice(11, 16)
  return {
    id: String(7_000_000 + (seed % 1000) * 1000 + number),
    slug,
    question: `${names[symbol] ?? symbol} Up or Down - ${new Date(startsAt).toISOString().slice(0, 10)}, ` +
      `${clock(startsAt)}-${clock(endsAt)} UTC`,
    description:
      `A simulated market. It resolves to "Up" if the price at the end of its window is at least that at the beginning, both as ` +
      `averages of one minute.`,
    conditionId: `0x${digestOf(seed, `market/${slug}`).toString("hex")}`,
    questionId: `0x${digestOf(seed, `question/${slug}`).toString("hex")}`,
    version: "v1",
    assetIds: [0, 1].map((outcome) =>
      BigInt(`0x${digestOf(seed, `token/${slug}/${outcome}`).toString("hex")}`).toString()
    ),
    outcomes: ["Up", "Down"],
    tickSize: 10_000,
    minimumSize: 5,
    negativeRisk: false,
    fee: topics[0]?.fee,
    takerDelay: true,
    secondsDelay: 0,
    startsAt,
    endsAt,
    round: { asset: symbol, duration: period },
    volume24h: 0,
    liquidity: 20_000
  }
}
