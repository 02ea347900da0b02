import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { createCipheriv, scryptSync } from "node:crypto"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { keccak256 } from "viem/utils"
import { decrypt, readKeystore } from "../../src/client/Keystore.ts"

/** The test vectors of the Web3 secret storage definition. */
const password = Redacted.make("testpassword")
const key = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
const address = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"

const pbkdf2 = {
  crypto: {
    cipher: "aes-128-ctr",
    cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
    ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
    kdf: "pbkdf2",
    kdfparams: {
      c: 262_144,
      dklen: 32,
      prf: "hmac-sha256",
      salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"
    },
    mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
  },
  id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
  version: 3
}

const scrypt = {
  crypto: {
    cipher: "aes-128-ctr",
    cipherparams: { iv: "83dbcc02d8ccb40e466191a123791e0e" },
    ciphertext: "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
    kdf: "scrypt",
    kdfparams: {
      dklen: 32,
      n: 262_144,
      p: 8,
      r: 1,
      salt: "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"
    },
    mac: "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"
  },
  id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
  version: 3
}

const withFile = (mode: number, text: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const folder = await mkdtemp(join(tmpdir(), "keystore-"))
      const path = join(folder, "key.json")
      await writeFile(path, text)
      await chmod(path, mode)
      return { folder, path }
    }),
    ({ folder }) => Effect.promise(() => rm(folder, { recursive: true }))
  )

const opened = (file: unknown) =>
  Effect.map(
    decrypt(JSON.stringify(file), password),
    (found) => ({ address: found.address, key: Buffer.from(Redacted.value(found.secret)).toString("hex") })
  )

const altered = (change: object) => ({ ...scrypt, crypto: { ...scrypt.crypto, ...change } })

/** Without zero characters: scrypt cannot tell a text from the same with zeros behind it. */
const Phrase = Schema.String.check(Schema.isPattern(/^[!-~]{0,40}$/))

/** A keystore as wallets write them, with few rounds. */
const written = (secret: Uint8Array, phrase: string) => {
  const salt = Buffer.alloc(32, 7)
  const iv = Buffer.alloc(16, 9)
  const derived = scryptSync(phrase, salt, 32, { N: 16, r: 8, p: 2 })
  const ciphertext = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv).update(secret)
  return altered({
    cipherparams: { iv: iv.toString("hex") },
    ciphertext: ciphertext.toString("hex"),
    kdfparams: { dklen: 32, n: 16, p: 2, r: 8, salt: salt.toString("hex") },
    mac: keccak256(Buffer.concat([derived.subarray(16), ciphertext])).slice(2)
  })
}

describe("Keystore", () => {
  it.effect.prop(
    "opens what a wallet writes, with its password alone",
    [Phrase, Phrase],
    ([one, other]) =>
      Effect.gen(function*() {
        const text = JSON.stringify(written(Buffer.from(key, "hex"), one))
        assert.strictEqual((yield* decrypt(text, Redacted.make(one))).address, address)
        if (one === other) return
        assert.strictEqual((yield* Effect.flip(decrypt(text, Redacted.make(other)))).reason, "password")
      })
  )

  it.effect("SEC-2 opens the vectors of the definition", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* opened(pbkdf2), { address, key })
      assert.deepStrictEqual(yield* opened(scrypt), { address, key })
    }), 30_000)

  it.effect("SEC-2 a wrong password is told by its reason and repeats nothing", () =>
    Effect.gen(function*() {
      const guess = "correct horse battery staple"
      for (const file of [pbkdf2, scrypt]) {
        const failure = yield* Effect.flip(decrypt(JSON.stringify(file), Redacted.make(guess)))
        assert.strictEqual(failure.reason, "password")
        const shown = `${inspect(failure, { depth: 20 })}${JSON.stringify(failure)}${failure.stack}`
        for (const told of [guess, file.crypto.ciphertext, file.crypto.mac, key]) assert.notInclude(shown, told)
      }
    }), 30_000)

  it.effect("SEC-2 absurd parameters are refused before any work", () =>
    Effect.gen(function*() {
      const parameters = scrypt.crypto.kdfparams
      const refusals = [
        altered({ kdfparams: { ...parameters, n: 2 ** 24 } }),
        altered({ kdfparams: { ...parameters, r: 2 ** 20 } }),
        altered({ kdfparams: { ...parameters, p: 2 ** 30 } }),
        { ...pbkdf2, crypto: { ...pbkdf2.crypto, kdfparams: { ...pbkdf2.crypto.kdfparams, c: 2 ** 31 } } }
      ]
      for (const file of refusals) assert.strictEqual((yield* Effect.flip(opened(file))).reason, "limits")
    }))

  it.effect("what is no keystore of version 3 is malformed", () =>
    Effect.gen(function*() {
      const files = [
        { ...scrypt, version: 1 },
        altered({ cipher: "aes-256-cbc" }),
        altered({ ciphertext: "00" }),
        altered({ kdfparams: { ...scrypt.crypto.kdfparams, n: 1_000 } }),
        altered({ kdfparams: { ...scrypt.crypto.kdfparams, dklen: 1 } }),
        null
      ]
      for (const file of files) assert.strictEqual((yield* Effect.flip(opened(file))).reason, "malformed")
      assert.strictEqual((yield* Effect.flip(decrypt("{", password))).reason, "malformed")
    }))

  it.effect("SEC-2 a file that others may read is refused", () =>
    Effect.gen(function*() {
      const text = JSON.stringify(pbkdf2)
      for (const mode of [0o644, 0o640, 0o604, 0o700, 0o660]) {
        const { path } = yield* withFile(mode, text)
        assert.strictEqual((yield* Effect.flip(readKeystore(path, password))).reason, "mode")
      }
      for (const mode of [0o600, 0o400]) {
        const { path } = yield* withFile(mode, text)
        assert.strictEqual((yield* readKeystore(path, password)).address, address)
      }
    }))

  it.effect("a file that is not there is unreadable", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(readKeystore("/nowhere/key.json", password))).reason, "unreadable")
    }))
})
