import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import { createHmac } from "node:crypto"
import { buildOrder, type LimitOrder } from "../../src/client/polymarket/clob/BuildOrder.ts"
import { level1Headers } from "../../src/client/polymarket/clob/ClobAuth.ts"
import { orderBody } from "../../src/client/polymarket/clob/OrderBody.ts"
import { fromHex } from "../../src/client/polymarket/clob/PrivateKey.ts"
import { type SignedOrder, signOrder } from "../../src/client/polymarket/clob/Signing.ts"
import type { Account } from "../../src/simulator/Accounts.ts"
import { simulator } from "./Client.ts"

interface Answer {
  readonly status: number
  readonly value: Readonly<Record<string, unknown>>
}

const ask = (url: string, init: RequestInit): Effect.Effect<Answer> =>
  Effect.promise(async () => {
    const response = await fetch(url, init)
    return { status: response.status, value: await response.json() as Readonly<Record<string, unknown>> }
  })

const seconds = Effect.sync(() => Math.floor(Date.now() / 1_000))

/** A trader who signs requests by hand, and may be told to sign something else than what is sent. */
const trader = Effect.fnUntraced(function*(clob: string, account: Account) {
  const key = Result.getOrThrow(fromHex(Redacted.make(account.privateKey)))
  const attest = (nonce = 0, at?: number) =>
    Effect.map(
      seconds,
      (now) => level1Headers({ chainId: 137, address: key.address, timestamp: at ?? now, nonce }, key)
    )
  const { value } = yield* ask(`${clob}/auth/api-key`, { method: "POST", headers: yield* attest() })
  const { apiKey, passphrase, secret } = value as Readonly<Record<string, string>>
  const signed = Effect.fnUntraced(function*(
    method: string,
    path: string,
    body = "",
    other: { readonly body?: string; readonly timestamp?: number; readonly headers?: Record<string, string> } = {}
  ) {
    const timestamp = other.timestamp ?? (yield* seconds)
    const signature = createHmac("sha256", Buffer.from(secret ?? "", "base64"))
      .update(`${timestamp}${method}${path.split("?")[0]}${other.body ?? body}`)
      .digest("base64").replaceAll("+", "-").replaceAll("/", "_")
    return yield* ask(`${clob}${path}`, {
      method,
      ...(body === "" ? {} : { body }),
      headers: {
        POLY_ADDRESS: key.address,
        POLY_SIGNATURE: signature,
        POLY_TIMESTAMP: String(timestamp),
        POLY_API_KEY: apiKey ?? "",
        POLY_PASSPHRASE: passphrase ?? "",
        ...other.headers
      }
    })
  })
  return { key, apiKey: apiKey ?? "", attest, signed, account }
})

interface Token {
  readonly id: string
  readonly version: 2 | 3
  readonly negativeRisk: boolean
}

/** A token of each kind of market: standard, neg risk, Protocol V2. */
const tokensOf = (gamma: string) =>
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

