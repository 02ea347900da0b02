/**
 * From a form to an answer of the venue: reads what the market wants, makes the order, checks it, signs it, sends it once. Nothing about a market
 * is guessed, and neither is what became of an order without an answer.
 */
import { Clock, Effect, Layer, Random } from "effect"
import * as Http from "../client/Http.ts"
import { Clob } from "../client/polymarket/Clob.ts"
import type { ClobError } from "../client/polymarket/Clob.ts"
import { exactAmounts } from "../client/polymarket/clob/Amounts.ts"
import type { OrderBookSummary } from "../client/polymarket/clob/BookSchema.ts"
import { buildOrder, type LimitOrder, type MarketOrder } from "../client/polymarket/clob/BuildOrder.ts"
import { contractOf } from "../client/polymarket/clob/Exchange.ts"
import { marketPrice } from "../client/polymarket/clob/MarketPrice.ts"
import { orderBody, ordersBody, type Placement } from "../client/polymarket/clob/OrderBody.ts"
import * as OrderCalls from "../client/polymarket/clob/OrderEndpoints.ts"
import { checkOrder } from "../client/polymarket/clob/OrderRules.ts"
import type { PostOrderReply } from "../client/polymarket/clob/OrderSchema.ts"
import { book as bookCall } from "../client/polymarket/clob/PublicEndpoints.ts"
import { orderIdOf, type SignedOrder, signOrder, type UnsignedOrder } from "../client/polymarket/clob/Signing.ts"
import { deriveCredentials } from "../client/polymarket/ClobTrading.ts"
import * as Micro from "../domain/Micro.ts"
import type { TimeInForce } from "../domain/Order.ts"
import type { Price } from "../domain/Price.ts"
import type { Size } from "../domain/Size.ts"
import * as TickSize from "../domain/TickSize.ts"
import {
  type Account,
  accountOf,
  credentialsFor,
  givenCredentials,
  keyOwnerOf,
  orRefused,
  tradingOf
} from "./Account.ts"
import { type Access, printAnswer } from "./EndpointCommands.ts"
import * as Exit from "./Exit.ts"
import { type OrderForm, typeOf } from "./OrderForm.ts"
import { addressOf, fail, failWith } from "./Venue.ts"
import { describeRequest, printRequest } from "./WriteCommand.ts"

/** An order that passed every check, with what is not part of what is signed. */
interface Prepared {
  readonly order: UnsignedOrder
  readonly orderType: TimeInForce
  readonly postOnly: boolean
  readonly price: number
  readonly book: OrderBookSummary
}

const publicClob = Effect.fnUntraced(function*(access: Access) {
  const layer = Clob.layer(yield* addressOf(access.endpoints, "clob")).pipe(Layer.provide(Http.layerTransport))
  return yield* Effect.provide(Clob, yield* Layer.build(layer))
})

/** What the book says about its market, in our words. */
const marketOf = (book: OrderBookSummary) => {
  const tickSize = TickSize.fromText(book.tick_size)
  const minimumSize = Micro.parse(book.min_order_size)
  const version = book.version === undefined || book.version === "v1" ? 2 : book.version === "v2" ? 3 : undefined
  return tickSize === undefined || !(minimumSize >= 0) || version === undefined
    ? fail(
      1,
      `the market of this token is of a kind nobody here knows: tick ${book.tick_size}, version ${book.version}`
    )
    : Effect.succeed(
      {
        market: { tickSize, version, negativeRisk: book.neg_risk },
        minimumSize: minimumSize as Size
      } as const
    )
}

/** How long before its expiration the venue ends an order, ms. */
const endsEarlyBy = 60_000

/** 53 bits, from two draws. */
const drawSalt = Effect.zipWith(
  Random.nextIntBetween(0, 2 ** 26),
  Random.nextIntBetween(0, 2 ** 27),
  (high, low) => BigInt(high) * 2n ** 27n + BigInt(low)
)

const prepare = Effect.fnUntraced(function*(access: Access, form: OrderForm, account: Account) {
  const orderType = typeOf(form)
  const isResting = orderType === "GTC" || orderType === "GTD"
  if (isResting && (form.price === undefined || form.size === undefined || form.amount !== undefined)) {
    return yield* fail(Exit.usage, `expected a price and a size for ${orderType}, and no amount`)
  }
  if (!isResting && (form.amount === undefined || form.size !== undefined)) {
    return yield* fail(Exit.usage, `expected an amount for ${orderType}, and no size`)
  }
  if (orderType === "GTD" && form.expiresIn === undefined) {
    return yield* fail(Exit.usage, "expected how long the order may rest (--expires-in) for GTD")
  }
  const clob = yield* publicClob(access)
  const book = yield* clob.call(bookCall, { token_id: form.token }).pipe(Effect.catch(failWith))
  const { market, minimumSize } = yield* marketOf(book)
  const now = yield* Clock.currentTimeMillis
  const common = {
    tokenId: form.token,
    side: form.side,
    salt: yield* drawSalt,
    timestamp: now,
    market,
    ...(form.expiresIn === undefined
      ? {}
      : { expiration: Math.ceil((now + form.expiresIn + endsEarlyBy) / 1_000) })
  }
  const wish: LimitOrder | MarketOrder = isResting
    ? { ...common, kind: "limit", price: Number(form.price), size: Number(form.size) }
    : {
      ...common,
      kind: "market",
      amount: Number(form.amount),
      price: form.price === undefined
        ? yield* orRefused(marketPrice(book, form.side, Number(form.amount), orderType))
        : Number(form.price)
    }
  const order = yield* orRefused(buildOrder(wish, account.wallet, exactAmounts))
  const bestAsk = book.asks.at(-1)
  const postOnly = form.postOnly ?? false
  yield* orRefused(checkOrder(wish, order, {
    orderType,
    postOnly,
    minimumSize,
    bestAsk: bestAsk === undefined ? undefined : Micro.parse(bestAsk.price) as Price,
    now
  }))
  return { order, orderType, postOnly, price: wish.price ?? 0, book } satisfies Prepared as Prepared
})

