/**
 * The CLOB market channel over as many sockets as the followed assets need, at most 200 assets each. Every connection
 * subscribes to its assets anew; the venue answers with their books. Items carry the socket they came from.
 * @see https://docs.polymarket.com/api-reference/wss/market
 */
import { Effect, Scope } from "effect"
import type { AssetId } from "../../../domain/Asset.ts"
import { type Connection, feedInto, type FeedItem } from "../../Feed.ts"
import type { Outlet } from "../../Outlet.ts"
import * as Reconnect from "../../Reconnect.ts"
import { textFrames } from "./MarketChannelSchema.ts"

/** How the names of its sockets begin. */
export const marketSockets = "clob market socket"

/** Most assets of one socket. */
export const assetsPerSocket = 200

/** How often a connection is asked whether it lives, and how long the answer may take, ms. */
export const keepAlive = {
  message: textFrames.ping,
  reply: textFrames.pong,
  everyMs: 10_000,
  replyWithinMs: 5_000
} as const

/** One socket with the assets that it carries. */
export interface ChannelSocket {
  /** From 1, in the order they were made. */
  readonly number: number
  readonly assets: Set<AssetId>
  readonly connection: Connection
}

/** What one socket tells. */
export interface ChannelItem {
  readonly kind: "socket"
  readonly socket: ChannelSocket
  readonly item: FeedItem
}

/** A running channel. */
export interface MarketChannel {
  readonly sockets: ReadonlyArray<ChannelSocket>
  /** Subscribes to more assets, on more sockets when there is no room. */
  readonly subscribe: (assetIds: ReadonlyArray<AssetId>) => Effect.Effect<void>
  readonly unsubscribe: (assetIds: ReadonlyArray<AssetId>) => void
  /** Asks for the books of subscribed assets again, on the connections that stand. */
  readonly resubscribe: (assetIds: ReadonlyArray<AssetId>) => void
  readonly socketOf: (assetId: AssetId) => ChannelSocket | undefined
}

/** What is sent first on a connection. */
export const subscription = (assetIds: Iterable<AssetId>): string =>
  JSON.stringify({ assets_ids: [...assetIds], type: "market", custom_feature_enabled: true })

/** What is sent to change a subscription. */
export const change = (operation: "subscribe" | "unsubscribe", assetIds: ReadonlyArray<AssetId>): string =>
  JSON.stringify({
    operation,
    assets_ids: assetIds,
    ...(operation === "subscribe" ? { custom_feature_enabled: true } : {})
  })

/** Makes a channel whose items go to an outlet; its sockets live as long as the scope. */
export const makeMarketChannel = <A>(
  outlet: Outlet<A | ChannelItem>,
  url: string
): Effect.Effect<MarketChannel, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Scope.Scope
    const budget = Reconnect.makeBudget()
    const sockets: Array<ChannelSocket> = []
    const byAsset = new Map<AssetId, ChannelSocket>()

    const addSocket = Effect.fnUntraced(function*(assetIds: ReadonlyArray<AssetId>) {
      const number = sockets.length + 1
      const assets = new Set(assetIds)
      const holder: { socket?: ChannelSocket } = {}
      const connection = yield* feedInto<A | ChannelItem>(
        outlet,
        {
          name: `${marketSockets} ${number}`,
          url,
          onOpen: () => assets.size === 0 ? [] : [subscription(assets)],
          keepAlive,
          budget
        },
        (item) => ({ kind: "socket", socket: holder.socket as ChannelSocket, item })
      ).pipe(Scope.provide(scope))
      const socket = { number, assets, connection }
      holder.socket = socket
      sockets.push(socket)
      for (const assetId of assetIds) byAsset.set(assetId, socket)
    })

    const subscribe = Effect.fnUntraced(function*(assetIds: ReadonlyArray<AssetId>) {
      const fresh = [...new Set(assetIds)].filter((assetId) => !byAsset.has(assetId))
      let at = 0
      for (const socket of sockets) {
        const some = fresh.slice(at, at + assetsPerSocket - socket.assets.size)
        if (some.length === 0) continue
        at += some.length
        for (const assetId of some) {
          socket.assets.add(assetId)
          byAsset.set(assetId, socket)
        }
        socket.connection.send(change("subscribe", some))
      }
      for (; at < fresh.length; at += assetsPerSocket) yield* addSocket(fresh.slice(at, at + assetsPerSocket))
    })

    const grouped = (assetIds: ReadonlyArray<AssetId>): Map<ChannelSocket, Array<AssetId>> => {
      const groups = new Map<ChannelSocket, Array<AssetId>>()
      for (const assetId of assetIds) {
        const socket = byAsset.get(assetId)
        if (socket === undefined) continue
        const group = groups.get(socket)
        if (group === undefined) groups.set(socket, [assetId])
        else group.push(assetId)
      }
      return groups
    }

    return {
      sockets,
      subscribe,
      unsubscribe: (assetIds) => {
        for (const [socket, some] of grouped(assetIds)) {
          for (const assetId of some) {
            socket.assets.delete(assetId)
            byAsset.delete(assetId)
          }
          socket.connection.send(change("unsubscribe", some))
        }
      },
      resubscribe: (assetIds) => {
        for (const [socket, some] of grouped(assetIds)) {
          socket.connection.send(change("unsubscribe", some))
          socket.connection.send(change("subscribe", some))
        }
      },
      socketOf: (assetId) => byAsset.get(assetId)
    }
  })
