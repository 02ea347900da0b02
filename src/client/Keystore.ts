/**
 * Private keys at rest: the Web3 secret storage, version 3, that wallets export (scrypt or PBKDF2, AES-128-CTR). A file that others may read is
 * refused, and so are parameters that ask for more work or memory than a wallet would, before any work is done. No error repeats anything of
 * the file, the key or the password.
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage
 */
import { scryptAsync } from "@noble/hashes/scrypt.js"
import { Effect, Redacted, Schema } from "effect"
import { createDecipheriv, pbkdf2, scrypt, timingSafeEqual } from "node:crypto"
import { open } from "node:fs/promises"
import { parseJson } from "./ParseJson.ts"
import { keccak } from "./polymarket/clob/Eip712.ts"
import { fromBytes, type PrivateKey } from "./polymarket/clob/PrivateKey.ts"

/** Most N·r·p of scrypt: a gibibyte, a few seconds. */
const mostScrypt = 2 ** 20 * 8

/** Most rounds of PBKDF2: a few seconds. */
const mostRounds = 2 ** 23

/** Largest file, bytes; keystores have half a kilobyte. */
const largestFile = 65_536

/** Bits of a file's mode that may be set: its owner may read and write. */
const allowedMode = 0o600

/**
 * Why a keystore gives no key: the file cannot be read, others may read it, it is no keystore of version 3, its parameters ask for too much
 * work, or the password is wrong.
 */
export class KeystoreError extends Schema.TaggedError<KeystoreError>()("KeystoreError", {
  reason: Schema.Literals(["unreadable", "mode", "malformed", "limits", "password"]),
  /** What was expected, and of modes what was found. */
  detail: Schema.String
}) {
  override get message(): string {
    return `keystore (${this.reason}): ${this.detail}`
  }
}

const fail = (reason: KeystoreError["reason"], detail: string) => Effect.fail(new KeystoreError({ reason, detail }))

const hex = (bytes: number) => Schema.String.check(Schema.isPattern(new RegExp(`^(?:0x)?[0-9a-fA-F]{${bytes * 2}}$`)))

const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Salt = Schema.String.check(Schema.isPattern(/^(?:0x)?(?:[0-9a-fA-F]{2}){1,128}$/))
const Length = Schema.Literal(32)

const shared = {
  cipher: Schema.Literal("aes-128-ctr"),
  cipherparams: Schema.Struct({ iv: hex(16) }),
  ciphertext: hex(32),
  mac: hex(32)
}

const Crypto = Schema.Union([
  Schema.Struct({
    ...shared,
    kdf: Schema.Literal("scrypt"),
    kdfparams: Schema.Struct({ dklen: Length, n: Positive, r: Positive, p: Positive, salt: Salt })
  }),
  Schema.Struct({
    ...shared,
    kdf: Schema.Literal("pbkdf2"),
    kdfparams: Schema.Struct({ dklen: Length, c: Positive, prf: Schema.Literal("hmac-sha256"), salt: Salt })
  })
])
type Crypto = typeof Crypto.Type

const Keystore = Schema.Struct({ version: Schema.Literal(3), crypto: Crypto })

const decode = Schema.decodeUnknownEffect(Keystore)

const bytesOf = (digits: string): Buffer => Buffer.from(digits.replace(/^0x/, ""), "hex")

/** The key in the text of a keystore. */
export const decrypt = (text: string, password: Redacted.Redacted): Effect.Effect<PrivateKey, KeystoreError> =>
  Effect.gen(function*() {
    const { crypto } = yield* Effect.mapError(
      decode(parseJson(text)),
      () => new KeystoreError({ reason: "malformed", detail: "expected a keystore of version 3, found something else" })
    )
    yield* withinLimits(crypto)
    const derived = yield* derive(crypto, Redacted.value(password))
    const ciphertext = bytesOf(crypto.ciphertext)
    const mac = keccak(Buffer.concat([derived.subarray(16), ciphertext]))
    if (!timingSafeEqual(mac, bytesOf(crypto.mac))) {
      derived.fill(0)
      return yield* fail("password", "expected its password, found another one or a damaged file")
    }
    const cipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), bytesOf(crypto.cipherparams.iv))
    const key = Buffer.concat([cipher.update(ciphertext), cipher.final()])
    derived.fill(0)
    return yield* Effect.mapError(
      Effect.fromResult(fromBytes(key)),
      () => new KeystoreError({ reason: "malformed", detail: "expected a private key inside, found something else" })
    )
  })

/** The key in a keystore file, whose mode must be 0600 or narrower. */
export const readKeystore = (path: string, password: Redacted.Redacted): Effect.Effect<PrivateKey, KeystoreError> =>
  Effect.flatMap(readPrivate(path), (text) => decrypt(text, password))

const withinLimits = (crypto: Crypto): Effect.Effect<void, KeystoreError> => {
  if (crypto.kdf === "pbkdf2") {
    return crypto.kdfparams.c <= mostRounds
      ? Effect.void
      : fail("limits", `expected at most ${mostRounds} rounds, found more`)
  }
  const { n, p, r } = crypto.kdfparams
  if (n < 2 || !Number.isInteger(Math.log2(n))) {
    return fail("malformed", "expected n as a power of two, found another number")
  }
  return n * r * p <= mostScrypt
    ? Effect.void
    : fail("limits", `expected n × r × p of at most ${mostScrypt}, found more`)
}

/** 32 bytes from the password: 16 that decrypt, 16 that prove the password. */
const derive = ({ kdf, kdfparams }: Crypto, password: string): Effect.Effect<Uint8Array, KeystoreError> => {
  const salt = bytesOf(kdfparams.salt)
  if (kdf === "pbkdf2") {
    return Effect.callback((resume) => pbkdf2(password, salt, kdfparams.c, 32, "sha256", settle(resume)))
  }
  const { n, p, r } = kdfparams
  // OpenSSL refuses what the definition of scrypt does not foresee, the definition of keystores nevertheless contains.
  if (Math.log2(n) >= 16 * r) return Effect.promise(() => scryptAsync(password, salt, { N: n, r, p, dkLen: 32 }))
  const maxmem = 128 * r * (n + p + 2) + 65_536
  return Effect.callback((resume) => scrypt(password, salt, 32, { N: n, r, p, maxmem }, settle(resume)))
}

const settle =
  (resume: (effect: Effect.Effect<Uint8Array, KeystoreError>) => void) =>
  (failure: Error | null, derived: Uint8Array): void =>
    resume(
      failure === null ? Effect.succeed(derived) : fail("limits", "expected parameters this machine can work with")
    )

const readPrivate = (path: string): Effect.Effect<string, KeystoreError> =>
  Effect.acquireUseRelease(
    attempt(() => open(path, "r")),
    (file) =>
      Effect.gen(function*() {
        const { mode, size } = yield* attempt(() => file.stat())
        const found = mode & 0o777
        if ((found & ~allowedMode) !== 0) {
          return yield* fail("mode", `expected mode 0600 or narrower, found 0${found.toString(8)}`)
        }
        if (size > largestFile) return yield* fail("malformed", "expected a keystore of version 3, found a larger file")
        return yield* attempt(() => file.readFile("utf8"))
      }),
    (file) => Effect.ignore(attempt(() => file.close()))
  )

const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, KeystoreError> =>
  Effect.tryPromise({
    try: run,
    catch: () => new KeystoreError({ reason: "unreadable", detail: "expected a file that can be read, found none" })
  })
