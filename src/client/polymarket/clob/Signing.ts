/**
 * Signs orders. The venue's id of an order is the digest of its struct, so it is known before anything is sent; signing again gives the same
 * bytes. Orders of deposit wallets (type 3) carry the ERC-7739 wrapper around the signature, the id stays that of the bare order.
 * @see https://docs.polymarket.com/trading/place-orders
 * @see https://eips.ethereum.org/EIPS/eip-7739
 */
import { Redacted, Schema } from "effect"
import type { Address, Hex } from "viem"
import type { OrderId } from "../../../domain/Order.ts"
import { digestOf, hashStruct, keccakText, toHex } from "./Eip712.ts"
import { domainSeparator, type Exchange } from "./Exchange.ts"
import type { PrivateKey } from "./PrivateKey.ts"
import { sign } from "./Secp256k1.ts"

/** 0: the key's own address; 1: proxy; 2: Safe; 3: deposit wallet. */
export const SignatureType = Schema.Literals([0, 1, 2, 3])
export type SignatureType = typeof SignatureType.Type

/** As on the wire. */
export type WireSide = "BUY" | "SELL"

/** What is signed, with the exchange it is signed for, and the expiration that travels beside it. */
export interface UnsignedOrder {
  readonly exchange: Exchange
  /** 0 to 2^53 − 1: the body carries it as a JSON number. */
  readonly salt: bigint
  /** The wallet that holds the funds. */
  readonly maker: Address
  /** The address of the key; the wallet itself for type 3. */
  readonly signer: Address
  /** Decimal text. */
  readonly tokenId: string
  /** Base units (millionths) the maker gives: pUSD when buying, shares when selling. */
  readonly makerAmount: bigint
  /** Base units the maker gets. */
  readonly takerAmount: bigint
  readonly side: WireSide
  readonly signatureType: SignatureType
  /** ms UTC. */
  readonly timestamp: number
  /** 32 bytes. */
  readonly metadata: Hex
  /** 32 bytes. */
  readonly builder: Hex
  /** When a GTD order ends, unix s; 0: never. Not signed. */
  readonly expiration: number
}

/** An order ready to be sent. */
export interface SignedOrder extends UnsignedOrder {
  readonly orderId: OrderId
  /** 65 bytes; 317 for type 3. */
  readonly signature: Hex
}

const orderType =
  "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
const orderTypeHash = keccakText(orderType)
const orderTypeBytes = Buffer.from(orderType)
const orderTypeLength = Buffer.from([orderTypeBytes.length >> 8, orderTypeBytes.length & 0xff])

const wrapperTypeHash = keccakText(
  "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)" +
    orderType
)
const walletNameHash = keccakText("DepositWallet")
const walletVersionHash = keccakText("1")

/** The hash of the Order struct. */
export const structHash = (order: UnsignedOrder): Uint8Array =>
  hashStruct([
    orderTypeHash,
    order.salt,
    order.maker,
    order.signer,
    BigInt(order.tokenId),
    order.makerAmount,
    order.takerAmount,
    order.side === "BUY" ? 0n : 1n,
    BigInt(order.signatureType),
    BigInt(order.timestamp),
    order.metadata,
    order.builder
  ])

/** The venue's id of the order: the EIP-712 digest of its struct. */
export const orderIdOf = (order: UnsignedOrder): OrderId =>
  toHex(digestOf(domainSeparator(order.exchange), structHash(order))) as OrderId

/** The digest that a deposit wallet's key signs for an order with this struct hash. */
export const wrappedDigest = (order: UnsignedOrder, contents: Uint8Array): Uint8Array =>
  digestOf(
    domainSeparator(order.exchange),
    hashStruct([
      wrapperTypeHash,
      contents,
      walletNameHash,
      walletVersionHash,
      BigInt(order.exchange.chainId),
      order.signer,
      0n
    ])
  )

/** Signs with the wallet's key. Pure: the same order and key give the same bytes. */
export const signOrder = (order: UnsignedOrder, key: PrivateKey): SignedOrder => {
  const separator = domainSeparator(order.exchange)
  const contents = structHash(order)
  const digest = digestOf(separator, contents)
  const secret = Redacted.value(key.secret)
  const signature = order.signatureType === 3
    ? Buffer.concat([
      sign(wrappedDigest(order, contents), secret),
      separator,
      contents,
      orderTypeBytes,
      orderTypeLength
    ])
    : sign(digest, secret)
  return { ...order, orderId: toHex(digest) as OrderId, signature: toHex(signature) }
}
