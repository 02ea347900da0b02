/**
 * A small venue written from the protocol notes alone, that writes what it tells as a recording. Books of both tokens mirror each
 * other; changes are told in groups of frames with equal time and hash, trades by deltas, whole books and, 40 ms later, the
 * trade itself; a tick may become finer. Prices are integers of 0.0001, sizes of 0.01. Seeded; shares nothing with the product.
 */
import { createHash } from "node:crypto"

/** What a market is like; constants of the hash as text. */
export interface MarketPlan {
  readonly conditionId: string
  readonly assetIds: readonly [string, string]
  readonly tick: string
  readonly minimumSize: string
  readonly negativeRisk: boolean
  /** The tick from the middle of the recording on. */
  readonly laterTick?: string
}

interface Level {
  readonly price: string
  readonly size: string
}

/** A token's book at the end. */
export interface EndBook {
  readonly timestamp: string
  readonly hash: string
  readonly bids: ReadonlyArray<Level>
  readonly asks: ReadonlyArray<Level>
}

/** A recording with what must be known after it. */
export interface Recording {
  readonly jsonl: string
  readonly final: Readonly<Record<string, EndBook>>
  /** Changes of one token's book with a hash. */
  readonly changes: number
}

const whole = 10_000

const decimal = (value: number, scale: number): string => {
  const digits = String(value).padStart(scale + 1, "0")
  const fraction = digits.slice(-scale).replace(/0+$/, "")
  return digits.slice(0, -scale) + (fraction === "" ? "" : `.${fraction}`)
}

const priceText = (price: number): string => decimal(price, 4)

const seeded = (seed: number) => {
  let state = seed
  return (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(state / 4_294_967_296 * bound)
  }
}

type Side = "bids" | "asks"

class ModelMarket {
  /** Of the first token. */
  readonly levels = { bids: new Map<number, number>(), asks: new Map<number, number>() }
  readonly plan: MarketPlan
  tick: string
  lastTradePrice = ""
  time = 0

  constructor(plan: MarketPlan) {
    this.plan = plan
    this.tick = plan.tick
  }

  get step(): number {
    return Math.round(Number(this.tick) * whole)
  }

  /** Levels of a token as the wire has them: the best last. */
  side(token: 0 | 1, side: Side): ReadonlyArray<Level> {
    const other: Side = side === "bids" ? "asks" : "bids"
    const own = [...this.levels[token === 0 ? side : other]]
      .map(([price, size]) => [token === 0 ? price : whole - price, size] as const)
      .sort(([a], [b]) => side === "bids" ? a - b : b - a)
    return own.map(([price, size]) => ({ price: priceText(price), size: decimal(size, 2) }))
  }

  best(side: Side): number {
    const prices = [...this.levels[side].keys()]
    return side === "bids" ? Math.max(...prices) : Math.min(...prices)
  }

  hash(token: 0 | 1): string {
    const { assetIds, conditionId, minimumSize, negativeRisk } = this.plan
    return createHash("sha1").update(JSON.stringify({
      market: conditionId,
      asset_id: assetIds[token],
      timestamp: String(this.time),
      hash: "",
      bids: this.side(token, "bids"),
      asks: this.side(token, "asks"),
      min_order_size: minimumSize,
      tick_size: this.tick,
      neg_risk: negativeRisk,
      last_trade_price: this.lastTradePrice
    })).digest("hex")
  }

  book(token: 0 | 1, first: boolean) {
    return {
      market: this.plan.conditionId,
      asset_id: this.plan.assetIds[token],
      timestamp: String(this.time),
      hash: this.hash(token),
      bids: this.side(token, "bids"),
      asks: this.side(token, "asks"),
      ...(first ? { tick_size: this.tick } : {}),
      event_type: "book",
      ...(first ? { last_trade_price: this.lastTradePrice } : {})
    }
  }

  /** The frame that tells of a level once the books are as the whole change leaves them. */
  change(side: Side, price: number, size: number) {
    const tokens = ([0, 1] as const).map((token) => ({
      asset_id: this.plan.assetIds[token],
      price: priceText(token === 0 ? price : whole - price),
      size: decimal(size, 2),
      side: (side === "bids") === (token === 0) ? "BUY" : "SELL",
      hash: this.hash(token),
      best_bid: this.side(token, "bids").at(-1)?.price,
      best_ask: this.side(token, "asks").at(-1)?.price
    }))
    return {
      market: this.plan.conditionId,
      price_changes: tokens,
      timestamp: String(this.time),
      event_type: "price_change"
    }
  }
}

