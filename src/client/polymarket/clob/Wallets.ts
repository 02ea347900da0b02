/**
 * The wallets the venue's factories make for an address (CREATE2), and the wallet orders are signed for.
 * @see https://docs.polymarket.com/developers/proxy-wallet
 */
import type { Address, Hex } from "viem"
import { getAddress } from "viem/utils"
import { encodeWords, keccak, toHex } from "./Eip712.ts"
import type { ChainId } from "./Exchange.ts"
import type { SignatureType } from "./Signing.ts"

/** Whose orders are signed, and how. */
export interface Wallet {
  readonly chainId: ChainId
  readonly signatureType: SignatureType
  /** The address of the key. */
  readonly address: Address
  /** Where the funds are; the address itself when absent. */
  readonly funder?: Address
}

/** The factories that make wallets, and what they deploy. */
export interface Factories {
  readonly proxyFactory: Address
  readonly proxyImplementation: Address
  readonly safeFactory: Address
  readonly safeInitCodeHash: Hex
  readonly depositWalletFactory: Address
  /** What deposit wallets have pointed to since 2026-06-29. */
  readonly depositWalletBeacon: Address
  /** What they pointed to before. */
  readonly depositWalletImplementation: Address
}

/** The venue's factories on Polygon. */
export const factories: Factories = {
  proxyFactory: "0xaB45c5A4B0c941a2F231C04C3f49182e1A254052",
  proxyImplementation: "0x44e999d5c2F66Ef0861317f9A4805AC2e90aEB4f",
  safeFactory: "0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b",
  safeInitCodeHash: "0x2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf",
  depositWalletFactory: "0x00000000000Fb5C9ADea0298D729A0CB3823Cc07",
  depositWalletBeacon: "0x7A18EDfe055488A3128f01F563e5B479D92ffc3a",
  depositWalletImplementation: "0x58CA52ebe0DadfdF531Cde7062e76746de4Db1eB"
}

/** Machine code in hex, with the addresses it holds; "0x" of the parts is left out. */
const code = (...parts: ReadonlyArray<string>): Uint8Array =>
  Buffer.from(parts.map((part) => part.replace(/^0x/, "")).join(""), "hex")

const create2 = (factory: Address, salt: Uint8Array, initCodeHash: Uint8Array): Address =>
  getAddress(toHex(keccak(Buffer.concat([code("ff", factory), salt, initCodeHash])).subarray(12)))

/** A clone that remembers its factory, followed by the call of its constructor with no bytes. */
const proxyInitCode = ({ proxyFactory, proxyImplementation }: Factories): Uint8Array =>
  Buffer.concat([
    code(
      "3d3d606380380380913d393d73",
      proxyFactory,
      "5af4602a57600080fd5b602d8060366000396000f3363d3d373d3d3d363d73",
      proxyImplementation,
      "5af43d82803e903d91602b57fd5bf3",
      "52e831dd"
    ),
    encodeWords([32n, 0n])
  ])

/** The proxy wallet of an address (signature type 1). */
export const proxyWallet = (address: Address, from: Factories = factories): Address =>
  create2(from.proxyFactory, keccak(code(address)), keccak(proxyInitCode(from)))

/** The Safe of an address (signature type 2). */
export const safeWallet = (address: Address, from: Factories = factories): Address =>
  create2(from.safeFactory, keccak(encodeWords([address])), code(from.safeInitCodeHash))

/** ERC-1967 proxies with 64 bytes of arguments behind them: to a beacon, and to an implementation of their own. */
const beaconCode = [
  "6100923d8160233d3973",
  "60195155f3363d3d373d3d363d602036600436635c60da1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3"
] as const
const implementationCode = [
  "61007d3d8160233d3973",
  "60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3"
] as const

const depositWalletOf = (
  address: Address,
  { depositWalletFactory }: Factories,
  [head, tail]: readonly [string, string],
  target: Address
): Address => {
  const words = encodeWords([depositWalletFactory, address])
  return create2(depositWalletFactory, keccak(words), keccak(Buffer.concat([code(head, target, tail), words])))
}

/** The deposit wallet of an address (signature type 3), as made since 2026-06-29. */
export const depositWallet = (address: Address, from: Factories = factories): Address =>
  depositWalletOf(address, from, beaconCode, from.depositWalletBeacon)

/** The deposit wallet of an address as made before 2026-06-29. */
export const depositWalletBeforeBeacon = (address: Address, from: Factories = factories): Address =>
  depositWalletOf(address, from, implementationCode, from.depositWalletImplementation)

/** The wallet the venue makes today for an address and signature type. */
export const funderOf = (address: Address, signatureType: SignatureType): Address => {
  switch (signatureType) {
    case 0:
      return address
    case 1:
      return proxyWallet(address)
    case 2:
      return safeWallet(address)
    case 3:
      return depositWallet(address)
  }
}
