import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Result } from "effect"
import { createHmac } from "node:crypto"
import { verifyTypedData } from "viem"
import * as Http from "../../../src/client/Http.ts"
import * as Account from "../../../src/client/polymarket/clob/AccountEndpoints.ts"
import { fromHex } from "../../../src/client/polymarket/clob/PrivateKey.ts"
import { ClobTrading, credentialsOf } from "../../../src/client/polymarket/ClobTrading.ts"
import { type Answer, type Seen, serveHttp } from "../HttpServer.ts"

const key = Result.getOrThrow(fromHex(Redacted.make(`0x${"11".repeat(32)}`)))
const secret = Buffer.from("a secret of the venue").toString("base64url")
const credentials = { apiKey: "key-1", secret: Redacted.make(secret), passphrase: Redacted.make("pass") }

const withVenue = <A, E>(
  answer: (seen: Seen, count: number) => Answer,
  body: (seen: ReadonlyArray<Seen>) => Effect.Effect<A, E, ClobTrading>
) =>
  Effect.gen(function*() {
    const server = yield* serveHttp(answer)
    const layer = ClobTrading.layer({ baseUrl: server.url, address: key.address, credentials })
    return yield* body(server.seen).pipe(Effect.provide(layer.pipe(Layer.provide(Http.layerTransport))))
  }).pipe(Effect.scoped)

/** The signature that the venue would compute itself. */
const expectedSignature = ({ body, headers, method, path }: Seen): string =>
  createHmac("sha256", Buffer.from(secret, "base64url"))
    .update(`${String(headers["poly_timestamp"])}${method}${path}${body}`)
    .digest("base64").replaceAll("+", "-").replaceAll("/", "_")

describe("ClobTrading", () => {
  it.live("signs exactly what is sent: the path without its query, the body to the byte", () =>
    withVenue(
      ({ method, path }) =>
        path === "/data/orders"
          ? { body: { data: [], next_cursor: "LTE=" } }
          : path === "/order" && method === "POST"
          ? { body: { success: true, orderID: "0x1", errorMsg: "" } }
          : { body: { canceled: [], not_canceled: {} } },
      (seen) =>
        Effect.gen(function*() {
          const clob = yield* ClobTrading
          yield* clob.call(Account.orders, { market: "0xabc" })
          yield* clob.postOrder("{\"order\": {\"a\":1}}")
          yield* clob.cancelOrder("0x2")
          yield* clob.cancelOrders(["0x3", "0x4"])
          yield* clob.cancelAll
          yield* clob.cancelMarketOrders({ market: "0xabc" })
          assert.deepStrictEqual(seen.map(({ body, method, path }) => [method, path, body]), [
            ["GET", "/data/orders", ""],
            ["POST", "/order", "{\"order\": {\"a\":1}}"],
            ["DELETE", "/order", "{\"orderID\":\"0x2\"}"],
            ["DELETE", "/orders", "[\"0x3\",\"0x4\"]"],
            ["DELETE", "/cancel-all", ""],
            ["DELETE", "/cancel-market-orders", "{\"market\":\"0xabc\"}"]
          ])
          for (const one of seen) {
            assert.strictEqual(one.headers["poly_signature"], expectedSignature(one))
            assert.strictEqual(one.headers["poly_address"], key.address)
            assert.strictEqual(one.headers["poly_api_key"], "key-1")
          }
        })
    ))

  it.live("ORD-1 an order whose answer is lost is Unconfirmed and was sent once", () =>
    withVenue(
      () => ({ status: 500, body: { error: "could not insert order" } }),
      (seen) =>
        Effect.gen(function*() {
          const clob = yield* ClobTrading
          const error = yield* Effect.flip(clob.postOrder("{}"))
          assert.strictEqual(error.reason._tag, "Unconfirmed")
          assert.strictEqual(seen.length, 1)
          assert(!JSON.stringify(error).includes(secret))
        })
    ))

  it.live("a heartbeat adopts the right id from the answer to a wrong one", () =>
    withVenue(
      (_, count) =>
        count === 1
          ? { status: 400, body: { error_msg: "wrong", heartbeat_id: "right" } }
          : { body: { heartbeat_id: "next" } },
      () =>
        Effect.gen(function*() {
          const clob = yield* ClobTrading
          assert.strictEqual(yield* clob.heartbeat("wrong"), "right")
          assert.strictEqual(yield* clob.heartbeat("right"), "next")
        })
    ))

  it.live("keys are created, or derived when one exists, with a signature of the wallet", () =>
    Effect.gen(function*() {
      const server = yield* serveHttp(({ path }) =>
        path === "/auth/api-key"
          ? { status: 400, body: { error: "Could not create api key" } }
          : { body: { apiKey: "k", secret: "s", passphrase: "canary" } }
      )
      const found = yield* credentialsOf({ baseUrl: server.url, chainId: 137, key })
      assert.strictEqual(found.apiKey, "k")
      assert.strictEqual(Redacted.value(found.passphrase), "canary")
      assert(!JSON.stringify(found).includes("canary"))
      assert.deepStrictEqual(server.seen.map(({ method, path }) => [method, path]), [
        ["POST", "/auth/api-key"],
        ["GET", "/auth/derive-api-key"]
      ])
      const { headers } = server.seen[1] as Seen
      const isValid = yield* Effect.promise(() =>
        verifyTypedData({
          address: key.address,
          domain: { name: "ClobAuthDomain", version: "1", chainId: 137 },
          types: {
            ClobAuth: [
              { name: "address", type: "address" },
              { name: "timestamp", type: "string" },
              { name: "nonce", type: "uint256" },
              { name: "message", type: "string" }
            ]
          },
          primaryType: "ClobAuth",
          message: {
            address: key.address,
            timestamp: String(headers["poly_timestamp"]),
            nonce: BigInt(String(headers["poly_nonce"])),
            message: "This message attests that I control the given wallet"
          },
          signature: headers["poly_signature"] as `0x${string}`
        })
      )
      assert(isValid)
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))
})