/** Records `steps` happenings on the markets of the plans. */
export const record = (seed: number, plans: ReadonlyArray<MarketPlan>, steps: number): Recording => {
  const random = seeded(seed)
  const lines: Array<{ readonly at: number; readonly frame: unknown }> = []
  const markets = plans.map((plan) => new ModelMarket(plan))
  let now = 1_795_000_000_000
  let changes = 0

  const put = (market: ModelMarket, side: Side): readonly [Side, number, number] => {
    const levels = market.levels[side]
    const distance = random(12) * market.step
    const price = side === "bids"
      ? market.best("asks") - market.step - distance
      : market.best("bids") + market.step + distance
    const within = Math.min(whole - market.step, Math.max(market.step, price))
    const size = levels.has(within) && levels.size > 4 && random(2) === 0 ? 0 : 100 + random(90_000)
    if (size === 0) levels.delete(within)
    else levels.set(within, size)
    return [side, within, size]
  }

  for (const market of markets) {
    market.time = now
    const middle = market.step * Math.round(whole / market.step * (0.3 + random(40) / 100))
    for (let depth = 1; depth <= 8; depth++) {
      market.levels.bids.set(middle - depth * market.step, 500 + random(50_000))
      market.levels.asks.set(middle + depth * market.step, 500 + random(50_000))
    }
    lines.push({ at: now, frame: [market.book(0, true), market.book(1, true)] })
  }

  for (let step = 0; step < steps; step++) {
    now += 5 + random(300)
    const market = markets[random(markets.length)] as ModelMarket
    const { laterTick } = market.plan
    if (laterTick !== undefined && market.tick !== laterTick && step > steps / 2) {
      for (const asset_id of market.plan.assetIds) {
        const frame = {
          market: market.plan.conditionId,
          asset_id,
          old_tick_size: market.tick,
          new_tick_size: laterTick,
          timestamp: String(now),
          event_type: "tick_size_change"
        }
        lines.push({ at: now, frame })
      }
      market.tick = laterTick
      continue
    }
    market.time = now
    changes += 2
    if (random(8) > 0) {
      const done = Array.from({ length: 1 + random(3) }, () => put(market, random(2) === 0 ? "bids" : "asks"))
      const last = new Map(done.map((one) => [`${one[0]}${one[1]}`, one]))
      for (const one of last.values()) lines.push({ at: now, frame: market.change(...one) })
      continue
    }
    const side: Side = random(2) === 0 ? "asks" : "bids"
    const price = market.best(side)
    const resting = market.levels[side].get(price) as number
    const size = resting > 200 && random(3) > 0 ? Math.floor(resting / 2) : resting
    if (market.levels[side].size <= 4 && size === resting) continue
    if (size === resting) market.levels[side].delete(price)
    else market.levels[side].set(price, resting - size)
    const token = random(2) as 0 | 1
    const told = token === 0 ? price : whole - price
    market.lastTradePrice = priceText(told).padEnd(5, "0")
    lines.push({ at: now, frame: market.change(side, price, resting - size) })
    for (const each of [0, 1] as const) lines.push({ at: now, frame: market.book(each, false) })
    const trade = {
      market: market.plan.conditionId,
      asset_id: market.plan.assetIds[token],
      price: priceText(told),
      size: decimal(size, 2),
      fee_rate_bps: "0",
      side: (side === "asks") === (token === 0) ? "BUY" : "SELL",
      timestamp: String(now + 40),
      event_type: "last_trade_price",
      transaction_hash: `0x${createHash("sha256").update(`${seed} ${step}`).digest("hex")}`
    }
    lines.push({ at: now + 40, frame: trade })
  }

  return {
    jsonl: lines.sort((a, b) => a.at - b.at).map(({ at, frame }) =>
      `${JSON.stringify({ receivedAt: new Date(at).toISOString(), payloadUtf8: JSON.stringify(frame) })}\n`
    ).join(""),
    final: Object.fromEntries(
      markets.flatMap((market) =>
        ([0, 1] as const).map((token): readonly [string, EndBook] => [market.plan.assetIds[token], {
          timestamp: String(market.time),
          hash: market.hash(token),
          bids: market.side(token, "bids"),
          asks: market.side(token, "asks")
        }])
      )
    ),
    changes
  }
}
