/**
 * The CLOB's user channel: own orders and trades for whoever shows the credentials of an API key; bad ones close the socket without a word.
 * @see https://docs.polymarket.com/api-reference/wss/user
 */
import type { DeskEvent } from "./exchange/DeskOrder.ts"
import type { Keyring } from "./Keyring.ts"
import { Listeners } from "./Listeners.ts"
import { hearersOf, userMessage } from "./OwnRows.ts"

interface Wanted {
  readonly apiKey: string
  /** Conditions; absent: those of the whole account. */
  readonly markets: Set<string> | undefined
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
        if (operation === "unsubscribe") wanted.markets?.delete(market)
        else wanted.markets?.add(market)
      }
      return
    }
    const key = keyring.keyOf(String(auth?.apiKey), String(auth?.secret), String(auth?.passphrase))
    if (key === undefined) return socket.close()
    const named = textsOf(markets)
    listeners.wants.set(socket, { apiKey: key.apiKey, markets: named.length === 0 ? undefined : new Set(named) })
  })
  return {
    listeners,
    tell: (event: DeskEvent): void => {
      if (listeners.wants.size === 0) return
      const { market } = event.kind === "TRADE" ? event.trade : event.order
      const hearers = hearersOf(event)
      for (const [socket, { apiKey, markets }] of listeners.wants) {
        if (!hearers.includes(apiKey) || markets?.has(market) === false) continue
        listeners.send(socket, userMessage(event, apiKey, now()))
      }
    }
  }
}
