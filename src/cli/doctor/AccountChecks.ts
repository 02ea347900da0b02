/** Which wallet holds the funds of a key, what the exchanges may take of it, and whether there is an API key. Changes nothing. */
import { Effect, Layer } from "effect"
import * as Http from "../../client/Http.ts"
import { balanceAllowance, closedOnly } from "../../client/polymarket/clob/AccountEndpoints.ts"
import type { Credentials } from "../../client/polymarket/clob/Hmac.ts"
import type { SignatureType } from "../../client/polymarket/clob/Signing.ts"
import { funderOf } from "../../client/polymarket/clob/Wallets.ts"
import { ClobTrading, deriveCredentials } from "../../client/polymarket/ClobTrading.ts"
import * as Micro from "../../domain/Micro.ts"
import { type Account, givenCredentials, keyOwnerOf } from "../Account.ts"
import type { Access } from "../EndpointCommands.ts"
import { type Finding, finding } from "./Finding.ts"

/** Newest kind of wallet first. */
const kinds: ReadonlyArray<readonly [SignatureType, string]> = [
  [3, "deposit wallet"],
  [1, "proxy"],
  [2, "Safe"],
  [0, "EOA"]
]

/** What was found about one kind of wallet. */
interface Funds {
  readonly type: SignatureType
  readonly name: string
  readonly wallet: string
  /** pUSD in millionths. */
  readonly balance: number
  readonly allowed: number
  readonly spenders: number
}

const fundsText = ({ allowed, balance, spenders }: Funds) =>
  `${Micro.format(balance)} pUSD, ${allowed} of ${spenders} exchange contracts may take it`

/** The credentials that exist, with what there is to say about them. */
export const credentials = Effect.fnUntraced(function*(access: Access, account: Account) {
  const given = yield* givenCredentials(access)
  const { address } = account.key
  if (given !== undefined) {
    return [given, finding("api key", "ok", `from the environment, for the key of ${address}`)] as const
  }
  const derived = yield* Effect.result(deriveCredentials(yield* keyOwnerOf(access, account)))
  return derived._tag === "Success"
    ? [derived.success, finding("api key", "ok", `${derived.success.apiKey}, for the key of ${address}`)] as const
    : [
      undefined,
      finding(
        "api key",
        "warning",
        `none for the key of ${address}: ${derived.failure.reason.message}`,
        "create one: clob keys create"
      )
    ] as const
})

const fundsOf =
  (trading: ClobTrading["Service"], account: Account) => ([type, name]: readonly [SignatureType, string]) =>
    trading.call(balanceAllowance, { asset_type: "COLLATERAL", signature_type: type }).pipe(
      Effect.map(({ allowance, allowances, balance }): Funds => {
        const all = Object.values(allowances ?? (typeof allowance === "string" ? { exchange: allowance } : {}))
        return {
          type,
          name,
          wallet: funderOf(account.key.address, type),
          balance: Number(balance),
          allowed: all.filter((one) => /[1-9]/.test(one)).length,
          spenders: all.length
        }
      }),
      Effect.result
    )

/** The verdict on the configured signature type. */
const verdict = ({ wallet }: Account, funds: ReadonlyArray<Funds>): ReadonlyArray<Finding> => {
  const funded = funds.filter(({ balance }) => balance > 0)
  const best = funded.find(({ allowed }) => allowed > 0) ?? funded[0]
  const own = funds.find(({ type }) => type === wallet.signatureType)
  if (best === undefined || own === undefined) {
    return [
      finding(
        "signature type",
        "warning",
        "no wallet of this key holds pUSD",
        `deposit first; new accounts are deposit wallets (type 3): ${funderOf(wallet.address, 3)}`
      )
    ]
  }
  if (own.balance === 0) {
    return [
      finding(
        "signature type",
        "problem",
        `${own.type} (${own.name}) is configured, the funds are with ${best.type} (${best.name}, ${best.wallet})`,
        `use --signature-type ${best.type} or POLYMARKET_SIGNATURE_TYPE=${best.type}`
      )
    ]
  }
  const isDerived = wallet.funder?.toLowerCase() === own.wallet.toLowerCase()
  return [
    isDerived
      ? finding("signature type", "ok", `${own.type} (${own.name}) fits, funder ${own.wallet}`)
      : finding(
        "signature type",
        "warning",
        `funder ${wallet.funder} is not the ${own.name} the venue makes today for this key, which is ${own.wallet}`,
        "leave the funder out, unless the wallet was made by an older factory"
      ),
    own.allowed === own.spenders
      ? finding("allowances", "ok", fundsText(own))
      : finding(
        "allowances",
        own.allowed === 0 ? "problem" : "warning",
        fundsText(own),
        "approve the exchange contracts from the venue's site (it asks at the first trade)"
      )
  ]
}

/** Looks at the wallets of a key with its API credentials. */
export const wallets = Effect.fnUntraced(function*(clob: string, account: Account, found: Credentials) {
  const layer = ClobTrading.layer({ baseUrl: clob, address: account.key.address, credentials: found }).pipe(
    Layer.provide(Http.layerTransport)
  )
  const built = yield* Effect.result(Layer.build(layer))
  if (built._tag === "Failure") return [finding("api key", "problem", built.failure.message)]
  const trading = yield* Effect.provide(ClobTrading, built.success)
  const looks = yield* Effect.forEach(kinds, fundsOf(trading, account))
  const failed = looks.find((look) => look._tag === "Failure")
  if (failed?._tag === "Failure") {
    return [finding("funds", "problem", failed.failure.message, "check key and API credentials")]
  }
  const funds = looks.flatMap((look) => (look._tag === "Success" ? [look.success] : []))
  const restricted = yield* Effect.result(trading.call(closedOnly, {}))
  return [
    ...funds.map((one) => finding(`funds ${one.type}`, "ok", `${one.name} ${one.wallet}: ${fundsText(one)}`)),
    ...verdict(account, funds),
    restricted._tag === "Failure"
      ? finding("restrictions", "unknown", restricted.failure.message)
      : restricted.success.closed_only
      ? finding("restrictions", "problem", "the account may only close positions", "ask the venue")
      : finding("restrictions", "ok", "the account may trade")
  ]
})
