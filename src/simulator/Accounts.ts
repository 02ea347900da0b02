/**
 * Throwaway funded accounts, one per signature type, from the seed alone. The funder is the wallet that holds the money:
 * the address itself, or the proxy, Safe or deposit wallet that the venue's factories would create for it (CREATE2).
 * @see https://docs.polymarket.com/developers/proxy-wallet
 */
import type { Address, Hex } from "viem"
import { addressOf, bytesOf, createdAddress, keccak256 } from "./Ethereum.ts"
import { digestOf } from "./Seeded.ts"

/** A key, its address, and the wallet orders of this type are made for. */
export interface Account {
  readonly privateKey: Hex
  readonly address: Address
  readonly funder: Address
  /** 0: the key itself; 1: proxy; 2: Safe; 3: deposit wallet. */
  readonly signatureType: 0 | 1 | 2 | 3
}

const proxyFactory = "0xaB45c5A4B0c941a2F231C04C3f49182e1A254052"
const proxyInitCodeHash = "0xd21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b"
const safeFactory = "0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b"
const safeInitCodeHash = "0x2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf"
const depositFactory = "0x00000000000Fb5C9ADea0298D729A0CB3823Cc07"
const depositBeacon = "0x7A18EDfe055488A3128f01F563e5B479D92ffc3a"

/** Creation code of an ERC-1967 beacon proxy with 64 bytes of immutable arguments, before and after the beacon. */
const beaconProxyHead = "0x6100923d8160233d3973"
const beaconProxyTail =
  "0x60195155f3363d3d373d3d363d602036600436635c60da1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3"

/** What makes a word of an address. */
const padding = `0x${"00".repeat(12)}` as const

/** The wallet of an address for a signature type. */
export const funderOf = (address: Address, signatureType: Account["signatureType"]): Address => {
  switch (signatureType) {
    case 0:
      return address
    case 1:
      return createdAddress(proxyFactory, keccak256(bytesOf(address)), bytesOf(proxyInitCodeHash))
    case 2:
      return createdAddress(safeFactory, keccak256(bytesOf(padding, address)), bytesOf(safeInitCodeHash))
    case 3: {
      const wallet = bytesOf(padding, depositFactory, padding, address)
      const code = Buffer.concat([bytesOf(beaconProxyHead, depositBeacon, beaconProxyTail), wallet])
      return createdAddress(depositFactory, keccak256(wallet), keccak256(code))
    }
  }
}

/** One account per signature type, 0 to 3. */
export const make = (seed: number): ReadonlyArray<Account> =>
  ([0, 1, 2, 3] as const).map((signatureType) => {
    const privateKey: Hex = `0x${digestOf(seed, `account/${signatureType}`).toString("hex")}`
    const address = addressOf(privateKey)
    return { privateKey, address, funder: funderOf(address, signatureType), signatureType }
  })
