import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted } from "effect"
import { inspect } from "node:util"
import { keystoreVariable, keyVariable, passwordVariable, walletKey } from "../../src/client/WalletKey.ts"

const key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

const read = (variables: Readonly<Record<string, string>>) =>
  walletKey.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: variables }))))

describe("WalletKey", () => {
  it.effect("reads a key with and without 0x, and hides it", () =>
    Effect.gen(function*() {
      for (const written of [key, key.slice(2), ` ${key}\n`]) {
        const found = yield* read({ [keyVariable]: written })
        assert.strictEqual(found.address, address)
        assert.strictEqual(`0x${Buffer.from(Redacted.value(found.secret)).toString("hex")}`, key)
        assert.notInclude(`${inspect(found, { depth: 20 })}${JSON.stringify(found)}`, key.slice(2, 20))
      }
    }))

  it.effect("SEC-1 what is no key is refused without repeating it", () =>
    Effect.gen(function*() {
      const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
      for (const written of [key.slice(0, -1), `${key}0`, "0".repeat(64), order, "my secret key"]) {
        const failure = yield* Effect.flip(read({ [keyVariable]: written }))
        assert.strictEqual(failure._tag, "PrivateKeyError")
        assert.notInclude(`${inspect(failure, { depth: 20 })}${JSON.stringify(failure)}`, written)
      }
    }))

  it.effect("one place must hold a key, and only one", () =>
    Effect.gen(function*() {
      const found = []
      for (
        const variables of [
          {},
          { [keyVariable]: key, [keystoreVariable]: "/key.json" },
          { [keystoreVariable]: "/key.json" },
          { [keystoreVariable]: "/nowhere/key.json", [passwordVariable]: "x" }
        ]
      ) {
        const failure = yield* Effect.flip(read(variables))
        found.push(failure._tag === "WalletKeyError" ? failure.found : failure._tag)
      }
      assert.deepStrictEqual(found, ["neither", "both", "no password", "KeystoreError"])
    }))

  it.effect("SEC-2 secrets are gone from the environment once read", () =>
    Effect.gen(function*() {
      process.env[keyVariable] = key
      process.env[passwordVariable] = "x"
      const found = yield* walletKey.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv())))
      assert.strictEqual(found.address, address)
      assert.isFalse(keyVariable in process.env)
      assert.isFalse(passwordVariable in process.env)
    }))
})
