import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { SignedOrder } from "../../src/client/polymarket/clob/Signing.ts"
import type { Account } from "../../src/simulator/Accounts.ts"
import { simulator } from "./Client.ts"
import { ask, bodyOf, make, seconds, tokensOf, trader } from "./Trader.ts"

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
          ["[]", { headers: { POLY_TIMESTAMP: String(now + 30) } }]
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
          assert.strictEqual(again.status, 400)
          assert.strictEqual(again.value["error"], `order ${order.orderId} is invalid. Duplicated.`)
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
