/** `doctor`: looks at everything trading needs and says what is wrong with it and what to do. Changes nothing. */
import { Console, Effect, Option, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { accountFlags, loadWalletKey } from "./AccountFlags.ts"
import * as Finding from "./doctor/Finding.ts"
import { jsonFlag } from "./EndpointCommands.ts"
import * as Exit from "./Exit.ts"
import { fail } from "./Venue.ts"

/** The node's variable; its address may hold a key, so it is taken out of the environment once read. */
const rpcVariable = "POLYGON_RPC_URL"

/** Looks at everything trading needs. */
export const doctorCommand = Command.make(
  "doctor",
  {
    json: jsonFlag,
    config: Flag.String("config").pipe(
      Flag.withDescription("Settings file, to see whether its channels can be written to"),
      Flag.optional
    ),
    rpcUrl: Flag.String("rpc-url").pipe(
      Flag.withDescription(
        `An Ethereum node for Polygon, to see whether the deposit wallet is deployed; else ${rpcVariable}`
      ),
      Flag.optional
    ),
    access: accountFlags
  },
  Effect.fn(function*(given) {
    const { examine } = yield* Effect.promise(() => import("./doctor/Examine.ts"))
    const { secret } = yield* loadWalletKey
    const fromEnvironment = yield* secret(rpcVariable).pipe(Effect.catch((error) => fail(Exit.usage, error.message)))
    const rpcUrl = Option.getOrUndefined(Option.orElse(given.rpcUrl, () => Option.map(fromEnvironment, Redacted.value)))
    const { channels } = yield* Effect.promise(() => import("./doctor/ChannelChecks.ts"))
    const told = yield* channels(Option.getOrUndefined(given.config))
    const checks = [...yield* examine(given.access, rpcUrl), ...told]
    const problems = checks.filter(({ level }) => level === "problem").length
    yield* Console.log(given.json ? JSON.stringify({ ok: problems === 0, checks }) : Finding.describe(checks))
    if (problems > 0) return yield* fail(1, `${problems} problem${problems === 1 ? "" : "s"} found`)
  }, Effect.scoped)
).pipe(
  Command.withShortDescription("Check everything trading needs: keys, funds, allowances, clock, sockets, channels"),
  Command.withDescription(
    "Checks which signature type and funder fit the key, allowances, API key, clock, whether the venue lets this address trade, every socket, and Telegram channels. " +
      "Each finding is ok, a warning, a problem or unknown, with what to do. Changes nothing. Ends with 1 when there is a problem."
  ),
  Command.withExamples([
    { command: "doctor", description: "With the wallet of the environment" },
    { command: "doctor --endpoints endpoints.json --account 3", description: "With an account of the simulator" }
  ])
)
