import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { privateKeyToAccount } from "viem/accounts"
import * as Accounts from "../../src/simulator/Accounts.ts"

const vectors = new URL("../../../shared/polymarket/vectors.json", import.meta.url)

interface Derivation {
  readonly signer: `0x${string}`
  readonly proxyWallet: string
  readonly safeWallet: string
  readonly depositWalletBeacon: string
}

describe("Accounts", () => {
  it.effect.skipIf(!existsSync(vectors) && process.env["CI"] !== "true")(
    "funders are the wallets that the official client derives",
    () =>
      Effect.sync(() => {
        const { walletDerivation } = JSON.parse(readFileSync(vectors, "utf8")) as {
          readonly walletDerivation: { readonly vectors: ReadonlyArray<Derivation> }
        }
        assert.isAbove(walletDerivation.vectors.length, 0)
        for (const vector of walletDerivation.vectors) {
          assert.strictEqual(Accounts.funderOf(vector.signer, 0), vector.signer)
          assert.strictEqual(Accounts.funderOf(vector.signer, 1), vector.proxyWallet)
          assert.strictEqual(Accounts.funderOf(vector.signer, 2), vector.safeWallet)
          assert.strictEqual(Accounts.funderOf(vector.signer, 3), vector.depositWalletBeacon)
        }
      })
  )

  it.effect.prop("one per signature type, from the seed alone", [Schema.Int], ([seed]) =>
    Effect.sync(() => {
      const accounts = Accounts.make(seed)
      assert.deepStrictEqual(accounts.map((one) => one.signatureType), [0, 1, 2, 3])
      assert.deepStrictEqual(accounts, Accounts.make(seed))
      assert.strictEqual(new Set(accounts.map((one) => one.funder)).size, 4)
      for (const { address, privateKey } of accounts) {
        assert.strictEqual(privateKeyToAccount(privateKey).address, address)
      }
    }), { arbitrary: { runs: 10 }, timeout: 30_000 })
})
