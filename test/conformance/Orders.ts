/** Orders of the official client: amounts, digests, signatures, and the exact requests that place them. */
import { Redacted, Result, Schema } from "effect"
import * as Micro from "../../src/domain/Micro.ts"
import {
  buildOrder,
  ClobOrderCalls,
  Exchange,
  Hmac,
  OrderBody,
  type OrderWish,
  PrivateKey,
  requestOf,
  Signing,
  TickSize,
  type TimeInForce,
  type Wallets
} from "../../src/index.ts"
import { type Check, difference } from "./Check.ts"

type Hex = `0x${string}`

interface Input {
  readonly tokenID: string
  readonly side: "BUY" | "SELL"
  readonly price?: number
  readonly size?: number
  readonly amount?: number
  readonly makerAmount?: string
  readonly takerAmount?: string
  readonly orderType?: "FOK" | "FAK"
  readonly expiration?: number
  readonly builderCode?: Hex
  readonly metadata?: Hex
  readonly userUSDCBalance?: number
}

/** What orders and refused orders have in common; refused ones keep market and wish under other names. */
interface Described {
  readonly id: string
  readonly kind: "limit" | "market" | "amounts"
  readonly chainId: number
  readonly exchangeVersion: number
  readonly signatureType: Signing.SignatureType
  readonly privateKey: string
  readonly funderAddress: Hex | null
  readonly tickSize?: string
  readonly negRisk?: boolean
  readonly options?: { readonly tickSize: string; readonly negRisk: boolean }
  readonly input?: Input
  readonly args?: Input
  readonly book?: {
    readonly bids: ReadonlyArray<{ readonly price: string; readonly size: string }>
    readonly asks: ReadonlyArray<{ readonly price: string; readonly size: string }>
  }
  readonly feeDetails?: { readonly r: number; readonly e: number }
  readonly feeSlippage?: number
  readonly builderTakerFeeRate?: number
  readonly salt?: string
  readonly nowMs?: number
  readonly orderType?: TimeInForce
  readonly postOnly?: boolean
  readonly deferExec?: boolean
}

/** Credentials as vectors write them. */
export interface WrittenCredentials {
  readonly key: string
  readonly secret: string
  readonly passphrase: string
}

interface WrittenPost {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly credentials?: WrittenCredentials
  readonly headers: Readonly<Record<string, string>>
}

interface OrderVector extends Described {
  readonly expected: {
    readonly makerAmount: string
    readonly takerAmount: string
    readonly domain: { readonly name: string; readonly version: string }
    readonly message: unknown
    readonly domainSeparator: string
    readonly structHash: string
    readonly orderId: string
    readonly typedDataSign: { readonly digest: string } | null
    readonly signature: string
    readonly post: WrittenPost
  }
}

interface BatchVector {
  readonly id: string
  readonly orderIds: ReadonlyArray<{ readonly id: string; readonly orderType: TimeInForce }>
  readonly postOnly: boolean
  readonly deferExec: boolean
  readonly post: WrittenPost
}

/** Base units of a vector's tick. */
const tickOf = (text: string) => Schema.decodeUnknownSync(TickSize)(Micro.parse(text))

const marketOf = ({ exchangeVersion, negRisk, options, tickSize }: Described) => ({
  tickSize: tickOf(options?.tickSize ?? tickSize ?? ""),
  negativeRisk: options?.negRisk ?? negRisk ?? false,
  version: Schema.decodeUnknownSync(Exchange.ExchangeVersion)(exchangeVersion)
})

const feesOf = ({ builderTakerFeeRate, feeDetails, feeSlippage }: Described) => ({
  fees: {
    rate: feeDetails?.r ?? 0,
    exponent: feeDetails?.e ?? 0,
    builderRate: builderTakerFeeRate ?? 0,
    slippage: feeSlippage ?? 0
  }
})

const wishOf = (vector: Described): OrderWish => {
  const input = (vector.input ?? vector.args) as Input
  const common = {
    tokenId: input.tokenID,
    side: input.side,
    salt: BigInt(vector.salt ?? 1),
    timestamp: vector.nowMs ?? 0,
    ...(input.expiration === undefined ? {} : { expiration: input.expiration }),
    ...(input.metadata === undefined ? {} : { metadata: input.metadata }),
    ...(input.builderCode === undefined ? {} : { builderCode: input.builderCode })
  }
  const budget = input.userUSDCBalance === undefined ? {} : { balance: input.userUSDCBalance, ...feesOf(vector) }
  switch (vector.kind) {
    case "amounts":
      return {
        kind: "amounts",
        ...common,
        makerAmount: input.makerAmount as string,
        takerAmount: input.takerAmount as string
      }
    case "limit":
      return {
        kind: "limit",
        ...common,
        ...budget,
        market: marketOf(vector),
        price: input.price as number,
        size: input.size as number
      }
    case "market":
      return {
        kind: "market",
        ...common,
        ...budget,
        market: marketOf(vector),
        amount: input.amount as number,
        ...(input.price === undefined ? {} : { price: input.price }),
        ...(input.orderType === undefined ? {} : { orderType: input.orderType }),
        ...(vector.book === undefined ? {} : { book: vector.book })
      }
  }
}

const keyOf = (text: string) => Result.getOrThrow(PrivateKey.fromHex(Redacted.make(text)))

