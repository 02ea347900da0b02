import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result, Schema } from "effect"
import { createHmac } from "node:crypto"
import { inspect } from "node:util"
import { Credentials, hmacKey, hmacSignature, makeLevel2 } from "../../../../src/client/polymarket/clob/Hmac.ts"

const Key = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(64)
)

describe("Hmac", () => {
  it.effect.prop(
    "every way to write a secret is the same key, and text is signed as UTF-8",
    [Key, Schema.String],
    ([bytes, body]) =>
      Effect.sync(() => {
        const key = Buffer.from(bytes)
        const standard = key.toString("base64")
        const request = { method: "POST", path: "/order", body }
        const expected = createHmac("sha256", key).update(`7POST/order${body}`).digest("base64")
        for (const written of [standard, standard.replace(/=+$/, ""), key.toString("base64url")]) {
          const signature = hmacSignature(Result.getOrThrow(hmacKey(Redacted.make(written))), 7, request)
          assert.strictEqual(signature, expected.replaceAll("+", "-").replaceAll("/", "_"))
        }
      })
  )

  it.effect("SEC-1 a secret that is none is refused without repeating it, and no signer shows its own", () =>
    Effect.sync(() => {
      for (const written of ["", "no base64!", "A", "AAAAA"]) {
        const failure = hmacKey(Redacted.make(written))
        assert.isTrue(Result.isFailure(failure))
        if (written.length > 5) assert.notInclude(inspect(failure, { depth: 20 }), written)
      }
      const secret = "c2hhcmVkLXZlY3Rvci1zZWNyZXQtbnVtYmVyLW9uZS4uLi4="
      const credentials = Schema.decodeSync(Credentials)({ apiKey: "key", secret, passphrase: "open sesame" })
      const level2 = Result.getOrThrow(makeLevel2("0x0", credentials))
      const shown = inspect([credentials, level2], { depth: 20 }) + JSON.stringify([credentials, level2])
      for (const told of [secret, "open sesame"]) assert.notInclude(shown, told)
      assert.strictEqual(level2.headers({ method: "GET", path: "/" }, 1).POLY_PASSPHRASE, "open sesame")
    }))
})
