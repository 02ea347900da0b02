/** `simulate`: a fake Polymarket on loopback, for trying policies, for tests, and for anybody else's bot. */
import { Console, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import process from "node:process"
import type { Endpoints } from "../simulator/Simulator.ts"
import * as Exit from "./Exit.ts"
import { fault, rateLimits } from "./FaultFlags.ts"

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one line of JSON with the addresses and accounts, and nothing else, on stdout"),
  Flag.withDefault(false)
)

const seed = Flag.Int("seed").pipe(
  Flag.withDescription("What markets, accounts and prices are drawn from; the same seed gives the same ones (1)"),
  Flag.withDefault(1)
)

const recording = Flag.File("recording", { mustExist: true }).pipe(
  Flag.withDescription(
    "Play market channel frames from this file (.jsonl or .jsonl.gz, a line per frame: receivedAt, payloadUtf8) " +
      "instead of inventing them. Playback begins with the first subscription"
  ),
  Flag.optional
)

const prices = Flag.File("prices", { mustExist: true }).pipe(
  Flag.withDescription(
    "Tell the prices of this recording (.csv or .csv.gz: feed_ts_ms,value,full_accuracy_value; a name such as " +
      "chainlink-btcusd-2026-07-24.csv.gz) on RTDS, PolyBolt and CoinMarketCap instead of inventing them"
  ),
  Flag.optional
)

const scenario = Flag.File("scenario", { mustExist: true }).pipe(
  Flag.withDescription(
    "Let happen what this file (YAML) says, when it says: crashes, spikes, new ticks, resolutions, pauses, shocks of prices, " +
      "series of markets that roll over"
  ),
  Flag.optional
)

const speed = Flag.Finite("speed").pipe(
  Flag.withDescription("How many times faster than recorded to play (1)"),
  Flag.withSchema(Schema.Finite.check(Schema.isGreaterThan(0))),
  Flag.withDefault(1)
)

const markets = Flag.Int("markets").pipe(
  Flag.withDescription("How many markets to list (20)"),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5_000 }))),
  Flag.withDefault(20)
)

const rate = Flag.Int("rate").pipe(
  Flag.withDescription("Market channel frames a second, over all markets (200)"),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))),
  Flag.withDefault(200)
)

const port = Flag.Int("port").pipe(
  Flag.withDescription("Port on 127.0.0.1; 0, the usual, takes a free one"),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
  Flag.withDefault(0)
)

const ledger = Flag.File("ledger").pipe(
  Flag.withDescription(
    "Append to this file, a JSON line each, what happened to users' accounts: requests, orders, matches, fills, cancels, trades"
  ),
  Flag.optional
)

const ledgerAll = Flag.Boolean("ledger-all").pipe(
  Flag.withDescription(
    "Tell the ledger what the background does among itself, too: its deposits, matches, fills, trades"
  ),
  Flag.withDefault(false)
)

const delay = (name: string, usual: number, what: string) =>
  Flag.Int(name).pipe(
    Flag.withDescription(`${what}, ms (${usual})`),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_600_000 }))),
    Flag.withDefault(usual)
  )

const minedAfter = delay("mined-after", 500, "How long after its match a trade is mined, so that money and shares move")
const confirmedAfter = delay("confirmed-after", 1_000, "How long after its match a trade is confirmed")

