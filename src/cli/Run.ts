/** `run`: live market data, paper money, until it is told to stop. Options, output and exit codes are a contract. */
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import * as Span from "../domain/Span.ts"
import * as Database from "./Database.ts"

const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

/** The flags of `run`. */
export const flags = {
  sim: Flag.Boolean("sim").pipe(
    Flag.withDescription("Run against a simulator on this machine instead of the real venue"),
    Flag.withDefault(false)
  ),
  endpoints: text("endpoints", "Take the venue's addresses from this file (the line that simulate --json prints)"),
  markets: text(
    "markets",
    "Follow these markets: slugs, condition ids, or series:NAME for the current one of a series, comma separated"
  ),
  top: Flag.Int("top").pipe(
    Flag.withDescription("Follow the N busiest markets of the last 24 hours"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000 }))),
    Flag.optional
  ),
  policies: text("policies", "Folder of policy files; default ./policies, if there is one"),
  config: text("config", "Settings file (YAML or JSON)"),
  data: Flag.String("data").pipe(
    Flag.withDescription("Folder for journal, spool and archive"),
    Flag.withDefault("data")
  ),
  database: Database.flag,
  redis: Database.redisFlag,
  record: text("record", "Write every frame of the market channel into this folder as well, for simulate --recording"),
  for: Flag.String("for").pipe(
    Flag.withDescription("Stop after this long, counted from when all parts are up: 20s, 5m, 1h"),
    Flag.withSchema(Span.Span),
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print the summary as one JSON object on stdout; logs stay on stderr"),
    Flag.withDefault(false)
  ),
  verifyBooks: Flag.Boolean("verify-books").pipe(
    Flag.withDescription("Check the venue's hash of every change of every book"),
    Flag.withDefault(false)
  )
}

/** Runs the engine. */
export const runCommand = Command.make(
  "run",
  flags,
  Effect.fn(function*(given) {
    const { run } = yield* Effect.promise(() => import("./RunEngine.ts"))
    yield* run({
      sim: given.sim,
      endpoints: Option.getOrUndefined(given.endpoints),
      markets: Option.match(given.markets, { onNone: () => undefined, onSome: splitList }),
      top: Option.getOrUndefined(given.top),
      policies: Option.getOrUndefined(given.policies),
      config: Option.getOrUndefined(given.config),
      data: given.data,
      database: yield* Database.address(given.database),
      record: Option.getOrUndefined(given.record),
      redis: yield* Database.redisAddress(given.redis),
      for: Option.getOrUndefined(given.for),
      json: given.json,
      verifyBooks: given.verifyBooks
    })
  })
).pipe(
  Command.withShortDescription("Run the engine on live data with paper money (the default)"),
  Command.withDescription(
    "Follows markets live, evaluates the policies on every event, trades with paper money, archives everything under the data " +
      "folder, and prints a summary at the end. Exit codes: 0 done, 2 wrong usage, 65 policies or settings that cannot be used, " +
      "69 no feed ever connected, 75 data folder in use."
  ),
  Command.withExamples([
    { command: "run", description: "The 20 busiest markets, policies from ./policies" },
    { command: "run --sim --for 20s", description: "Twenty seconds against the simulator" },
    {
      command: "run --markets series:btc-updown-5m",
      description: "The current five-minute market, and the next, and the next"
    }
  ])
)

const splitList = (list: string): ReadonlyArray<string> =>
  list.split(",").map((name) => name.trim()).filter((name) => name !== "")
