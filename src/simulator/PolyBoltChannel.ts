/**
 * PolyBolt: prices of symbols that wander, the last two minutes first, then one a second.
 * @see https://docs.polymarket.com/api-reference/wss/polybolt
 */
import { Listeners } from "./Listeners.ts"
import { priceOf } from "./Walk.ts"

interface Subscription {
  readonly channel: string
  readonly symbol: string
  seq: number
}

const channels = new Set(["price.crypto", "price.crypto.twap", "price.equity"])
const mostSubscriptions = 64

interface Request {
  readonly op?: unknown
  readonly rid?: unknown
  readonly subscriptions?: unknown
}

/** A channel that is moved by `tick` once a second. */
export const make = (options: { readonly seed: number; readonly now: () => number }) => {
  const { now, seed } = options
  const point = (symbol: string, at: number) => {
    const value = priceOf(seed, symbol.replace(/usd$/i, "").toLowerCase())(at)
    return { value, full_accuracy_value: String(value), timestamp: at }
  }

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
        const data = Array.from({ length: 120 }, (_, back) => point(symbol, at - (120 - back) * 1_000))
        listeners.send(socket, { v: 1, channel, seq: 1, ts: now(), snapshot: true, payload: { symbol, data } })
      }
    }
  )

  return {
    listeners,
    tick: (): void => {
      const at = now()
      for (const [socket, wanted] of listeners.wants) {
        for (const subscription of wanted.values()) {
          const { channel, symbol } = subscription
          const payload = { symbol, ...point(symbol, at) }
          listeners.send(socket, { v: 1, channel, seq: ++subscription.seq, ts: at, payload })
        }
      }
    }
  }
}
