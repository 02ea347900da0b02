/** `rtds …`: prices of symbols, comments and public trades as they come. */
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as PolyBolt from "../client/polymarket/PolyBolt.ts"
import * as Rtds from "../client/polymarket/Rtds.ts"
import { print, streamFlags } from "./Streams.ts"
import { addressOf, endpointsFlag } from "./Venue.ts"

const symbols = Argument.String("symbols").pipe(
  Argument.withDescription("Symbols, comma separated, for example btc,eth")
)

const common = { ...streamFlags, endpoints: endpointsFlag }

const listOf = (text: string): ReadonlyArray<string> =>
  text.split(",").map((one) => one.trim().toLowerCase()).filter((one) => one !== "")

const prices = Command.make(
  "prices",
  {
    symbols,
    twap: Flag.Boolean("twap").pipe(Flag.withDescription("Averages over 60 s"), Flag.withDefault(false)),
    ...common
  },
  Effect.fn(function*(given) {
    const url = yield* addressOf(given.endpoints, "polybolt")
    const subscriptions = listOf(given.symbols).map((symbol) =>
      given.twap ? PolyBolt.twap(`${symbol}usd`) : PolyBolt.crypto(`${symbol}usd`)
    )
    yield* print(PolyBolt.make({ url, subscriptions }), given)
  })
).pipe(
  Command.withShortDescription("Prices of crypto symbols from PolyBolt"),
  Command.withDescription("Prints prices of crypto symbols as PolyBolt sends them."),
  Command.withExamples([{
    command: "rtds prices btc,eth --count 10",
    description: "The next ten prices of two symbols"
  }])
)

const chainlink = Command.make(
  "chainlink",
  { symbols, ...common },
  Effect.fn(function*(given) {
    const url = yield* addressOf(given.endpoints, "rtds")
    const subscriptions = listOf(given.symbols).map((symbol) => Rtds.chainlink(`${symbol}/usd`))
    yield* print(Rtds.make({ url, subscriptions }), given)
  })
).pipe(
  Command.withShortDescription("Chainlink prices, which settle crypto markets"),
  Command.withDescription("Prints Chainlink prices of crypto symbols, which settle the venue's crypto markets."),
  Command.withExamples([{ command: "rtds chainlink btc --for 10s", description: "Ten seconds of one symbol" }])
)

const binance = Command.make(
  "binance",
  { symbols, ...common },
  Effect.fn(function*(given) {
    const url = yield* addressOf(given.endpoints, "rtds")
    yield* print(
      Rtds.make({ url, subscriptions: [Rtds.binance(listOf(given.symbols).map((symbol) => `${symbol}usdt`))] }),
      given
    )
  })
).pipe(
  Command.withShortDescription("Binance prices of crypto symbols"),
  Command.withDescription("Prints Binance prices of crypto symbols."),
  Command.withExamples([{ command: "rtds binance btc,eth --json", description: "Two symbols, as JSON" }])
)

const trades = Command.make(
  "trades",
  { event: Argument.String("event").pipe(Argument.withDescription("The event's slug")), ...common },
  Effect.fn(function*(given) {
    const url = yield* addressOf(given.endpoints, "rtds")
    yield* print(Rtds.make({ url, subscriptions: [Rtds.activity({ event_slug: given.event })], quiet: true }), given)
  })
).pipe(
  Command.withShortDescription("Everybody's trades of an event"),
  Command.withDescription("Prints everybody's trades of an event as they happen."),
  Command.withExamples([{
    command: "rtds trades democratic-presidential-nominee-2028",
    description: "The trades of one event"
  }])
)

const comments = Command.make(
  "comments",
  { event: Argument.Int("event").pipe(Argument.withDescription("The event's number")), ...common },
  Effect.fn(function*(given) {
    const url = yield* addressOf(given.endpoints, "rtds")
    yield* print(Rtds.make({ url, subscriptions: [Rtds.comments(given.event, "Event")], quiet: true }), given)
  })
).pipe(
  Command.withShortDescription("What people say under an event"),
  Command.withDescription("Prints what people say under an event as they say it."),
  Command.withExamples([{ command: "rtds comments 30829", description: "The comments of one event" }])
)

/** Prices, trades and comments as they come. */
export const rtdsCommand = Command.make("rtds").pipe(
  Command.withDescription("Prices of symbols, everybody's trades and comments, as they come."),
  Command.withSubcommands([prices, chainlink, binance, trades, comments])
)
