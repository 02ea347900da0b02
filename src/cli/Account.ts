/**
 * Whose orders and API keys: the wallet from the environment (`POLYMARKET_PRIVATE_KEY` or a keystore), or an account of the simulator. Secrets come
 * from the environment alone, never from an argument.
 */
import { Config, Effect, Layer, Option, Redacted, type Result } from "effect"
import * as Http from "../client/Http.ts"
import { Credentials } from "../client/polymarket/clob/Hmac.ts"
import { fromHex, type PrivateKey } from "../client/polymarket/clob/PrivateKey.ts"
import type { SignatureType } from "../client/polymarket/clob/Signing.ts"
import { funderOf, type Wallet } from "../client/polymarket/clob/Wallets.ts"
import { ClobTrading, credentialsOf, type KeyOwner } from "../client/polymarket/ClobTrading.ts"
import { secret, walletKey } from "../client/WalletKey.ts"
import type { Access } from "./EndpointCommands.ts"
import * as Exit from "./Exit.ts"
import { addresses, addressOf, fail, failWith } from "./Venue.ts"

/** The key and the wallet orders are made for. */
export interface Account {
  readonly key: PrivateKey
  readonly wallet: Wallet
}

const asUsage = Effect.mapError((error: { readonly message: string }) =>
  new Exit.Failed({ code: Exit.usage, message: error.message })
)

const isSignatureType = (value: number): value is SignatureType =>
  value === 0 || value === 1 || value === 2 || value === 3

const isAddress = (text: string): text is `0x${string}` => /^0x[0-9a-fA-F]{40}$/.test(text)

const walletOf = Effect.fnUntraced(function*(access: Access, key: PrivateKey) {
  const typeText = yield* asUsage(Config.option(Config.String("POLYMARKET_SIGNATURE_TYPE")))
  const funderText = yield* asUsage(Config.option(Config.String("POLYMARKET_FUNDER")))
  const written = Option.getOrElse(typeText, () => "0")
  const signatureType = access.signatureType ?? (/^[0-3]$/.test(written) ? Number(written) : Number.NaN)
  if (!isSignatureType(signatureType)) {
    return yield* fail(Exit.usage, "expected a signature type from 0 to 3, found something else")
  }
  const funder = access.funder ?? Option.getOrElse(funderText, () => funderOf(key.address, signatureType))
  if (!isAddress(funder)) return yield* fail(Exit.usage, "expected an address as funder, found something else")
  return { chainId: 137, signatureType, address: key.address, funder } satisfies Wallet
})

/** The account that is meant. */
export const accountOf = Effect.fnUntraced(function*(access: Access) {
  if (access.account === undefined) {
    const key = yield* asUsage(walletKey)
    return { key, wallet: yield* walletOf(access, key) } satisfies Account as Account
  }
  const { accounts } = yield* addresses(access.endpoints)
  const found = accounts?.[access.account]
  if (found === undefined) {
    return yield* fail(Exit.usage, `expected --endpoints with an account ${access.account}, found none`)
  }
  const key = yield* asUsage(Effect.fromResult(fromHex(Redacted.make(found.privateKey))))
  if (!isAddress(found.funder)) return yield* fail(Exit.usage, "expected an address as funder, found something else")
  const wallet = {
    chainId: 137,
    signatureType: found.signatureType,
    address: key.address,
    funder: found.funder
  } as const
  return { key, wallet } satisfies Account as Account
})

/** The API credentials of the environment; none when the account is one of the simulator's. */
export const givenCredentials = Effect.fnUntraced(function*(access: Access) {
  if (access.account !== undefined) return undefined
  const apiKey = yield* asUsage(Config.option(Config.String("POLYMARKET_API_KEY")))
  const apiSecret = yield* asUsage(secret("POLYMARKET_API_SECRET"))
  const passphrase = yield* asUsage(secret("POLYMARKET_API_PASSPHRASE"))
  if (Option.isNone(apiKey) && Option.isNone(apiSecret) && Option.isNone(passphrase)) return undefined
  return Option.isSome(apiKey) && Option.isSome(apiSecret) && Option.isSome(passphrase)
    ? Credentials.make({ apiKey: apiKey.value, secret: apiSecret.value, passphrase: passphrase.value })
    : yield* fail(
      Exit.usage,
      "expected POLYMARKET_API_KEY, POLYMARKET_API_SECRET and POLYMARKET_API_PASSPHRASE together, found some of them"
    )
})

/** Whose API key it is, and where. */
export const keyOwnerOf = Effect.fnUntraced(function*(access: Access, account: Account) {
  return {
    baseUrl: yield* addressOf(access.endpoints, "clob"),
    chainId: 137,
    key: account.key
  } satisfies KeyOwner as KeyOwner
})

/** The API credentials: those of the environment, else those the venue gives out for the wallet's key. */
export const credentialsFor = Effect.fnUntraced(function*(access: Access, account: Account) {
  const given = yield* givenCredentials(access)
  if (given !== undefined) return given
  return yield* credentialsOf(yield* keyOwnerOf(access, account)).pipe(
    Effect.scoped,
    Effect.provide(Http.layerTransport),
    Effect.catch(failWith)
  )
})

/** The API credentials of whoever is meant. */
export const apiCredentials = Effect.fnUntraced(function*(access: Access) {
  const given = yield* givenCredentials(access)
  return given ?? (yield* credentialsFor(access, yield* accountOf(access)))
})

/** The CLOB with a key, for the account that is meant. */
export const connect = Effect.fnUntraced(function*(access: Access) {
  const account = yield* accountOf(access)
  const credentials = yield* credentialsFor(access, account)
  return { account, trading: yield* tradingOf(access, account, credentials) }
})

/** The CLOB for these credentials. */
export const tradingOf = Effect.fnUntraced(function*(access: Access, { key }: Account, credentials: Credentials) {
  const layer = ClobTrading.layer({
    baseUrl: yield* addressOf(access.endpoints, "clob"),
    address: key.address,
    credentials
  }).pipe(Layer.provide(Http.layerTransport))
  return yield* Layer.build(layer).pipe(
    Effect.flatMap((context) => Effect.provide(ClobTrading, context)),
    Effect.catch(failWith)
  )
})

/** A result of ours as an effect that ends the program with 1. */
export const orRefused = <A>(result: Result.Result<A, { readonly message: string }>) =>
  Effect.mapError(
    Effect.fromResult(result),
    (error) => new Exit.Failed({ code: 1, message: error.message })
  )
