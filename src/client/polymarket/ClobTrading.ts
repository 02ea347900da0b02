/**
 * The CLOB with a key: own orders and trades, placing and canceling, heartbeats. Reads may be repeated; what places or cancels is sent
 * once and never again blindly: `Unconfirmed` means to ask first.
 * @see https://docs.polymarket.com/trading/orders/overview
 */
import { Clock, Context, Effect, Exit, Layer, Redacted, Result, Schema } from "effect"
import type { Reason } from "../../domain/Failure.ts"
import { Malformed, Unauthorized, Unconfirmed } from "../../domain/Failure.ts"
import * as Api from "../Api.ts"
import type { Endpoint, Given, Params } from "../Endpoint.ts"
import * as EndpointRun from "../Endpoint.ts"
import * as Http from "../Http.ts"
import { ClobError } from "./Clob.ts"
import { level1Headers } from "./clob/ClobAuth.ts"
import type { ChainId } from "./clob/Exchange.ts"
import { type Credentials, makeLevel2 } from "./clob/Hmac.ts"
import * as Calls from "./clob/OrderEndpoints.ts"
import { ApiKeyReply, type CancelReply, type PostOrderReply } from "./clob/OrderSchema.ts"
import type { PrivateKey } from "./clob/PrivateKey.ts"
import * as PublishedLimits from "./PublishedLimits.ts"

/** Which orders of a market to cancel; both together are fine. */
export interface MarketOrders {
  /** Condition id. */
  readonly market?: string
  /** Token. */
  readonly assetId?: string
}

export class ClobTrading extends Context.Service<
  ClobTrading,
  & Api.Api<ClobError>
  & {
    /** The API key whose orders these are. */
    readonly apiKey: string
    /** Sends the exact body of one order. */
    readonly postOrder: (body: string) => Effect.Effect<PostOrderReply, ClobError>
    /** Sends the exact body of up to 15 orders; the answers are in their order, each to be looked at. */
    readonly postOrders: (body: string) => Effect.Effect<ReadonlyArray<PostOrderReply>, ClobError>
    readonly cancelOrder: (orderId: string) => Effect.Effect<CancelReply, ClobError>
    /** At most 1000. */
    readonly cancelOrders: (orderIds: ReadonlyArray<string>) => Effect.Effect<CancelReply, ClobError>
    readonly cancelAll: Effect.Effect<CancelReply, ClobError>
    readonly cancelMarketOrders: (which: MarketOrders) => Effect.Effect<CancelReply, ClobError>
    /** Keeps the orders alive: "" first, then the id of the answer before. A wrong id is answered with the right one, which is returned too. */
    readonly heartbeat: (id: string) => Effect.Effect<string, ClobError>
    /** Gives up the API key; nothing works with it afterwards. */
    readonly deleteApiKey: Effect.Effect<void, ClobError>
    readonly dropNotifications: (ids: ReadonlyArray<string>) => Effect.Effect<void, ClobError>
  }
