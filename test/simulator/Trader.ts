/** A trader who signs requests by hand, for tests of the simulator's checks; times are those of the clock. */
import { Clock, Effect, Redacted, Result } from "effect"
import { createHmac } from "node:crypto"
import { buildOrder, type LimitOrder } from "../../src/client/polymarket/clob/BuildOrder.ts"
import { level1Headers } from "../../src/client/polymarket/clob/ClobAuth.ts"
import { orderBody } from "../../src/client/polymarket/clob/OrderBody.ts"
import { fromHex } from "../../src/client/polymarket/clob/PrivateKey.ts"
import { type SignedOrder, signOrder } from "../../src/client/polymarket/clob/Signing.ts"
import type { Account } from "../../src/simulator/Accounts.ts"

export interface Answer {
  readonly status: number
  readonly value: Readonly<Record<string, unknown>>
}

export const ask = (url: string, init: RequestInit): Effect.Effect<Answer> =>
  Effect.promise(async () => {
    const response = await fetch(url, init)
    return { status: response.status, value: await response.json() as Readonly<Record<string, unknown>> }
  })

export const seconds = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now / 1_000))

/** A trader who signs requests by hand, and may be told to sign something else than what is sent. */
export const trader = Effect.fnUntraced(function*(clob: string, account: Account) {
  const key = Result.getOrThrow(fromHex(Redacted.make(account.privateKey)))
  const attest = (nonce = 0, at?: number) =>
    Effect.map(
      seconds,
      (now) => level1Headers({ chainId: 137, address: key.address, timestamp: at ?? now, nonce }, key)
    )
  const { value } = yield* ask(`${clob}/auth/api-key`, { method: "POST", headers: yield* attest() })
  const { apiKey, passphrase, secret } = value as Readonly<Record<string, string>>
  type Other = { readonly body?: string; readonly timestamp?: number; readonly headers?: Record<string, string> }
  const headers = Effect.fnUntraced(function*(method: string, path: string, body = "", other: Other = {}) {
    const timestamp = other.timestamp ?? (yield* seconds)
    const signature = createHmac("sha256", Buffer.from(secret ?? "", "base64"))
      .update(`${timestamp}${method}${path.split("?")[0]}${other.body ?? body}`)
      .digest("base64").replaceAll("+", "-").replaceAll("/", "_")
    return {
      POLY_ADDRESS: key.address,
      POLY_SIGNATURE: signature,
      POLY_TIMESTAMP: String(timestamp),
      POLY_API_KEY: apiKey ?? "",
      POLY_PASSPHRASE: passphrase ?? "",
      ...other.headers
    }
  })
  const signed = Effect.fnUntraced(function*(method: string, path: string, body = "", other: Other = {}) {
    return yield* ask(`${clob}${path}`, {
      method,
      ...(body === "" ? {} : { body }),
      headers: yield* headers(method, path, body, other)
    })
  })
  const credentials = { apiKey: apiKey ?? "", secret: secret ?? "", passphrase: passphrase ?? "" }
  return { key, apiKey: credentials.apiKey, credentials, attest, headers, signed, account }
})

export interface Token {
  readonly id: string
  readonly version: 2 | 3
  readonly negativeRisk: boolean
}

/** A token of each kind of market: standard, neg risk, Protocol V2. */
export const tokensOf = (gamma: string) =>
  ask(`${gamma}/markets/keyset?limit=100`, {}).pipe(Effect.map(({ value }) => {
    const markets = value["markets"] as ReadonlyArray<Readonly<Record<string, unknown>>>
    const token = (fits: (market: Readonly<Record<string, unknown>>) => boolean): Token => {
      const market = markets.find((one) => one["orderPriceMinTickSize"] === 0.01 && fits(one)) ?? {}
      const version = market["version"] === "v2" ? 3 : 2
      const ids = version === 3 ? market["positionIds"] : JSON.parse(String(market["clobTokenIds"]))
      return { id: (ids as ReadonlyArray<string>)[0] ?? "", version, negativeRisk: market["negRisk"] === true }
    }
    return [
      token((one) => one["version"] === "v1" && one["negRisk"] === false),
      token((one) => one["version"] === "v1" && one["negRisk"] === true),
      token((one) => one["version"] === "v2")
    ] as const
  }))

let salt = 1n

export const make = (
  { account, key }: {
    readonly account: Account
    readonly key: ReturnType<typeof fromHex> extends Result.Result<infer K, unknown> ? K : never
  },
  token: Token,
  more: Partial<LimitOrder> = {}
): SignedOrder =>
  signOrder(
    Result.getOrThrow(buildOrder({
      kind: "limit",
      market: { tickSize: 10_000, negativeRisk: token.negativeRisk, version: token.version },
      tokenId: token.id,
      side: "BUY",
      price: 0.01,
      size: 10,
      salt: salt++,
      timestamp: 1_790_000_000_000,
      ...more
    }, { chainId: 137, signatureType: account.signatureType, address: key.address, funder: account.funder })),
    key
  )

export const bodyOf = (order: SignedOrder, owner: string): string =>
  Result.getOrThrow(orderBody(order, { owner, orderType: "GTC", postOnly: false, deferExec: false }))
