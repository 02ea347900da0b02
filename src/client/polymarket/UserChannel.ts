/**
 * The CLOB's user channel: own orders and trades as they happen. Nothing is sent again after a reconnect: then read `/data/orders` and
 * `/data/trades`. Bad credentials close the socket without a word.
 * @see https://docs.polymarket.com/api-reference/wss/user
 */
import { Effect, Redacted, Schema } from "effect"
import type { Scope } from "effect"
import * as JsonFeed from "../JsonFeed.ts"
import type { Credentials } from "./clob/Hmac.ts"
import { UserOrderMessage, UserTradeMessage } from "./clob/OrderSchema.ts"

/** Any message of the channel. */
export const UserMessage = Schema.Union([UserOrderMessage, UserTradeMessage])
export type UserMessage = typeof UserMessage.Type

/** A running user channel. */
export interface UserChannel extends JsonFeed.JsonFeed<UserMessage> {
  /** Hears of more markets, or of fewer; without any it hears of all. */
  readonly follow: (markets: ReadonlyArray<string>) => void
  readonly unfollow: (markets: ReadonlyArray<string>) => void
}

/** Starts it. `markets`: condition ids; absent means the whole account. */
export const make = (options: {
  readonly url: string
  readonly credentials: Credentials
  readonly markets?: ReadonlyArray<string>
}): Effect.Effect<UserChannel, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { apiKey, passphrase, secret } = options.credentials
    const followed = new Set(options.markets ?? [])
    const feed = yield* JsonFeed.make({
      name: "user",
      url: options.url,
      schema: UserMessage,
      onOpen: () => [
        JSON.stringify({
          auth: { apiKey, secret: Redacted.value(secret), passphrase: Redacted.value(passphrase) },
          type: "user",
          ...(followed.size > 0 ? { markets: [...followed] } : {})
        })
      ],
      keepAlive: { message: "PING", reply: "PONG", everyMs: 10_000, replyWithinMs: 5_000 }
    })
    const change = (operation: "subscribe" | "unsubscribe", markets: ReadonlyArray<string>): void => {
      for (const market of markets) {
        if (operation === "subscribe") followed.add(market)
        else followed.delete(market)
      }
      feed.send(JSON.stringify({ operation, markets }))
    }
    return {
      ...feed,
      follow: (markets) => change("subscribe", markets),
      unfollow: (markets) => change("unsubscribe", markets)
    }
  })