const walletOf = (vector: Described): Wallets.Wallet => ({
  chainId: Schema.decodeUnknownSync(Exchange.ChainId)(vector.chainId),
  signatureType: vector.signatureType,
  address: keyOf(vector.privateKey).address,
  ...(vector.funderAddress === null ? {} : { funder: vector.funderAddress })
})

const signedOf = (vector: Described): Signing.SignedOrder =>
  Signing.signOrder(Result.getOrThrow(buildOrder(wishOf(vector), walletOf(vector))), keyOf(vector.privateKey))

const placementOf = (vector: Described, owner: string): OrderBody.Placement => ({
  owner,
  orderType: vector.orderType ?? "GTC",
  postOnly: vector.postOnly ?? false,
  deferExec: vector.deferExec ?? false
})

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`

const messageOf = (order: Signing.SignedOrder) => ({
  salt: String(order.salt),
  maker: order.maker,
  signer: order.signer,
  tokenId: order.tokenId,
  makerAmount: String(order.makerAmount),
  takerAmount: String(order.takerAmount),
  side: order.side === "BUY" ? 0 : 1,
  signatureType: order.signatureType,
  timestamp: String(order.timestamp),
  metadata: order.metadata,
  builder: order.builder
})

/** The signer of a vector's requests. */
export const level2Of = (address: string, { key, passphrase, secret }: WrittenCredentials): Hmac.Level2 =>
  Result.getOrThrow(
    Hmac.makeLevel2(address, {
      apiKey: key,
      secret: Redacted.make(secret),
      passphrase: Redacted.make(passphrase)
    })
  )

const postOf = (
  request: ReturnType<typeof requestOf>,
  credentials: WrittenCredentials,
  { headers }: WrittenPost
) => ({
  method: request.method,
  path: request.path,
  body: request.body,
  headers: level2Of(headers.POLY_ADDRESS as string, credentials).headers(request, Number(headers.POLY_TIMESTAMP))
})

const withoutCredentials = ({ body, headers, method, path }: WrittenPost) => ({ method, path, body, headers })

/** An order: everything from its amounts to the request that places it. */
export const order = (vector: OrderVector): Check => ({
  name: `vectors.json orders ${vector.id}`,
  run: () => {
    const { expected } = vector
    const signed = signedOf(vector)
    const contents = Signing.structHash(signed)
    const body = Result.getOrThrow(
      OrderBody.orderBody(signed, placementOf(vector, expected.post.credentials?.key ?? ""))
    )
    return difference(
      {
        makerAmount: String(signed.makerAmount),
        takerAmount: String(signed.takerAmount),
        version: String(signed.exchange.version),
        message: messageOf(signed),
        domainSeparator: hex(Exchange.domainSeparator(signed.exchange)),
        structHash: hex(contents),
        wrapped: signed.signatureType === 3 ? hex(Signing.wrappedDigest(signed, contents)) : undefined,
        orderId: signed.orderId,
        orderIdAlone: Signing.orderIdOf(signed),
        signature: signed.signature,
        post: postOf(
          { ...requestOf(ClobOrderCalls.postOrder, {}), body },
          expected.post.credentials as WrittenCredentials,
          expected.post
        )
      },
      {
        makerAmount: expected.makerAmount,
        takerAmount: expected.takerAmount,
        version: expected.domain.version,
        message: expected.message,
        domainSeparator: expected.domainSeparator,
        structHash: expected.structHash,
        wrapped: expected.typedDataSign?.digest,
        orderId: expected.orderId,
        orderIdAlone: expected.orderId,
        signature: expected.signature,
        post: withoutCredentials(expected.post)
      }
    )
  }
})

/** What is wrong when an order should be refused: that there is one. */
const refusalOf = (vector: Described): string | undefined => {
  const built = buildOrder(wishOf(vector), walletOf(vector))
  if (Result.isFailure(built)) return undefined
  const signed = Signing.signOrder(built.success, keyOf(vector.privateKey))
  return Result.isFailure(OrderBody.orderBody(signed, placementOf(vector, "")))
    ? undefined
    : `expected a refusal, found an order of ${signed.makerAmount} for ${signed.takerAmount}`
}

/** An order that is refused, whatever the words; chains, ticks and versions nobody knows are refused by their schemas. */
export const orderError = (vector: Described): Check => ({
  name: `vectors.json orderErrors ${vector.id}`,
  run: () => {
    try {
      return refusalOf(vector)
    } catch (error) {
      if (isSchemaError(error)) return undefined
      throw error
    }
  }
})

const isSchemaError = (error: unknown): boolean =>
  Schema.isSchemaError(error) || (error instanceof Error && Schema.isSchemaError(error.cause))

/** Orders placed together; they are described under `orders`. */
export const batch = (vector: BatchVector, file: Readonly<Record<string, unknown>>): Check => ({
  name: `vectors.json batches ${vector.id}`,
  run: () => {
    const known = new Map((file.orders as ReadonlyArray<OrderVector>).map((each) => [each.id, each]))
    const members = vector.orderIds.map((named) => ({ ...known.get(named.id) as OrderVector, ...named }))
    const credentials = vector.post.credentials ?? members[0]?.expected.post.credentials as WrittenCredentials
    const body = Result.getOrThrow(OrderBody.ordersBody(
      members.map((member) => [
        signedOf(member),
        { ...placementOf(member, credentials.key), postOnly: vector.postOnly, deferExec: vector.deferExec }
      ])
    ))
    return difference(
      postOf({ ...requestOf(ClobOrderCalls.postOrders, {}), body }, credentials, vector.post),
      withoutCredentials(vector.post)
    )
  }
})