/** Runs the simulator until it is told to stop, or until the program that holds a channel to it is gone. */
export const simulateCommand = Command.make(
  "simulate",
  {
    json,
    seed,
    recording,
    prices,
    scenario,
    speed,
    markets,
    rate,
    port,
    ledger,
    ledgerAll,
    minedAfter,
    confirmedAfter,
    fault,
    rateLimits
  },
  Effect.fn(function*(flags) {
    const Simulator = yield* Effect.promise(() => import("../simulator/Simulator.ts"))
    const played = (file: Option.Option<string>) =>
      Option.getOrUndefined(Option.map(file, (file) => ({ file, speed: flags.speed })))
    const { assumptions, endpoints } = yield* Simulator.make({
      seed: flags.seed,
      markets: flags.markets,
      rate: flags.rate,
      port: flags.port,
      recording: played(flags.recording),
      prices: played(flags.prices),
      scenario: Option.getOrUndefined(flags.scenario),
      ledger: Option.getOrUndefined(flags.ledger),
      isLedgerWhole: flags.ledgerAll,
      settlement: { mined: flags.minedAfter, confirmed: flags.confirmedAfter },
      faults: flags.fault,
      rateLimits: flags.rateLimits
    }).pipe(
      Effect.mapError((error) =>
        new Exit.Failed({ code: error._tag === "ListenError" ? 1 : Exit.badData, message: error.message })
      )
    )
    for (const assumption of assumptions) yield* Console.error(assumption)
    yield* Console.log(flags.json ? JSON.stringify(endpoints) : describe(endpoints))
    yield* parentGone
  }, Effect.scoped)
).pipe(
  Command.withShortDescription("Run a fake Polymarket on this machine"),
  Command.withDescription(
    "Runs a fake Polymarket on this machine: Gamma (markets, events), the CLOB (books, prices, orders with their signatures checked), Data, the " +
      "sockets (market, user, RTDS, PolyBolt, sports) and CoinMarketCap, on one port of 127.0.0.1. Prices move, trades happen, book hashes hold; " +
      "nothing leaves the machine and no money exists. Orders meet each other and the background's by price and time, move the books, and settle. " +
      "It runs until it is stopped. Another bot needs the addresses and a private key out of --json, no more; docs/simulator.md has ten lines that " +
      "trade. The accounts are throwaway keys made from the seed, each with 10,000 pUSD that do not exist: never send anything to them. Things go wrong on request: --fault from the start on, or later by a POST of a JSON object to the control address, " +
      "for example {\"action\":\"fault\",\"fault\":\"drop\",\"on\":\"market\",\"probability\":0.01}, {\"action\":\"clear\"}, " +
      "{\"action\":\"restart\"}; GET its /stats for counters. Rate limits are the venue's."
  ),
  Command.withExamples([
    { command: "simulate", description: "Twenty markets at 200 frames a second on a free port" },
    { command: "simulate --json --seed 7 --port 4000 > endpoints.json", description: "The addresses for a program" },
    {
      command: "simulate --recording session.jsonl.gz --speed 10",
      description: "A recorded session, ten times as fast"
    },
    {
      command: "simulate --fault 'lose-reply on=clob method=POST path=/order probability=0.3' --rate-limits off",
      description: "A venue that takes every third order without saying so"
    },
    { command: "simulate --scenario docs/scenarios/crash.yaml", description: "A market that crashes, and what follows" }
  ])
)

/** Completes when the program that started this one with a channel to it is gone; never, when there is no channel. */
const parentGone = Effect.callback<void>((resume) => {
  if (process.send === undefined) return
  if (!process.connected) return resume(Effect.void)
  process.once("disconnect", () => resume(Effect.void))
})

const describe = (endpoints: Endpoints): string =>
  [
    "A fake Polymarket is running. Stop it with Ctrl-C.",
    `  Gamma           ${endpoints.gamma}`,
    `  CLOB            ${endpoints.clob}`,
    `  Data            ${endpoints.data}`,
    `  Market channel  ${endpoints.marketSocket}`,
    `  User channel    ${endpoints.userSocket}`,
    `  RTDS            ${endpoints.rtds}`,
    `  PolyBolt        ${endpoints.polybolt}`,
    `  Sports          ${endpoints.sports}`,
    `  CoinMarketCap   ${endpoints.coinmarketcap}`,
    `  Control         ${endpoints.control}`,
    "  Accounts (signature type, address, funder):",
    ...endpoints.accounts.map((one) => `    ${one.signatureType}  ${one.address}  ${one.funder}`)
  ].join("\n")
