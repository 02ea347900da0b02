/**
 * PolyBolt: prices of symbols as they come, the last two minutes first; averages once a second. Keys may be shown, though nothing here needs one; it
 * pings, and refuses more frames and subscriptions than the venue does.
 * @see https://docs.polymarket.com/api-reference/wss/polybolt
 */
import type { WebSocket } from "ws"
import type { Keyring } from "./Keyring.ts"
import { SlidingWindow } from "./limits/SlidingWindow.ts"
import { Listeners } from "./Listeners.ts"
import { exactText, type PricePoint, type Prices } from "./Prices.ts"

interface Subscription {
  readonly channel: string
  readonly symbol: string
  seq: number
}

const channels = new Set(["price.crypto", "price.crypto.twap", "price.equity"])
const mostSubscriptions = 64
const mostAttempts = 8

/** How often it pings, s. */
const pingEvery = 25

/** How far back a first frame goes, ms. */
const past = 121_000

/** Over how long averages go. */
const twapSeconds = 60

interface Request {
  readonly op?: unknown
  readonly rid?: unknown
  readonly subscriptions?: unknown
  readonly auth?: { readonly apiKey?: unknown; readonly secret?: unknown; readonly passphrase?: unknown }
}

interface Connection {
  readonly wanted: Map<string, Subscription>
  /** Frames of the client: twenty in any second. */
  readonly frames: SlidingWindow
  /** Keys that did not hold. */
  attempts: number
}

/** A channel that is moved by `tick` once a second. */
export const make = (
  options: { readonly prices: Prices; readonly keyring: Keyring; readonly now: () => number }
) => {
  const { keyring, now, prices } = options
  let toldUntil = now()
  let ticks = 0
  const point = (one: PricePoint) => ({ value: one.value, full_accuracy_value: exactText(one), timestamp: one.at })

  /** What a channel tells of a symbol after one time and until another. */
  const told = (channel: string, symbol: string, after: number, until: number): ReadonlyArray<PricePoint> =>
    channel === "price.crypto.twap" ? [prices.mean(symbol, twapSeconds, until)] : prices.between(symbol, after, until)

  const authenticate = (connection: Connection, { auth, rid }: Request): unknown => {
    const key = keyring.keyOf(String(auth?.apiKey), String(auth?.secret), String(auth?.passphrase))
    if (key !== undefined) return { op: "authed", rid }
    connection.attempts++
    return errorOf(connection.attempts < mostAttempts ? "auth_invalid" : "auth_attempts", rid)
  }

  const listeners: Listeners<Connection> = new Listeners<Connection>((socket, message) => {
    const connection = listeners.wants.get(socket)
    if (connection === undefined) return
    const request = (message ?? {}) as Request
    const { op, rid, subscriptions } = request
    const no = (code: string) => listeners.send(socket, errorOf(code, rid))
    const at = now()
    if (connection.frames.earliest(at) > at) return no("rate_limited")
    connection.frames.take(at)
    if (op === "ping") return listeners.send(socket, { op: "pong" })
    if (op === "auth") {
      listeners.send(socket, authenticate(connection, request))
      if (connection.attempts >= mostAttempts) socket.close(4001)
      return
    }
    if ((op !== "subscribe" && op !== "unsubscribe") || !Array.isArray(subscriptions)) return no("bad_op")
    for (
      const one of subscriptions as ReadonlyArray<{ readonly channel?: unknown; readonly filter?: unknown } | null>
    ) {
      const channel = String(one?.channel)
      const symbol = (one?.filter as { readonly symbol?: unknown } | undefined)?.symbol
      if (!channels.has(channel)) no("bad_channel")
      else if (typeof symbol !== "string") no("bad_filter")
      else if (op === "unsubscribe") {
        connection.wanted.delete(`${channel}/${symbol}`)
        listeners.send(socket, { op: "unsubscribed", channel, rid })
      } else if (connection.wanted.size >= mostSubscriptions) no("sub_limit")
      else {
        connection.wanted.set(`${channel}/${symbol}`, { channel, symbol, seq: 1 })
        listeners.send(socket, { op: "subscribed", channel, rid })
        const second = Math.floor(at / 1_000) * 1_000
        const data = prices.between(symbol, second - past, second - 1_000).map(point)
        listeners.send(socket, { v: 1, channel, seq: 1, ts: at, snapshot: true, payload: { symbol, data } })
      }
    }
  })
  listeners.opened = (socket: WebSocket) => {
    listeners.wants.set(socket, { wanted: new Map(), frames: new SlidingWindow(20, 1_000), attempts: 0 })
  }

  return {
    listeners,
    tick: (): void => {
      const at = now()
      const after = toldUntil
      toldUntil = at
      ticks++
      for (const [socket, { wanted }] of listeners.wants) {
        if (ticks % pingEvery === 0) socket.ping()
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

const errorOf = (code: string, rid: unknown) => ({ op: "error", code, message: code, rid })
