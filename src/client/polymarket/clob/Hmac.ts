/**
 * Authentication of level 2: an HMAC over the exact bytes of a request, and the headers that carry it. The query string is not part of what is
 * signed, neither is a prefix that a proxy puts before the path.
 * @see https://docs.polymarket.com/api-reference/authentication
 */
import { Redacted, Result, Schema } from "effect"
import { createHmac, createSecretKey, type KeyObject } from "node:crypto"

const Secret = Schema.RedactedFromValue(Schema.String)

/** What the venue gives out for a key (see `ClobAuth.ts`), as it answers; hidden from the moment it is decoded. */
export const Credentials = Schema.Struct({
  /** An UUID; names the owner of orders. */
  apiKey: Schema.String,
  /** Base64, of either alphabet, padded or not. */
  secret: Secret,
  passphrase: Secret
})
export type Credentials = typeof Credentials.Type

/** A secret that is no base64. Names nothing of it. */
export class SecretError extends Schema.TaggedError<SecretError>()("SecretError", {}) {
  override get message(): string {
    return "expected an API secret in base64, found something else"
  }
}

/** What is signed of a request. */
export interface SignedRequest {
  /** Upper case. */
  readonly method: string
  /** From "/", without the query. */
  readonly path: string
  /** The exact text that is sent; absent and empty are the same. */
  readonly body?: string | undefined
}

/** The headers of level 2. */
export interface Level2Headers extends Readonly<Record<string, string>> {
  readonly POLY_ADDRESS: string
  readonly POLY_SIGNATURE: string
  readonly POLY_TIMESTAMP: string
  readonly POLY_API_KEY: string
  readonly POLY_PASSPHRASE: string
}

const base64 = /^[A-Za-z0-9+/_-]+={0,3}$/

/** The key of a secret, decoded once. */
export const hmacKey = (secret: Redacted.Redacted): Result.Result<Redacted.Redacted<KeyObject>, SecretError> => {
  const text = Redacted.value(secret)
  const digits = text.replace(/=+$/, "")
  return base64.test(text) && digits.length % 4 !== 1
    ? Result.succeed(Redacted.make(createSecretKey(digits, "base64"), { label: "API secret" }))
    : Result.fail(new SecretError())
}

/** The signature of a request at a time (unix s): URL-safe base64 with padding. */
export const hmacSignature = (
  key: Redacted.Redacted<KeyObject>,
  timestamp: number,
  { body = "", method, path }: SignedRequest
): string =>
  createHmac("sha256", Redacted.value(key)).update(`${timestamp}${method}${path}${body}`).digest("base64")
    .replaceAll("+", "-").replaceAll("/", "_")

/** Signs the requests of one owner. */
export interface Level2 {
  readonly apiKey: string
  readonly headers: (request: SignedRequest, timestamp: number) => Level2Headers
}

/** The signer of an owner's requests; `address` is that of the key, also for wallets. */
export const makeLevel2 = (address: string, credentials: Credentials): Result.Result<Level2, SecretError> =>
  Result.map(hmacKey(credentials.secret), (key) => ({
    apiKey: credentials.apiKey,
    headers: (request, timestamp) => ({
      POLY_ADDRESS: address,
      POLY_SIGNATURE: hmacSignature(key, timestamp, request),
      POLY_TIMESTAMP: String(timestamp),
      POLY_API_KEY: credentials.apiKey,
      POLY_PASSPHRASE: Redacted.value(credentials.passphrase)
    })
  }))
