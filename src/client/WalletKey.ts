/**
 * Where the wallet's key comes from: a keystore file or a variable of the environment, never a settings file. Variables that hold secrets are
 * taken out of the environment once read, so that nothing that is started or dumped later sees them.
 */
import { Config, Effect, Option, type Redacted, Schema } from "effect"
import { env } from "node:process"
import { type KeystoreError, readKeystore } from "./Keystore.ts"
import { fromHex, type PrivateKey, type PrivateKeyError } from "./polymarket/clob/PrivateKey.ts"

/** 64 hex digits. */
export const keyVariable = "POLYMARKET_PRIVATE_KEY"

/** Path of a keystore file. */
export const keystoreVariable = "POLYMARKET_KEYSTORE"

/** The keystore's password. */
export const passwordVariable = "POLYMARKET_KEYSTORE_PASSWORD"

/** The variables name no key, or more than one. */
export class WalletKeyError extends Schema.TaggedError<WalletKeyError>()("WalletKeyError", { found: Schema.String }) {
  override get message(): string {
    return `expected ${keyVariable}, or ${keystoreVariable} with ${passwordVariable}, found ${this.found}`
  }
}

/** Reads a secret, and takes it out of the environment. */
export const secret = (name: string): Effect.Effect<Option.Option<Redacted.Redacted>, Config.ConfigError> =>
  Effect.gen(function*() {
    const found = yield* Config.option(Config.Redacted(name))
    yield* Effect.sync(() => delete env[name])
    return found
  })

/** The wallet's key. */
export const walletKey: Effect.Effect<
  PrivateKey,
  Config.ConfigError | KeystoreError | PrivateKeyError | WalletKeyError
> = Effect.gen(function*() {
  const key = yield* secret(keyVariable)
  const password = yield* secret(passwordVariable)
  const keystore = yield* Config.option(Config.String(keystoreVariable))
  if (Option.isSome(key)) {
    return Option.isNone(keystore)
      ? yield* Effect.fromResult(fromHex(key.value))
      : yield* new WalletKeyError({ found: "both" })
  }
  if (Option.isNone(keystore)) return yield* new WalletKeyError({ found: "neither" })
  return Option.isSome(password)
    ? yield* readKeystore(keystore.value, password.value)
    : yield* new WalletKeyError({ found: "no password" })
})
