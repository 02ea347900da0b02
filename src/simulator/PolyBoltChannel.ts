/**
 * PolyBolt: prices of symbols as they come, the last two minutes first; averages once a second.
 * @see https://docs.polymarket.com/api-reference/wss/polybolt
 */
import { Listeners } from "./Listeners.ts"
import { exactText, type PricePoint, type Prices } from "./Prices.ts"

interface Subscription {
  readonly channel: string
  readonly symbol: string
  seq: number
}

const channels = new Set(["price.crypto", "price.crypto.twap", "price.equity"])
const mostSubscriptions = 64

/** How far back a first frame goes, ms. */
const past = 121_000

/** Over how long averages go. */
const twapSeconds = 60

interface Request {
  readonly op?: unknown
  readonly rid?: unknown
  readonly subscriptions?: unknown
}

/** A channel that is moved by `tick` once a second. */
export const make = (options: { readonly prices: Prices; readonly now: () => number }) => {
  const { now, prices } = options
  let toldUntil = now()
  const point = (one: PricePoint) => ({ value: one.value, full_accuracy_value: exactText(one), timestamp: one.at })

  /** What a channel tells of a symbol after one time and until another. */
  const told = (channel: string, symbol: string, after: number, until: number): ReadonlyArray<PricePoint> =>
    channel === "price.crypto.twap" ? [prices.mean(symbol, twapSeconds, until)] : prices.between(symbol, after, until)

  const listeners: Listeners<Map<string, Subscription>> = new Listeners<Map<string, Subscription>>(
    (socket, message) => {
      const { op, rid, subscriptions } = (message ?? {}) as Request
      const no = (code: string) => listeners.send(socket, { op: "error", code, message: code, rid })
      if (op === "ping") return listeners.send(socket, { op: "pong" })
      if ((op !== "subscribe" && op !== "unsubscribe") || !Array.isArray(subscriptions)) return no("bad_op")
      const wanted = listeners.wants.get(socket) ?? new Map<string, Subscription>()
      listeners.wants.set(socket, wanted)
      for (
        const one of subscriptions as ReadonlyArray<{ readonly channel?: unknown; readonly filter?: unknown } | null>
      ) {
        const channel = String(one?.channel)
        const symbol = (one?.filter as { readonly symbol?: unknown } | undefined)?.symbol
        if (!channels.has(channel)) {
          no("bad_channel")
          continue
        }
        if (typeof symbol !== "string") {
          no("bad_filter")
          continue
        }
        const name = `${channel}/${symbol}`
        if (op === "unsubscribe") {
          wanted.delete(name)
          listeners.send(socket, { op: "unsubscribed", channel, rid })
          continue
        }
        if (wanted.size >= mostSubscriptions) {
          no("sub_limit")
          continue
        }
        wanted.set(name, { channel, symbol, seq: 1 })
        listeners.send(socket, { op: "subscribed", channel, rid })
        const at = Math.floor(now() / 1_000) * 1_000
        const data = prices.between(symbol, at - past, at - 1_000).map(point)
        listeners.send(socket, { v: 1, channel, seq: 1, ts: now(), snapshot: true, payload: { symbol, data } })
      }
    }
  )

  return {
    listeners,
    tick: (): void => {
      const at = now()
      const after = toldUntil
      toldUntil = at
      for (const [socket, wanted] of listeners.wants) {
        for (const subscription of wanted.values()) {
          const { channel, symbol } = subscription
          for (const one of told(channel, symbol, after, at)) {
            const payload = { symbol, ...point(one) }
            listeners.send(socket, { v: 1, channel, seq: ++subscription.seq, ts: at, payload })
          }
        }
      }
    }
  }
}
