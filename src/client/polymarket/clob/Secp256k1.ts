/**
 * The signature every wallet makes: secp256k1 ECDSA with deterministic nonces (RFC 6979), low s, by the library Bitcoin trusts, compiled to
 * WebAssembly. A signature takes about 0.1 ms once the engine has optimised it.
 *
 * Beware: whoever switches off the optimising of WebAssembly (the embedded database does) makes signatures four times slower, unless `warm`
 * ran before.
 */
import { isPrivate, pointFromScalar, signRecoverable } from "tiny-secp256k1"

/** Signatures after which the engine has optimised the code. */
const untilOptimised = 100

/** True for 32 bytes that are a private key: neither zero nor beyond the order of the curve. */
export const isPrivateKey = (key: Uint8Array): boolean => key.length === 32 && isPrivate(key)

/** The 64 bytes of a private key's public point. */
export const publicKey = (key: Uint8Array): Uint8Array => {
  const point = pointFromScalar(key, false)
  if (point === null) throw new Error("expected a private key")
  return point.subarray(1)
}

/** r, s and v (27 or 28) of a digest: 65 bytes, always the same for the same key and digest. */
export const sign = (digest: Uint8Array, key: Uint8Array): Uint8Array => {
  const { recoveryId, signature } = signRecoverable(digest, key)
  const bytes = new Uint8Array(65)
  bytes.set(signature)
  bytes[64] = 27 + recoveryId
  return bytes
}

/** Signs with a worthless key until that is optimised, some 20 ms, so that later signatures are fast from the first. */
export const warm = (): void => {
  const key = new Uint8Array(32).fill(1)
  const digest = new Uint8Array(32)
  for (let at = 0; at < untilOptimised; at++) {
    digest[0] = at & 0xff
    sign(digest, key)
  }
}
