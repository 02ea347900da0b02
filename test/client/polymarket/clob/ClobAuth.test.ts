import { assert, describe, it } from "@effect/vitest"
import { createL1Headers } from "@polymarket/clob-client-v2"
import { Effect, Redacted, Result, Schema } from "effect"
import { createWalletClient, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { level1Headers } from "../../../../src/client/polymarket/clob/ClobAuth.ts"
import { ChainId } from "../../../../src/client/polymarket/clob/Exchange.ts"
import * as PrivateKey from "../../../../src/client/polymarket/clob/PrivateKey.ts"

const Whole = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const Digits = Schema.String.check(Schema.isPattern(/^[1-9a-e][0-9a-f]{63}$/))

describe("ClobAuth", () => {
  it.effect.prop(
    "headers are those of the official client",
    [Digits, ChainId, Whole, Whole],
    ([digits, chainId, timestamp, nonce]) =>
      Effect.gen(function*() {
        const key = Result.getOrThrow(PrivateKey.fromHex(Redacted.make(digits)))
        const signer = createWalletClient({
          account: privateKeyToAccount(`0x${digits}`),
          transport: http("http://127.0.0.1:1")
        })
        const expected = yield* Effect.promise(() => createL1Headers(signer, chainId, nonce, timestamp))
        assert.deepStrictEqual<object>(
          level1Headers({ chainId, address: key.address, timestamp, nonce }, key),
          expected
        )
      }),
    { arbitrary: { runs: 100 } }
  )
})
