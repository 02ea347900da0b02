import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { privateKeyToAccount } from "viem/accounts"
import { getAddress, getCreate2Address, keccak256 } from "viem/utils"
import { addressOf, bytesOf, checksummed, createdAddress, keccak256 as ours } from "../../src/simulator/Ethereum.ts"

const Byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
const bytes = (length: number) => Schema.Array(Byte).check(Schema.isMinLength(length), Schema.isMaxLength(length))
const hexOf = (all: ReadonlyArray<number>): `0x${string}` => `0x${Buffer.from(all).toString("hex")}`

describe("the simulator's own Ethereum", () => {
  it("hashes texts of any length around the size of a block as viem does", () => {
    for (const length of [0, 1, 31, 32, 64, 134, 135, 136, 137, 271, 272, 273, 1_000]) {
      const text = Uint8Array.from({ length }, (_, index) => (index * 31 + length) % 256)
      assert.strictEqual(`0x${ours(text).toString("hex")}`, keccak256(text))
    }
  })

  it.effect.prop(
    "hashes as viem does",
    [Schema.Array(Byte)],
    ([all]) =>
      Effect.sync(() =>
        assert.strictEqual(`0x${ours(Uint8Array.from(all)).toString("hex")}`, keccak256(Uint8Array.from(all)))
      )
  )

  it.effect.prop("knows the address of a key and of a created contract, with checksums", [bytes(20), bytes(32)], (
    [address, word]
  ) =>
    Effect.sync(() => {
      const [from, key] = [getAddress(hexOf(address)), hexOf([...word.slice(0, 31), 1])]
      assert.strictEqual(checksummed(hexOf(address)), from)
      assert.strictEqual(checksummed(from), from)
      assert.strictEqual(addressOf(key), privateKeyToAccount(key).address)
      assert.strictEqual(
        createdAddress(from, bytesOf(hexOf(word)), bytesOf(key)),
        getCreate2Address({ from, salt: hexOf(word), bytecodeHash: key })
      )
    }), { arbitrary: { runs: 30 }, timeout: 30_000 })
})
