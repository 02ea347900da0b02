/**
 * The body of a posted order, and whether its signature holds: plain EIP-712 for addresses, proxies and Safes, the ERC-7739 wrapper for deposit
 * wallets. Written from the documentation, apart from the client's signing.
 * @see https://docs.polymarket.com/trading/place-orders
 */
import { Result, Schema } from "effect"
import type { Address, Hex } from "viem"
import type * as ViemUtils from "viem/utils"
import { funderOf } from "./Accounts.ts"
import { checksummed } from "./Ethereum.ts"

const Digits = Schema.String.check(Schema.isPattern(/^\d{1,78}$/))
const AddressText = Schema.String.check(Schema.isPattern(/^0x[0-9a-fA-F]{40}$/))
const Bytes32 = Schema.String.check(Schema.isPattern(/^0x[0-9a-fA-F]{64}$/))

/** An order as it is posted. */
export const PostedOrder = Schema.Struct({
  deferExec: Schema.optionalKey(Schema.Boolean),
  postOnly: Schema.optionalKey(Schema.Boolean),
  order: Schema.Struct({
    salt: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    maker: AddressText,
    signer: AddressText,
    tokenId: Digits,
    makerAmount: Digits,
    takerAmount: Digits,
    side: Schema.Literals(["BUY", "SELL"]),
    signatureType: Schema.Literals([0, 1, 2, 3]),
    timestamp: Digits,
    expiration: Digits,
    metadata: Bytes32,
    builder: Bytes32,
    signature: Schema.String.check(Schema.isPattern(/^0x(?:[0-9a-fA-F]{2})+$/))
  }),
  owner: Schema.String,
  orderType: Schema.Literals(["GTC", "GTD", "FOK", "FAK"])
})
export type PostedOrder = typeof PostedOrder.Type

const decode = Schema.decodeUnknownResult(PostedOrder)

/** An order of a body, `undefined` when it is none. */
export const read = (body: unknown): PostedOrder | undefined => Result.getOrUndefined(decode(body))

/** What decides which contract an order is signed for. */
export interface MarketKind {
  readonly negativeRisk: boolean
  readonly version: "v1" | "v2"
}

const orderFields = [
  { name: "salt", type: "uint256" },
  { name: "maker", type: "address" },
  { name: "signer", type: "address" },
  { name: "tokenId", type: "uint256" },
  { name: "makerAmount", type: "uint256" },
  { name: "takerAmount", type: "uint256" },
  { name: "side", type: "uint8" },
  { name: "signatureType", type: "uint8" },
  { name: "timestamp", type: "uint256" },
  { name: "metadata", type: "bytes32" },
  { name: "builder", type: "bytes32" }
] as const

const wrapperFields = [
  { name: "contents", type: "Order" },
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
  { name: "salt", type: "bytes32" }
] as const

const domainFields = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" }
] as const

const typeText = `Order(${orderFields.map(({ name, type }) => `${type} ${name}`).join(",")})`

const domainOf = ({ negativeRisk, version }: MarketKind) => ({
  name: "Polymarket CTF Exchange",
  version: version === "v2" ? "3" : "2",
  chainId: 137n,
  verifyingContract: (version === "v2"
    ? "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"
    : negativeRisk
    ? "0xe2222d279d744050d28e00520010520000310F59"
    : "0xE111180000d2663C0091e4f400237545B87B996B") as Address
})

const structOf = ({ order }: PostedOrder) => ({
  salt: BigInt(order.salt),
  maker: order.maker as Address,
  signer: order.signer as Address,
  tokenId: BigInt(order.tokenId),
  makerAmount: BigInt(order.makerAmount),
  takerAmount: BigInt(order.takerAmount),
  side: order.side === "BUY" ? 0 : 1,
  signatureType: order.signatureType,
  timestamp: BigInt(order.timestamp),
  metadata: order.metadata as Hex,
  builder: order.builder as Hex
})

type Viem = typeof ViemUtils

/** The venue's id of an order: the digest of its struct. */
const idOf = ({ hashTypedData }: Viem, posted: PostedOrder, market: MarketKind): string =>
  hashTypedData({
    domain: domainOf(market),
    types: { Order: orderFields },
    primaryType: "Order",
    message: structOf(posted)
  })

/** The bytes behind the inner signature of a deposit wallet's order. */
const wrapperTail = ({ hashStruct }: Viem, posted: PostedOrder, market: MarketKind): string => {
  const separator = hashStruct({
    data: domainOf(market),
    primaryType: "EIP712Domain",
    types: { EIP712Domain: domainFields }
  })
  const contents = hashStruct({ data: structOf(posted), primaryType: "Order", types: { Order: orderFields } })
  const type = Buffer.from(typeText)
  return separator.slice(2) + contents.slice(2) + type.toString("hex") + type.length.toString(16).padStart(4, "0")
}

const recover = async (viem: Viem, posted: PostedOrder, market: MarketKind): Promise<Address> => {
  const { recoverTypedDataAddress } = viem
  const { order } = posted
  const domain = domainOf(market)
  const signature = order.signature as Hex
  if (order.signatureType !== 3) {
    return recoverTypedDataAddress({
      domain,
      types: { Order: orderFields },
      primaryType: "Order",
      message: structOf(posted),
      signature
    })
  }
  const inner = signature.slice(0, 132) as Hex
  if (signature.slice(132).toLowerCase() !== wrapperTail(viem, posted, market)) throw new Error("no ERC-7739 wrapper")
  return recoverTypedDataAddress({
    domain,
    types: { TypedDataSign: wrapperFields, Order: orderFields },
    primaryType: "TypedDataSign",
    message: {
      contents: structOf(posted),
      name: "DepositWallet",
      version: "1",
      chainId: 137n,
      verifyingContract: order.signer as Address,
      salt: `0x${"00".repeat(32)}`
    },
    signature: inner
  })
}

/** The id of an order that was signed for the key of `address`, or what is wrong with who signed it. */
export const check = async (
  posted: PostedOrder,
  market: MarketKind,
  address: Address
): Promise<{ readonly id: string } | { readonly fault: string }> => {
  const { maker, signatureType, signer } = posted.order
  const wallet = funderOf(address, signatureType)
  if (checksummed(signer) !== (signatureType === 3 ? wallet : address)) {
    return { fault: "the order signer address has to be the address of the API KEY" }
  }
  if (checksummed(maker) !== wallet) return { fault: "the order maker address is not a wallet of the signer" }
  // Loaded with the first order: it is large, and the simulator is to listen soon.
  const viem = await import("viem/utils")
  try {
    if (await recover(viem, posted, market) === address) return { id: idOf(viem, posted, market) }
  } catch {
    // What cannot be read as a signature is none.
  }
  return { fault: "invalid signature" }
}