const shares = ({ makerAmount, side, takerAmount }: UnsignedOrder) => side === "BUY" ? takerAmount : makerAmount
const collateral = ({ makerAmount, side, takerAmount }: UnsignedOrder) => side === "BUY" ? makerAmount : takerAmount

const described = ({ book, order, orderType, postOnly, price }: Prepared) => ({
  orderId: orderIdOf(order),
  side: order.side,
  tokenId: order.tokenId,
  orderType,
  postOnly,
  price: String(price),
  shares: Micro.format(Number(shares(order))),
  collateral: Micro.format(Number(collateral(order))),
  makerAmount: String(order.makerAmount),
  takerAmount: String(order.takerAmount),
  expiration: order.expiration,
  maker: order.maker,
  signer: order.signer,
  signatureType: order.signatureType,
  salt: String(order.salt),
  timestamp: order.timestamp,
  exchange: contractOf(order.exchange),
  market: book.market,
  tickSize: book.tick_size,
  minimumSize: book.min_order_size,
  negativeRisk: book.neg_risk
})

/** Shows an order. */
export const build = Effect.fnUntraced(function*(access: Access, form: OrderForm, json: boolean) {
  yield* printAnswer(json, described(yield* prepare(access, form, yield* accountOf(access))))
})

/** Shows an order with its signature. */
export const sign = Effect.fnUntraced(function*(access: Access, form: OrderForm, json: boolean) {
  const account = yield* accountOf(access)
  const prepared = yield* prepare(access, form, account)
  const { signature } = signOrder(prepared.order, account.key)
  yield* printAnswer(json, { ...described(prepared), signature })
})

/** For a look only: credentials that exist, without making any. */
const existingCredentials = Effect.fnUntraced(function*(access: Access, account: Account) {
  const given = yield* givenCredentials(access)
  if (given !== undefined) return given
  return yield* deriveCredentials(yield* keyOwnerOf(access, account)).pipe(
    Effect.scoped,
    Effect.provide(Http.layerTransport),
    Effect.orElseSucceed(() => undefined)
  )
})

/** Where to look for an order whose fate is not known. */
const howToFindOut = (orders: ReadonlyArray<SignedOrder>) => (error: ClobError) =>
  error.reason._tag === "Unconfirmed"
    ? fail(
      1,
      `${error.message}. Do not send it again before asking: ${
        orders.map(({ orderId }) => `clob order-by ${orderId}`).join("; ")
      }`
    )
    : failWith(error)

/** Makes, signs and sends orders, or shows the request. */
export const post = Effect.fnUntraced(function*(
  access: Access,
  forms: ReadonlyArray<OrderForm>,
  options: { readonly json: boolean; readonly dryRun: boolean; readonly batch: boolean }
) {
  const account = yield* accountOf(access)
  const prepared = yield* Effect.forEach(forms, (form) => prepare(access, form, account))
  const credentials = options.dryRun
    ? yield* existingCredentials(access, account)
    : yield* credentialsFor(access, account)
  const owner = credentials?.apiKey ?? "(the API key, which does not exist yet)"
  const signed = prepared.map(({ order, orderType, postOnly }): readonly [SignedOrder, Placement] => [
    signOrder(order, account.key),
    { owner, orderType, postOnly, deferExec: false }
  ])
  const [first] = signed
  if (first === undefined) return
  const body = yield* orRefused(options.batch ? ordersBody(signed) : orderBody(...first))
  if (options.dryRun || credentials === undefined) {
    const { method, path } = options.batch ? OrderCalls.postOrders : OrderCalls.postOrder
    return yield* printRequest(options.json, yield* describeRequest({ method, path, body }, account, credentials))
  }
  const trading = yield* tradingOf(access, account, credentials)
  const orders = signed.map(([order]) => order)
  const sent: Effect.Effect<ReadonlyArray<PostOrderReply>, ClobError> = options.batch
    ? trading.postOrders(body)
    : Effect.map(trading.postOrder(body), (reply) => [reply])
  const replies = yield* sent.pipe(Effect.catch(howToFindOut(orders)))
  const rows = replies.map((reply, at) => ({ ...reply, orderID: reply.orderID || orders[at]?.orderId }))
  yield* printAnswer(options.json, options.batch ? rows : rows[0])
  const refused = rows.filter(({ success }) => !success)
  if (refused.length > 0) {
    return yield* fail(1, `not placed: ${refused.map(({ errorMsg, orderID }) => `${orderID}: ${errorMsg}`).join("; ")}`)
  }
})
