/**
 * A wallet's private key, readable by the signing code only. What is wrong with a text that is no key is said without repeating any of it.
 */
import { Redacted, Result, Schema } from "effect"
import type { Address } from "viem"
import { getAddress } from "viem/utils"
import { keccak, toHex } from "./Eip712.ts"
import { isPrivateKey, publicKey } from "./Secp256k1.ts"

/** A key and its address. */
export interface PrivateKey {
  /** With the checksum of EIP-55. */
  readonly address: Address
  /** 32 bytes. */
  readonly secret: Redacted.Redacted<Uint8Array>
}

/** What was given is not a private key. Names nothing of it. */
export class PrivateKeyError extends Schema.TaggedError<PrivateKeyError>()("PrivateKeyError", {}) {
  override get message(): string {
    return "expected a private key: 32 bytes, as 64 hex digits with or without 0x, found something else"
  }
}

/** A key from its 32 bytes. */
export const fromBytes = (bytes: Uint8Array): Result.Result<PrivateKey, PrivateKeyError> => {
  if (!isPrivateKey(bytes)) return Result.fail(new PrivateKeyError())
  const address = getAddress(toHex(keccak(publicKey(bytes)).subarray(12)))
  return Result.succeed({ address, secret: Redacted.make(bytes, { label: "private key" }) })
}

/** A key from 64 hex digits, with or without "0x"; spaces around them are left out. */
export const fromHex = (text: Redacted.Redacted): Result.Result<PrivateKey, PrivateKeyError> => {
  const digits = Redacted.value(text).trim().replace(/^0x/i, "")
  return /^[0-9a-fA-F]{64}$/.test(digits) ? fromBytes(Buffer.from(digits, "hex")) : Result.fail(new PrivateKeyError())
}
