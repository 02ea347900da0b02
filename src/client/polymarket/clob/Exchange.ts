/**
 * The contracts that settle orders, which one a market's orders are signed for, and their EIP-712 domains.
 * @see https://docs.polymarket.com/resources/contracts
 */
import { Schema } from "effect"
import type { Address } from "viem"
import { hashStruct, keccakText } from "./Eip712.ts"

/** Polygon, or its test network Amoy. */
export const ChainId = Schema.Literals([137, 80002])
export type ChainId = typeof ChainId.Type

/** 2: tokens of the CTF; 3: positions of Protocol V2. The domain's version, also what `GET /version` answers. */
export const ExchangeVersion = Schema.Literals([2, 3])
export type ExchangeVersion = typeof ExchangeVersion.Type

/** What tells the contracts apart. Version 3 has one contract for all markets. */
export interface Exchange {
  readonly chainId: ChainId
  readonly version: ExchangeVersion
  readonly negativeRisk: boolean
}

const name = "Polymarket CTF Exchange"
const standard: Address = "0xE111180000d2663C0091e4f400237545B87B996B"
const negativeRisk: Address = "0xe2222d279d744050d28e00520010520000310F59"
const third: Readonly<Record<ChainId, Address>> = {
  137: "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
  80002: "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D"
}

/** The contract an order names in its domain. */
export const contractOf = (exchange: Exchange): Address =>
  exchange.version === 3 ? third[exchange.chainId] : exchange.negativeRisk ? negativeRisk : standard

const domainType = keccakText("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")

const separatorOf = (exchange: Exchange): Uint8Array =>
  hashStruct([
    domainType,
    keccakText(name),
    keccakText(String(exchange.version)),
    BigInt(exchange.chainId),
    contractOf(exchange)
  ])

const separators = new Map<Address, Map<number, Uint8Array>>()

/** The domain separator, computed once for each contract and chain. */
export const domainSeparator = (exchange: Exchange): Uint8Array => {
  const contract = contractOf(exchange)
  let ofContract = separators.get(contract)
  if (ofContract === undefined) separators.set(contract, ofContract = new Map())
  let separator = ofContract.get(exchange.chainId)
  if (separator === undefined) ofContract.set(exchange.chainId, separator = separatorOf(exchange))
  return separator
}
