/**
 * The CLOB's user channel: own orders and trades for whoever shows the credentials of an API key; bad ones close the socket without a word.
 * @see https://docs.polymarket.com/api-reference/wss/user
 */
import type { Keyring } from "./Keyring.ts"
import { Listeners } from "./Listeners.ts"
import type { DeskEvent } from "./OrderDesk.ts"
import { userMessage } from "./OwnRows.ts"

interface Wanted {
  readonly apiKey: string
  /** Conditions; empty: all. */
  readonly markets: Set<string>
}

const textsOf = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : []

/** A channel and how to tell it what happened. */
export const make = (keyring: Keyring, now: () => number) => {
  const listeners: Listeners<Wanted> = new Listeners<Wanted>((socket, message, text) => {
    if (text === "PING") return socket.send("PONG")
    const { auth, markets, operation } = (message ?? {}) as {
      readonly auth?: { readonly apiKey?: unknown; readonly secret?: unknown; readonly passphrase?: unknown }
      readonly markets?: unknown
      readonly operation?: unknown
    }
    const wanted = listeners.wants.get(socket)
    if (wanted !== undefined) {
      for (const market of textsOf(markets)) {
        if (operation === "unsubscribe") wanted.markets.delete(market)
        else wanted.markets.add(market)
      }
      return
    }
    const key = keyring.keyOf(String(auth?.apiKey), String(auth?.secret), String(auth?.passphrase))
    if (key === undefined) return socket.close()
    listeners.wants.set(socket, { apiKey: key.apiKey, markets: new Set(textsOf(markets)) })
  })
  return {
    listeners,
    tell: (event: DeskEvent): void => {
      const { apiKey, market } = event.kind === "TRADE" ? event.trade.order : event.order
      for (const [socket, wanted] of listeners.wants) {
        if (wanted.apiKey !== apiKey || (wanted.markets.size > 0 && !wanted.markets.has(market))) continue
        listeners.send(socket, userMessage(event, now()))
      }
    }
  }
}
