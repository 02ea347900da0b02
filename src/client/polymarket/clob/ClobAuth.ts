/**
 * Authentication of level 1: a wallet's signature over an address and a time, for which the venue gives out or repeats API credentials.
 * @see https://docs.polymarket.com/api-reference/authentication
 */
import { Redacted } from "effect"
import type { Address, Hex } from "viem"
import { digestOf, hashStruct, keccakText, toHex } from "./Eip712.ts"
import type { ChainId } from "./Exchange.ts"
import type { PrivateKey } from "./PrivateKey.ts"
import { sign } from "./Secp256k1.ts"

/** What is attested. */
export interface Attestation {
  readonly chainId: ChainId
  readonly address: Address
  /** Unix s. */
  readonly timestamp: number
  /** Tells an address's API keys apart, 0 to 2^53 − 1. */
  readonly nonce: number
}

/** The headers of level 1. */
export interface Level1Headers extends Readonly<Record<string, string>> {
  readonly POLY_ADDRESS: string
  readonly POLY_SIGNATURE: string
  readonly POLY_TIMESTAMP: string
  readonly POLY_NONCE: string
}

const domainType = keccakText("EIP712Domain(string name,string version,uint256 chainId)")
const domainName = keccakText("ClobAuthDomain")
const domainVersion = keccakText("1")
const authType = keccakText("ClobAuth(address address,string timestamp,uint256 nonce,string message)")
const message = keccakText("This message attests that I control the given wallet")

const attestationDigestBytes = ({ address, chainId, nonce, timestamp }: Attestation): Uint8Array =>
  digestOf(
    hashStruct([domainType, domainName, domainVersion, BigInt(chainId)]),
    hashStruct([authType, address, keccakText(String(timestamp)), BigInt(nonce), message])
  )

/** The EIP-712 digest of an attestation. */
export const attestationDigest = (attestation: Attestation): Hex => toHex(attestationDigestBytes(attestation))

/** The headers that carry a signed attestation. */
export const level1Headers = (attestation: Attestation, key: PrivateKey): Level1Headers => ({
  POLY_ADDRESS: attestation.address,
  POLY_SIGNATURE: toHex(sign(attestationDigestBytes(attestation), Redacted.value(key.secret))),
  POLY_TIMESTAMP: String(attestation.timestamp),
  POLY_NONCE: String(attestation.nonce)
})
