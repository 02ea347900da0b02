/**
 * The real-time data socket: prices of symbols as they come, averages once a second, and everybody's trades of an event. Answers PING. A subscription
 * takes the place of older ones of its topic and type, unless they came in the same message.
 * @see https://docs.polymarket.com/developers/RTDS/RTDS-overview
 */
import { eventOf } from "./Catalogue.ts"
import type { Frame } from "./Frame.ts"
import { parseJson } from "./Http.ts"
import { Listeners } from "./Listeners.ts"
import { exactText, type PricePoint, type Prices } from "./Prices.ts"
import type { Venue } from "./Venue.ts"

interface Subscription {
  readonly topic: string
  /** One kind of message, or "*". */
  readonly type: string
  readonly filters: string
}

const isOf = ({ type }: Subscription, kind: string): boolean => type === "*" || type === kind

const priceTopics = [
  "crypto_prices",
  "crypto_prices_chainlink",
  "crypto_prices_twap_thirty",
  "crypto_prices_twap_sixty",
  "equity_prices"
]

/** Seconds over which a topic averages. */
const windows = new Map([["crypto_prices_twap_thirty", 30], ["crypto_prices_twap_sixty", 60]])

/** How far back a first frame goes, ms. */
const past = 121_000

/** Symbols of a filter: JSON with a symbol, or comma separated; BTC and ETH without one. */
const symbolsOf = ({ filters, topic }: Subscription): ReadonlyArray<string> => {
  const parsed = parseJson(filters) as { readonly symbol?: unknown } | null | undefined
  if (typeof parsed?.symbol === "string") return [parsed.symbol]
  const named = filters.split(",").filter((symbol) => symbol !== "")
  return named.length > 0 ? named : topic === "crypto_prices" ? ["btcusdt", "ethusdt"] : ["btc/usd", "eth/usd"]
}

const subscriptionOf = (value: unknown): ReadonlyArray<Subscription> => {
  const { filters, topic, type } = (value ?? {}) as Readonly<Record<string, unknown>>
  return typeof topic !== "string" ? [] : [{
    topic,
    type: typeof type === "string" ? type : "*",
    filters: typeof filters === "string" ? filters : ""
  }]
}

