/** Whether the venue's sockets connect and say something. */
import { Effect, Layer, Stream } from "effect"
import type { Scope } from "effect"
import * as Http from "../../client/Http.ts"
import * as JsonFeed from "../../client/JsonFeed.ts"
import type { Credentials } from "../../client/polymarket/clob/Hmac.ts"
import { MarketChannelMessage } from "../../client/polymarket/clob/MarketChannelSchema.ts"
import type { Endpoints } from "../../client/polymarket/EndpointsSchema.ts"
import { Gamma } from "../../client/polymarket/Gamma.ts"
import * as PolyBolt from "../../client/polymarket/PolyBolt.ts"
import * as Rtds from "../../client/polymarket/Rtds.ts"
import * as SportsSocket from "../../client/polymarket/SportsSocket.ts"
import * as UserChannel from "../../client/polymarket/UserChannel.ts"
import { type Finding, finding } from "./Finding.ts"

/** How long a socket may take to connect and say something. */
const patience = "5 seconds"

/** How long a connection without messages has to hold to count as accepted. */
const holds = "1 second"

type Make<A> = Effect.Effect<JsonFeed.JsonFeed<A>, never, Scope.Scope>

/** Connects and waits for a message. */
const speaks = <A>(check: string, make: Make<A>): Effect.Effect<Finding> =>
  Effect.gen(function*() {
    const feed = yield* make
    const first = yield* feed.items.pipe(
      Stream.filter((item) => item.kind === "message"),
      Stream.runHead,
      Effect.timeoutOption(patience)
    )
    if (first._tag === "Some") return finding(check, "ok", "connects and speaks")
    const error = feed.lastError()
    return feed.isOpen()
      ? finding(check, "warning", `connects, but says nothing for ${patience}`, "wait; when it lasts, ask the venue")
      : finding(
        check,
        "problem",
        error ?? `no connection within ${patience}`,
        "check proxies and firewalls for WebSockets"
      )
  }).pipe(Effect.scoped)

/** Connects and waits whether it is thrown out. */
const isKept = <A>(check: string, make: Make<A>): Effect.Effect<Finding> =>
  Effect.gen(function*() {
    const feed = yield* make
    const outcome = yield* feed.items.pipe(
      Stream.takeUntil((item) => item.kind === "closed"),
      Stream.runDrain,
      Effect.timeoutOption(holds)
    )
    return outcome._tag === "None" && feed.isOpen()
      ? finding(check, "ok", "connects and keeps the connection")
      : finding(check, "problem", feed.lastError() ?? "the venue closes the connection", "check the API credentials")
  }).pipe(Effect.scoped)

const busiestToken = Effect.fnUntraced(function*(gamma: string) {
  const layer = Gamma.layer(gamma).pipe(Layer.provide(Http.layerTransport))
  const service = yield* Effect.provide(Gamma, yield* Layer.build(layer))
  const [market] = yield* service.topMarketsByVolume24h(1)
  return market?.outcomes[0]?.assetId
})

const market = Effect.fnUntraced(function*(url: string, gamma: string | undefined) {
  const token = gamma === undefined ? undefined : yield* Effect.result(busiestToken(gamma))
  if (token?._tag !== "Success" || token.success === undefined) {
    return finding(
      "market socket",
      "unknown",
      token?._tag === "Failure" ? token.failure.message : "no market to ask for"
    )
  }
  const subscription = JSON.stringify({ assets_ids: [token.success], type: "market", custom_feature_enabled: true })
  return yield* speaks(
    "market socket",
    JsonFeed.make({ name: "market", url, schema: MarketChannelMessage, onOpen: () => [subscription] })
  )
})

/** Looks at every socket there is an address of; the user channel only with credentials. */
export const sockets = Effect.fnUntraced(function*(endpoints: Endpoints, credentials: Credentials | undefined) {
  const { gamma, marketSocket, polybolt, rtds, sports, userSocket } = endpoints
  const checks: ReadonlyArray<Effect.Effect<Finding, never, Scope.Scope>> = [
    ...(marketSocket === undefined ? [] : [market(marketSocket, gamma)]),
    ...(userSocket === undefined || credentials === undefined
      ? []
      : [isKept("user socket", UserChannel.make({ url: userSocket, credentials }))]),
    ...(rtds === undefined
      ? []
      : [speaks("rtds", Rtds.make({ url: rtds, subscriptions: [Rtds.chainlink("btc/usd")] }))]),
    ...(polybolt === undefined
      ? []
      : [speaks("polybolt", PolyBolt.make({ url: polybolt, subscriptions: [PolyBolt.crypto("btcusd")] }))]),
    ...(sports === undefined ? [] : [speaks("sports", SportsSocket.make({ url: sports }))])
  ]
  return yield* Effect.all(checks, { concurrency: "unbounded" })
})
