import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result, Schema } from "effect"
import type { Hex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { concat, encodePacked, hashStruct, hashTypedData, stringToHex } from "viem/utils"
import {
  ChainId,
  contractOf,
  domainSeparator,
  ExchangeVersion
} from "../../../../src/client/polymarket/clob/Exchange.ts"
import * as PrivateKey from "../../../../src/client/polymarket/clob/PrivateKey.ts"
import {
  orderIdOf,
  SignatureType,
  signOrder,
  structHash,
  type UnsignedOrder
} from "../../../../src/client/polymarket/clob/Signing.ts"

const hex = (digits: number) => Schema.String.check(Schema.isPattern(new RegExp(`^[0-9a-f]{${digits}}$`)))

const Unsigned = (bits: number) =>
  Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 2n ** BigInt(bits) - 1n }))

const Orders = Schema.Struct({
  privateKey: hex(64),
  chainId: ChainId,
  version: ExchangeVersion,
  negativeRisk: Schema.Boolean,
  salt: Unsigned(53),
  maker: hex(40),
  signer: hex(40),
  tokenId: Unsigned(256),
  makerAmount: Unsigned(256),
  takerAmount: Unsigned(256),
  side: Schema.Literals(["BUY", "SELL"]),
  signatureType: SignatureType,
  timestamp: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  metadata: hex(64),
  builder: hex(64)
})

const orderType = [
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

const wrapperType = [
  { name: "contents", type: "Order" },
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
  { name: "salt", type: "bytes32" }
] as const

const orderOf = (drawn: typeof Orders.Type): UnsignedOrder => ({
  exchange: { chainId: drawn.chainId, version: drawn.version, negativeRisk: drawn.negativeRisk },
  salt: drawn.salt,
  maker: `0x${drawn.maker}`,
  signer: `0x${drawn.signer}`,
  tokenId: String(drawn.tokenId),
  makerAmount: drawn.makerAmount,
  takerAmount: drawn.takerAmount,
  side: drawn.side,
  signatureType: drawn.signatureType,
  timestamp: drawn.timestamp,
  metadata: `0x${drawn.metadata}`,
  builder: `0x${drawn.builder}`,
  expiration: 0
})

const domainOf = (order: UnsignedOrder) => ({
  name: "Polymarket CTF Exchange",
  version: String(order.exchange.version),
  chainId: order.exchange.chainId,
  verifyingContract: contractOf(order.exchange)
})

const messageOf = (order: UnsignedOrder) => ({
  ...order,
  tokenId: BigInt(order.tokenId),
  side: order.side === "BUY" ? 0 : 1,
  timestamp: BigInt(order.timestamp)
})

const text = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`

/** The signature as another library makes it, wrapper and all. */
const peerSignature = async (order: UnsignedOrder, privateKey: Hex): Promise<Hex> => {
  const account = privateKeyToAccount(privateKey)
  const domain = domainOf(order)
  const message = messageOf(order)
  if (order.signatureType !== 3) {
    return account.signTypedData({ domain, types: { Order: orderType }, primaryType: "Order", message })
  }
  const inner = await account.signTypedData({
    domain,
    types: { TypedDataSign: wrapperType, Order: orderType },
    primaryType: "TypedDataSign",
    message: {
      contents: message,
      name: "DepositWallet",
      version: "1",
      chainId: BigInt(domain.chainId),
      verifyingContract: order.signer,
      salt: `0x${"0".repeat(64)}`
    }
  })
  const written = `Order(${orderType.map(({ name, type }) => `${type} ${name}`).join(",")})`
  return concat([
    inner,
    text(domainSeparator(order.exchange)),
    hashStruct({ types: { Order: orderType }, primaryType: "Order", data: message }),
    stringToHex(written),
    encodePacked(["uint16"], [written.length])
  ])
}

describe("Signing", () => {
  it.effect.prop(
    "digests and signatures of every kind of order are viem's",
    [Orders],
    ([drawn]) =>
      Effect.gen(function*() {
        const order = orderOf(drawn)
        const key = PrivateKey.fromHex(Redacted.make(drawn.privateKey))
        if (Result.isFailure(key)) return
        const signed = signOrder(order, key.success)
        const domain = domainOf(order)
        const message = messageOf(order)
        assert.strictEqual<string>(
          signed.orderId,
          hashTypedData({ domain, types: { Order: orderType }, primaryType: "Order", message })
        )
        assert.strictEqual(orderIdOf(order), signed.orderId)
        assert.strictEqual(
          text(structHash(order)),
          hashStruct({ types: { Order: orderType }, primaryType: "Order", data: message })
        )
        assert.strictEqual(
          signed.signature,
          yield* Effect.promise(() => peerSignature(order, `0x${drawn.privateKey}`))
        )
        assert.deepStrictEqual(signOrder(order, key.success), signed)
      }),
    { arbitrary: { runs: 300 }, timeout: 60_000 }
  )

  it.effect.prop("addresses of keys are viem's", [hex(64)], ([digits]) =>
    Effect.sync(() => {
      const key = PrivateKey.fromHex(Redacted.make(digits))
      if (Result.isSuccess(key)) {
        assert.strictEqual(key.success.address, privateKeyToAccount(`0x${digits}`).address)
      } else assert.throws(() => privateKeyToAccount(`0x${digits}`))
    }), { arbitrary: { runs: 50 } })
})
