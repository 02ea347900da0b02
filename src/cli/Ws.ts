/** `ws …`: the venue's sockets as they speak. */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import * as JsonFeed from "../client/JsonFeed.ts"
import { MarketChannelMessage } from "../client/polymarket/clob/MarketChannelSchema.ts"
import * as SportsSocket from "../client/polymarket/SportsSocket.ts"
import * as UserChannel from "../client/polymarket/UserChannel.ts"
import { accountFlags, loadAccount } from "./AccountFlags.ts"
import { print, streamFlags } from "./Streams.ts"
import { addressOf, endpointsFlag } from "./Venue.ts"

const assets = Argument.String("assets").pipe(Argument.withDescription("Token ids, comma separated, at most 200"))

const market = Command.make(
  "market",
  { assets, ...streamFlags, endpoints: endpointsFlag },
  Effect.fn(function*(given) {
    const url = yield* addressOf(given.endpoints, "marketSocket")
    const assets_ids = given.assets.split(",").map((one) => one.trim())
    const subscription = JSON.stringify({ assets_ids, type: "market", custom_feature_enabled: true })
    yield* print(
      JsonFeed.make({
        name: "market",
        url,
        schema: MarketChannelMessage,
        onOpen: () => [subscription],
        keepAlive: { message: "PING", reply: "PONG", everyMs: 10_000, replyWithinMs: 5_000 }
      }),
      given
    )
  })
).pipe(
  Command.withShortDescription("Books, changes and trades of tokens as they happen"),
  Command.withDescription("Prints the order books, their changes and the trades of tokens as they happen."),
  Command.withExamples([{
    command: "ws market 25070934348813416902477876984955073880416401960631253331845590271167412497744 --count 10",
    description: "The next ten messages of a token"
  }])
)

const user = Command.make(
  "user",
  { ...streamFlags, access: accountFlags },
  Effect.fn(function*(given) {
    const url = yield* addressOf(given.access.endpoints, "userSocket")
    const { apiCredentials } = yield* loadAccount
    const credentials = yield* apiCredentials(given.access)
    yield* print(UserChannel.make({ url, credentials }), given)
  })
).pipe(
  Command.withShortDescription("Own orders and trades as they happen"),
  Command.withDescription("Prints what happens to the account's own orders and trades. Needs the wallet's key."),
  Command.withExamples([{ command: "ws user --for 1h --json", description: "An hour of own orders, as JSON" }])
)

const sports = Command.make(
  "sports",
  { ...streamFlags, endpoints: endpointsFlag },
  Effect.fn(function*(given) {
    const url = yield* addressOf(given.endpoints, "sports")
    yield* print(SportsSocket.make({ url }), given)
  })
).pipe(
  Command.withShortDescription("The state of all games as it changes"),
  Command.withDescription("Prints the state of all games as it changes."),
  Command.withExamples([{ command: "ws sports --count 5", description: "The next five changes" }])
)

/** The venue's sockets. */
export const wsCommand = Command.make("ws").pipe(
  Command.withDescription("The venue's sockets as they speak: order books, own orders, games."),
  Command.withSubcommands([market, user, sports])
)
