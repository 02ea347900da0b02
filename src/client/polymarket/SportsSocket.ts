/**
 * The state of all games, pushed without asking. The server pings in text and wants an answer within ten seconds.
 * @see https://docs.polymarket.com/api-reference/wss/sports
 */
import type { Effect, Scope } from "effect"
import * as JsonFeed from "../JsonFeed.ts"
import { SportsMessage } from "./rtds/SportsSchema.ts"

/** Starts it. */
export const make = (
  options: { readonly url: string }
): Effect.Effect<JsonFeed.JsonFeed<SportsMessage>, never, Scope.Scope> =>
  JsonFeed.make({
    name: "sports",
    url: options.url,
    schema: SportsMessage,
    onOpen: () => [],
    answers: { ping: "pong" }
  })