/** A channel that is moved by `tick` once a second and told frames of the market channel. */
export const make = (options: { readonly venue: Venue; readonly prices: Prices; readonly now: () => number }) => {
  const { now, prices, venue } = options
  let toldUntil = now()

  const point = (topic: string, one: PricePoint) => ({
    timestamp: one.at,
    value: one.value,
    full_accuracy_value: topic === "crypto_prices_chainlink" ? String(one.exact) : exactText(one)
  })

  /** What a topic tells of a symbol after one time and until another. */
  const told = (topic: string, symbol: string, after: number, until: number): ReadonlyArray<PricePoint> => {
    const window = windows.get(topic)
    return window === undefined ? prices.between(symbol, after, until) : [prices.mean(symbol, window, until)]
  }

  const listeners: Listeners<Map<string, Subscription>> = new Listeners<Map<string, Subscription>>(
    (socket, message, text) => {
      if (text === "PING") return socket.send("PONG")
      // The venue's own client says it so, and passes over empty frames only.
      if (text === "ping") return socket.send("")
      const { action, subscriptions } = (message ?? {}) as {
        readonly action?: unknown
        readonly subscriptions?: unknown
      }
      if (!Array.isArray(subscriptions)) return
      const wanted = listeners.wants.get(socket) ?? new Map<string, Subscription>()
      listeners.wants.set(socket, wanted)
      const asked = subscriptions.flatMap(subscriptionOf)
      for (const { topic, type } of asked) {
        for (const [name, one] of wanted) if (one.topic === topic && one.type === type) wanted.delete(name)
      }
      if (action === "unsubscribe") return
      for (const subscription of asked) {
        const { filters, topic } = subscription
        wanted.set(JSON.stringify(subscription), subscription)
        if (filters === "" || !priceTopics.slice(0, 2).includes(topic)) continue
        const at = Math.floor(now() / 1_000) * 1_000
        for (const symbol of symbolsOf(subscription)) {
          const data = prices.between(symbol, at - past, at - 1_000).map((one) => point(topic, one))
          listeners.send(socket, { topic, type: "subscribe", timestamp: now(), payload: { symbol, data } })
        }
      }
    }
  )

  const sendPrices = (): void => {
    const at = now()
    const after = toldUntil
    toldUntil = at
    for (const [socket, wanted] of listeners.wants) {
      for (const subscription of wanted.values()) {
        const { topic } = subscription
        if (!priceTopics.includes(topic) || !isOf(subscription, "update")) continue
        const window_s = windows.get(topic)
        for (const symbol of symbolsOf(subscription)) {
          for (const one of told(topic, symbol, after, at)) {
            const payload = {
              symbol,
              ...point(topic, one),
              ...(window_s === undefined ? {} : { window_s }),
              ...(topic === "equity_prices" ? { received_at: at } : {})
            }
            listeners.send(socket, { topic, type: "update", timestamp: at, payload })
          }
        }
      }
    }
  }

  const isWanted = ({ filters, topic }: Subscription, eventSlug: string, slug: string): boolean => {
    if (topic !== "activity") return false
    const by = (parseJson(filters) ?? {}) as { readonly event_slug?: string; readonly market_slug?: string }
    return (by.event_slug === undefined || by.event_slug === eventSlug) &&
      (by.market_slug === undefined || by.market_slug === slug)
  }

  /** A trade of the market channel as everybody hears of it. */
  const sendTrade = (frame: Frame): void => {
    const trade = JSON.parse(frame.text) as Readonly<Record<string, string>>
    const market = venue.market(trade["market"] ?? "")
    if (market === undefined) return
    const token = trade["asset_id"] ?? ""
    const tokens = market.clob["t"] as ReadonlyArray<{ readonly t: string; readonly o: string }>
    const eventSlug = eventOf(venue, market.conditionId)?.slug ?? ""
    const slug = String(market.gamma["slug"])
    const message = {
      topic: "activity",
      timestamp: now(),
      payload: {
        asset: token,
        conditionId: market.conditionId,
        eventSlug,
        slug,
        outcome: tokens.find(({ t }) => t === token)?.o ?? "",
        outcomeIndex: tokens.findIndex(({ t }) => t === token),
        side: trade["side"],
        price: Number(trade["price"]),
        size: Number(trade["size"]),
        timestamp: Math.floor(Number(trade["timestamp"]) / 1_000),
        title: String(market.gamma["question"]),
        name: "somebody",
        proxyWallet: `0x${"0".repeat(40)}`,
        transactionHash: trade["transaction_hash"]
      }
    }
    for (const [socket, wanted] of listeners.wants) {
      for (const type of ["trades", "orders_matched"]) {
        const isTold = [...wanted.values()].some((one) => isOf(one, type) && isWanted(one, eventSlug, slug))
        if (isTold) listeners.send(socket, { ...message, type })
      }
    }
  }

  const commented = (): void => {
    const at = now()
    for (const [socket, wanted] of listeners.wants) {
      for (const subscription of wanted.values()) {
        if (subscription.topic !== "comments" || !isOf(subscription, "comment_created")) continue
        const by = (parseJson(subscription.filters) ?? {}) as {
          readonly parentEntityID?: number
          readonly parentEntityType?: string
        }
        listeners.send(socket, {
          topic: "comments",
          type: "comment_created",
          timestamp: at,
          payload: {
            id: String(at),
            body: "Who sells at this price?",
            parentEntityID: by.parentEntityID ?? 0,
            parentEntityType: by.parentEntityType ?? "Event",
            userAddress: `0x${"0".repeat(40)}`,
            createdAt: new Date(at).toISOString()
          }
        })
      }
    }
  }

  return {
    listeners,
    tick: (): void => {
      if (listeners.wants.size === 0) {
        toldUntil = now()
        return
      }
      sendPrices()
      commented()
    },
    publish: (frames: ReadonlyArray<Frame>): void => {
      if (listeners.wants.size === 0) return
      for (const frame of frames) if (frame.text.includes("\"event_type\":\"last_trade_price\"")) sendTrade(frame)
    }
  }
}
