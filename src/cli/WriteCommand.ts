/** Makes a command of a call that changes something: sent once, or with `--dry-run` only shown. */
import { Clock, Console, Effect, Redacted, Result } from "effect"
import { Command, Flag } from "effect/cli"
import { type Endpoint, type Given, type Params, requestOf } from "../client/Endpoint.ts"
import type { Request } from "../client/Http.ts"
import type { ClobError } from "../client/polymarket/Clob.ts"
import { type Credentials, makeLevel2 } from "../client/polymarket/clob/Hmac.ts"
import type { ClobTrading } from "../client/polymarket/ClobTrading.ts"
import type { Account } from "./Account.ts"
import { accountFlags, loadAccount } from "./AccountFlags.ts"
import { jsonFlag, lastWord, type Member, parametersOf, printAnswer, valuesOf, withHelp } from "./EndpointCommands.ts"
import * as Exit from "./Exit.ts"
import { fail, failWith } from "./Venue.ts"

/** The flag that keeps a command from sending anything. */
export const dryRunFlag = Flag.Boolean("dry-run").pipe(
  Flag.withDescription("Show the exact request and send nothing"),
  Flag.withDefault(false)
)

const hidden = "(hidden)"

/** What a request would look like: method, path, exact body, and the headers without what proves anything. */
export const describeRequest = Effect.fnUntraced(function*(
  request: Request,
  account: Account,
  credentials: Credentials | undefined
) {
  const now = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
  const signer = credentials ?? { apiKey: hidden, secret: Redacted.make("AAAA"), passphrase: Redacted.make(hidden) }
  const level2 = makeLevel2(account.key.address, signer)
  const headers = Result.isSuccess(level2) ? level2.success.headers(request, now) : {}
  return {
    method: request.method,
    path: request.path,
    ...(request.query === undefined ? {} : { query: request.query }),
    body: request.body ?? "",
    headers: {
      ...headers,
      POLY_SIGNATURE: hidden,
      POLY_PASSPHRASE: hidden
    }
  }
})

/** Prints it: as JSON in one line, or the body on a line of its own. */
export const printRequest = (json: boolean, request: Effect.Success<ReturnType<typeof describeRequest>>) => {
  if (json) return printAnswer(true, request)
  const query = request.query === undefined
    ? ""
    : `?${new URLSearchParams(request.query.map(([name, value]): [string, string] => [name, value]))}`
  return Console.log([
    `${request.method} ${request.path}${query}`,
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
    "",
    request.body,
    "(nothing was sent)"
  ].join("\n"))
}

/** Which orders an answer says were left standing, and why. */
const leftStanding = (answer: unknown): ReadonlyArray<string> =>
  typeof answer === "object" && answer !== null && "not_canceled" in answer
    ? Object.entries(answer.not_canceled as Readonly<Record<string, string>>).map(([id, why]) => `${id}: ${why}`)
    : []

/** The command of a call that is sent by `send`; `check` says what is wrong with what was given. */
export const writeCommand = <P extends Params, A, B>(
  call: Endpoint<P, A>,
  send: (trading: ClobTrading["Service"], given: Given<P>) => Effect.Effect<B, ClobError>,
  check: (given: Given<P>) => string | undefined = () => undefined
): Member =>
(group) => ({
  words: call.name.split(" "),
  command: Command.make(
    lastWord(call.name),
    { parameters: parametersOf(call.params), json: jsonFlag, dryRun: dryRunFlag, access: accountFlags },
    Effect.fn(function*(flags) {
      const given = valuesOf<P>(flags.parameters)
      const wrong = check(given)
      if (wrong !== undefined) return yield* fail(Exit.usage, wrong)
      const { accountOf, connect, givenCredentials } = yield* loadAccount
      if (flags.dryRun) {
        const account = yield* accountOf(flags.access)
        const credentials = yield* givenCredentials(flags.access)
        return yield* printRequest(flags.json, yield* describeRequest(requestOf(call, given), account, credentials))
      }
      const { trading } = yield* connect(flags.access)
      const answer = yield* send(trading, given).pipe(Effect.catch((error) =>
        error.reason._tag === "Unconfirmed"
          ? fail(1, `${error.message}. To see what is open now: clob orders`)
          : failWith(error)
      ))
      yield* printAnswer(flags.json, answer ?? null)
      const standing = leftStanding(answer)
      if (standing.length > 0) return yield* fail(1, `not canceled: ${standing.join("; ")}`)
    }, Effect.scoped)
  ).pipe(withHelp(group, call))
})