>()("polymarket-hft/client/polymarket/ClobTrading") {
  /** The CLOB at a base URL for the key of `address`. */
  static readonly layer = (options: {
    readonly baseUrl: string
    /** The address of the key, also for proxies, Safes and deposit wallets. */
    readonly address: string
    readonly credentials: Credentials
  }) =>
    Layer.effect(
      ClobTrading,
      Effect.gen(function*() {
        const fail = (operation: string, reason: Reason) => new ClobError({ operation, reason })
        const level2 = yield* Effect.fromResult(Result.mapError(
          makeLevel2(options.address, options.credentials),
          (error) => fail("credentials", Unauthorized.make({ where: "credentials", detail: error.message }))
        ))
        const bare = yield* Http.make({ baseUrl: options.baseUrl, limits: PublishedLimits.clob })
        const signed = (request: Http.Request): Http.Request => ({
          ...request,
          headers: Effect.map(Clock.currentTimeMillis, (now) => level2.headers(request, Math.floor(now / 1_000)))
        })
        const http: Http.Http = {
          ...bare,
          read: (request) => bare.read(signed(request)),
          once: (request) => bare.once(signed(request)),
          write: (request) => bare.write(signed(request))
        }

        /** A call that changes something. */
        const write = <P extends Params, A>(
          call: Endpoint<P, A>,
          given: Given<P>,
          more: Pick<Http.Request, "accepts" | "body"> = {}
        ): Effect.Effect<A, ClobError> => {
          const request = { ...EndpointRun.requestOf(call, given), ...more }
          return http.write(request).pipe(
            Effect.flatMap((answer) => EndpointRun.decode(call, `${http.host}${request.path}`, answer)),
            Effect.mapError((reason) => fail(call.name, isUnreadable(reason) ? unconfirmed(reason) : reason))
          )
        }

        return ClobTrading.of({
          ...Api.make(http, fail),
          apiKey: level2.apiKey,
          postOrder: (body) => write(Calls.postOrder, {}, { body }),
          postOrders: (body) => write(Calls.postOrders, {}, { body }),
          cancelOrder: (order_id) => write(Calls.cancelOrder, { order_id }),
          cancelOrders: (order_ids) => write(Calls.cancelOrders, { order_ids }),
          cancelAll: write(Calls.cancelAll, {}),
          cancelMarketOrders: ({ assetId, market }) =>
            write(Calls.cancelMarketOrders, {
              ...(market === undefined ? {} : { market }),
              ...(assetId === undefined ? {} : { asset_id: assetId })
            }),
          heartbeat: (id) =>
            write(Calls.heartbeat, { heartbeat_id: id }, { accepts: [400] }).pipe(
              Effect.map(({ heartbeat_id }) => heartbeat_id)
            ),
          deleteApiKey: Effect.asVoid(write(Calls.deleteApiKey, {})),
          dropNotifications: (ids) => Effect.asVoid(write(Calls.dropNotifications, { ids }))
        })
      })
    )
}

/** An answer that cannot be read leaves open what was done. */
const isUnreadable = (reason: Reason): reason is Malformed => reason._tag === "Malformed"

const unconfirmed = ({ issue, where }: Malformed): Reason => Unconfirmed.make({ where, detail: issue })

/** Whose API key, where. */
export interface KeyOwner {
  readonly baseUrl: string
  readonly chainId: ChainId
  readonly key: PrivateKey
  /** Tells the keys of a wallet apart; 0 when absent. */
  readonly nonce?: number
}

const operation = "credentials"

const keyCalls = Effect.fnUntraced(function*(owner: KeyOwner) {
  const http = yield* Http.make({ baseUrl: owner.baseUrl, limits: PublishedLimits.clob })
  const headers = Effect.map(Clock.currentTimeMillis, (now) =>
    level1Headers({
      chainId: owner.chainId,
      address: owner.key.address,
      timestamp: Math.floor(now / 1_000),
      nonce: owner.nonce ?? 0
    }, owner.key))
  return {
    derive: http.read({ method: "GET", path: "/auth/derive-api-key", headers }),
    create: http.write({ method: "POST", path: "/auth/api-key", headers }),
    credentials: (answer: unknown): Effect.Effect<Credentials, Reason> => {
      const reply = decodeKey(answer)
      return Exit.isSuccess(reply)
        ? Effect.succeed({
          apiKey: reply.value.apiKey,
          secret: Redacted.make(reply.value.secret),
          passphrase: Redacted.make(reply.value.passphrase)
        })
        : Effect.fail(
          Malformed.make({ where: `${http.host}/auth`, issue: "expected apiKey, secret and passphrase" })
        )
    }
  }
})

const decodeKey = Schema.decodeUnknownExit(ApiKeyReply)

const asClobError = Effect.mapError((reason: Reason) => new ClobError({ operation, reason }))

/** Creates the API key of a wallet for a nonce; refused when there is one. */
export const createCredentials = (owner: KeyOwner) =>
  Effect.flatMap(keyCalls(owner), ({ create, credentials }) => asClobError(Effect.flatMap(create, credentials)))

/** Reads the API key that a wallet has for a nonce. */
export const deriveCredentials = (owner: KeyOwner) =>
  Effect.flatMap(keyCalls(owner), ({ credentials, derive }) => asClobError(Effect.flatMap(derive, credentials)))

/** Creates the API key of a wallet for a nonce, or derives the one that exists. */
export const credentialsOf = (owner: KeyOwner) =>
  Effect.flatMap(keyCalls(owner), ({ create, credentials, derive }) =>
    create.pipe(
      Effect.catch((reason) =>
        reason._tag === "Rejected" || reason._tag === "Unconfirmed" ? derive : Effect.fail(reason)
      ),
      Effect.flatMap(credentials),
      asClobError
    ))
