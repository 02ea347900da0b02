/** The account's part of `clob …`: own orders, trades and balances, API keys, notifications, signs of life. */
import { Effect, Redacted, Schedule } from "effect"
import { Command, Flag } from "effect/cli"
import type { Endpoint, Given, Params } from "../client/Endpoint.ts"
import * as Http from "../client/Http.ts"
import * as Calls from "../client/polymarket/clob/AccountEndpoints.ts"
import type { Credentials } from "../client/polymarket/clob/Hmac.ts"
import * as OrderCalls from "../client/polymarket/clob/OrderEndpoints.ts"
import * as Span from "../domain/Span.ts"
import { accountFlags, loadAccount } from "./AccountFlags.ts"
import { commandWith, jsonFlag, type Member, printAnswer, withHelp } from "./EndpointCommands.ts"
import { failWith } from "./Venue.ts"
import { writeCommand } from "./WriteCommand.ts"

/** The parameter that the account answers by itself. */
const typeParameter = "signature_type"

/** The command of a call that reads something of the account. */
const readCommand = <P extends Params, A>(call: Endpoint<P, A>): Member => (group) => {
  const { [typeParameter]: typed, ...params } = call.params as Params
  return commandWith({ ...call, params: params as P }, {
    group,
    access: accountFlags,
    ask: (access, given) =>
      Effect.map(Effect.flatMap(loadAccount, ({ connect }) => connect(access)), ({ account, trading }) => {
        const values: Given<P> = typed === undefined
          ? given
          : { ...given, [typeParameter]: account.wallet.signatureType }
        return trading.pages(call, values)
      }),
    rows: call.paging?.rows
  })
}

const keyDescription = (verb: string) =>
  `${verb} The key itself is shown, secret and passphrase only with --reveal: nothing else needs them, since every command derives ` +
  "them from the wallet's key."

const shown = (credentials: Credentials, reveal: boolean) => ({
  apiKey: credentials.apiKey,
  secret: reveal ? Redacted.value(credentials.secret) : "(hidden)",
  passphrase: reveal ? Redacted.value(credentials.passphrase) : "(hidden)"
})

const loadTrading = Effect.promise(() => import("../client/polymarket/ClobTrading.ts"))

const keyCommand = (
  word: string,
  sentence: string,
  obtain: "createCredentials" | "deriveCredentials"
): Member =>
() => ({
  words: ["keys", word],
  command: Command.make(
    word,
    {
      json: jsonFlag,
      nonce: Flag.Int("nonce").pipe(
        Flag.withDescription("Tells several keys of one wallet apart"),
        Flag.withDefault(0)
      ),
      reveal: Flag.Boolean("reveal").pipe(
        Flag.withDescription("Print secret and passphrase too"),
        Flag.withDefault(false)
      ),
      access: accountFlags
    },
    Effect.fn(function*(given) {
      const { accountOf, keyOwnerOf } = yield* loadAccount
      const calls = yield* loadTrading
      const owner = yield* keyOwnerOf(given.access, yield* accountOf(given.access))
      const credentials = yield* calls[obtain]({ ...owner, nonce: given.nonce }).pipe(
        Effect.provide(Http.layerTransport),
        Effect.catch(failWith)
      )
      yield* printAnswer(given.json, shown(credentials, given.reveal))
    }, Effect.scoped)
  ).pipe(
    Command.withShortDescription(sentence),
    Command.withDescription(keyDescription(`${sentence}.`)),
    Command.withExamples([{ command: `clob keys ${word}`, description: sentence }])
  )
})

const listKeys: Member = (group, make) => {
  const call = { ...Calls.apiKeys, name: "keys list" }
  return readCommand(call)(group, make)
}

/** How often the venue wants a sign of life; it waits ten seconds for the next one. */
const beatEvery = "5 seconds"

const heartbeat: Member = (group) => ({
  words: ["heartbeat"],
  command: Command.make(
    "heartbeat" as string,
    {
      json: jsonFlag,
      id: Flag.String("id").pipe(
        Flag.withDescription("The id of the answer before; empty for the first"),
        Flag.withDefault("")
      ),
      for: Flag.String("for").pipe(
        Flag.withDescription("Go on every five seconds for this long: 20s, 5m, 1h"),
        Flag.withSchema(Span.Span),
        Flag.withDefault(0)
      ),
      access: accountFlags
    },
    Effect.fn(function*(given) {
      const { trading } = yield* Effect.flatMap(loadAccount, ({ connect }) => connect(given.access))
      let id = given.id
      const beat = Effect.gen(function*() {
        id = yield* trading.heartbeat(id)
      }).pipe(Effect.catch((error) => failWith(error)))
      const once = Effect.andThen(beat, Effect.suspend(() => printAnswer(given.json, { heartbeat_id: id })))
      // A wrong id is answered with the right one: the first beat may only have found it, the second counts.
      yield* beat
      yield* once
      if (given.for > 0) {
        yield* Effect.sleep(beatEvery).pipe(
          Effect.andThen(once),
          Effect.repeat(Schedule.forever),
          Effect.timeoutOption(given.for)
        )
      }
    }, Effect.scoped)
  ).pipe(
    withHelp(group, OrderCalls.heartbeat),
    Command.withDescription(
      `${OrderCalls.heartbeat.summary}. A single one is enough to start that clock: do not send it without meaning to go on.`
    ),
    Command.withExamples([{ command: "clob heartbeat --for 1h", description: "Keep the orders alive for an hour" }])
  )
})

/** Everything about an account that `clob` offers, but placing orders. */
export const accountMembers: ReadonlyArray<Member> = [
  readCommand(Calls.order),
  readCommand(Calls.orders),
  readCommand(Calls.trades),
  readCommand(Calls.preMigrationOrders),
  readCommand(Calls.orderScoring),
  readCommand(Calls.ordersScoring),
  readCommand(Calls.notifications),
  writeCommand(OrderCalls.dropNotifications, (trading, { ids }) => trading.dropNotifications(ids)),
  readCommand(Calls.balanceAllowance),
  readCommand(Calls.updateBalanceAllowance),
  readCommand(Calls.closedOnly),
  readCommand(Calls.rewardsUser),
  readCommand(Calls.rewardsTotal),
  readCommand(Calls.rewardPercentages),
  readCommand(Calls.rewardsMarkets),
  heartbeat,
  keyCommand("create", "Creates the API key of the wallet", "createCredentials"),
  keyCommand("derive", "Reads the API key that the wallet has", "deriveCredentials"),
  listKeys
]