const make = (
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

const bodyOf = (order: SignedOrder, owner: string): string =>
  Result.getOrThrow(orderBody(order, { owner, orderType: "GTC", postOnly: false, deferExec: false }))

describe("the simulator's keys", () => {
  it.live("are given out once per wallet and nonce, for a timely signature of that wallet alone", () =>
    Effect.gen(function*() {
      const { endpoints: { accounts, clob } } = yield* simulator({ rate: 0 })
      const [first, second] = accounts as [Account, Account]
      const one = yield* trader(clob, first)
      const create = (headers: Readonly<Record<string, string>>) =>
        ask(`${clob}/auth/api-key`, { method: "POST", headers })
      const derive = (headers: Readonly<Record<string, string>>) => ask(`${clob}/auth/derive-api-key`, { headers })
      assert.strictEqual((yield* create(yield* one.attest())).status, 400)
      assert.strictEqual((yield* derive(yield* one.attest())).value["apiKey"], one.apiKey)
      const other = yield* create(yield* one.attest(1))
      assert.strictEqual(other.status, 200)
      assert.notStrictEqual(other.value["apiKey"], one.apiKey)
      assert.strictEqual((yield* derive(yield* one.attest(2))).status, 400)
      assert.strictEqual((yield* derive(yield* one.attest(0, (yield* seconds) - 3_600))).status, 401)
      assert.strictEqual((yield* derive({ ...(yield* one.attest()), POLY_ADDRESS: second.address })).status, 401)
      assert.strictEqual((yield* derive({ ...(yield* one.attest()), POLY_NONCE: "7" })).status, 401)
    }).pipe(Effect.scoped))

  it.live("sign exactly what is sent: another body, path, time, passphrase or address is 401", () =>
    Effect.gen(function*() {
      const { endpoints: { accounts, clob } } = yield* simulator({ rate: 0 })
      const one = yield* trader(clob, accounts[0] as Account)
      assert.strictEqual((yield* one.signed("GET", "/data/orders?market=0x1")).status, 200)
      assert.strictEqual((yield* one.signed("POST", "/orders-scoring", "[]")).status, 200)
      const now = yield* seconds
      for (
        const [body, other] of [
          ["[]", { body: "[ ]" }],
          ["[]", { timestamp: now - 3_600 }],
          ["[]", { headers: { POLY_PASSPHRASE: "no" } }],
          ["[]", { headers: { POLY_ADDRESS: (accounts[1] as Account).address } }],
          ["[]", { headers: { POLY_TIMESTAMP: String(now + 1) } }]
        ] as const
      ) {
        assert.strictEqual(
          (yield* one.signed("POST", "/orders-scoring", body, other)).status,
          401,
          JSON.stringify(other)
        )
      }
    }).pipe(Effect.scoped))
})

describe("the simulator's orders", () => {
  it.live("are taken with every signature type on every kind of market, under the id that was computed", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 20, rate: 0 })
      const tokens = yield* tokensOf(endpoints.gamma)
      assert.deepStrictEqual(tokens.map(({ negativeRisk, version }) => [version, negativeRisk]), [
        [2, false],
        [2, true],
        [
          3,
          tokens[2].negativeRisk
        ]
      ])
      for (const account of endpoints.accounts) {
        const one = yield* trader(endpoints.clob, account)
        for (const token of tokens) {
          const order = make(one, token)
          const { status, value } = yield* one.signed("POST", "/order", bodyOf(order, one.apiKey))
          assert.strictEqual(status, 200, JSON.stringify(value))
          assert.strictEqual(value["orderID"], order.orderId)
          assert.strictEqual(value["status"], "live")
          const again = yield* one.signed("POST", "/order", bodyOf(order, one.apiKey))
          assert.isFalse(again.value["success"])
        }
      }
    }).pipe(Effect.scoped))

  it.live("are refused with any field changed after signing, and with a wrapper that does not hold", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 20, rate: 0 })
      const [token, negative] = yield* tokensOf(endpoints.gamma)
      for (const account of [endpoints.accounts[0], endpoints.accounts[3]] as ReadonlyArray<Account>) {
        const one = yield* trader(endpoints.clob, account)
        const refuse = Effect.fnUntraced(function*(order: SignedOrder, what: string) {
          const { status, value } = yield* one.signed("POST", "/order", bodyOf(order, one.apiKey))
          assert.strictEqual(status, 400, `${what}: ${JSON.stringify(value)}`)
        })
        const order = make(one, token)
        yield* refuse({ ...order, salt: order.salt + 1n }, "salt")
        yield* refuse({ ...order, makerAmount: order.makerAmount * 2n, takerAmount: order.takerAmount * 2n }, "amounts")
        yield* refuse(
          { ...order, side: "SELL", makerAmount: order.takerAmount, takerAmount: order.makerAmount },
          "side"
        )
        yield* refuse({ ...order, timestamp: order.timestamp + 1 }, "timestamp")
        yield* refuse({ ...order, tokenId: negative.id }, "token of another contract")
        yield* refuse({ ...order, metadata: `0x${"1".repeat(64)}` }, "metadata")
        yield* refuse({ ...order, maker: endpoints.accounts[1]?.funder as SignedOrder["maker"] }, "maker")
        if (account.signatureType === 3) {
          yield* refuse(
            { ...order, signature: order.signature.slice(0, 132) as SignedOrder["signature"] },
            "no wrapper"
          )
          yield* refuse(
            { ...order, signature: `${order.signature.slice(0, -4)}00bb` as SignedOrder["signature"] },
            "length"
          )
          yield* refuse(
            { ...order, signature: make(one, negative).signature },
            "the wrapper of another order"
          )
        }
        const { status, value } = yield* one.signed("POST", "/order", bodyOf(make(one, token), "another-owner"))
        assert.strictEqual(status, 400)
        assert.include(String(value["error"]), "owner")
        const off = make(one, token, { price: 0.011, market: { tickSize: 1_000, negativeRisk: false, version: 2 } })
        const odd = yield* one.signed("POST", "/order", bodyOf(off, one.apiKey))
        assert.include(String(odd.value["error"]), "minimum tick size")
      }
    }).pipe(Effect.scoped))

  it.live("belong to their key: others neither see nor cancel them", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ markets: 20, rate: 0 })
      const [token] = yield* tokensOf(endpoints.gamma)
      const [one, two] = yield* Effect.forEach(
        [endpoints.accounts[0], endpoints.accounts[1]] as ReadonlyArray<Account>,
        (account) => trader(endpoints.clob, account)
      )
      if (one === undefined || two === undefined) return assert.fail("expected two traders")
      const order = make(one, token)
      yield* one.signed("POST", "/order", bodyOf(order, one.apiKey))
      assert.strictEqual((yield* two.signed("GET", `/data/order/${order.orderId}`)).status, 404)
      const cancel = JSON.stringify({ orderID: order.orderId })
      assert.deepStrictEqual((yield* two.signed("DELETE", "/order", cancel)).value["canceled"], [])
      assert.deepStrictEqual((yield* one.signed("DELETE", "/order", cancel)).value["canceled"], [order.orderId])
      assert.deepStrictEqual((yield* one.signed("DELETE", "/order", cancel)).value["canceled"], [])
      assert.strictEqual((yield* one.signed("GET", `/data/order/${order.orderId}`)).value["status"], "CANCELED")
    }).pipe(Effect.scoped))

  it.live("heartbeat ids are a chain", () =>
    Effect.gen(function*() {
      const { endpoints } = yield* simulator({ rate: 0 })
      const one = yield* trader(endpoints.clob, endpoints.accounts[0] as Account)
      const beat = (id: unknown) => one.signed("POST", "/v1/heartbeats", JSON.stringify({ heartbeat_id: id }))
      const first = yield* beat("")
      const second = yield* beat(first.value["heartbeat_id"])
      assert.notStrictEqual(second.value["heartbeat_id"], first.value["heartbeat_id"])
      const wrong = yield* beat("nonsense")
      assert.strictEqual(wrong.status, 400)
      assert.strictEqual(wrong.value["heartbeat_id"], second.value["heartbeat_id"])
    }).pipe(Effect.scoped))
})
