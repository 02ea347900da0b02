/**
 * The market channel: subscriptions, the first dump, PING and PONG, and frames to whoever subscribed to one of their
 * tokens. Faults on request: sockets cut, upgrades refused, data withheld while PONGs go on.
 * @see https://docs.polymarket.com/api-reference/wss/market
 */
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { type RawData, WebSocketServer } from "ws"
import { type BookSummary, dumpFrame } from "./BookSummary.ts"
import { Connection, encode } from "./Connection.ts"
import { type Frame, restrict } from "./Frame.ts"
import { parseJson } from "./Http.ts"
import type { Venue } from "./Venue.ts"

/**
 * What happened on the channel since the start; `connections`, those of them `frozen` in whole or part, and
 * `subscriptions` (socket and token) are as of now.
 */
export interface ChannelStats {
  readonly connections: number
  readonly frozen: number
  readonly subscriptions: number
  readonly accepted: number
  readonly framesSent: number
  readonly drops: number
  readonly freezes: number
  readonly refused: number
  readonly slow: number
}

/** The running channel. */
export class MarketChannel {
  /** Called before a dump of books, so that what happened before it is told before it: a newer book never precedes older changes. */
  before: () => void = () => {}
  readonly #venue: Venue
  readonly #now: () => number
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 4 * 1024 * 1024 })
  readonly #connections = new Set<Connection>()
  readonly #byAsset = new Map<string, Set<Connection>>()
  readonly #frozenForAll = new Set<string>()
  #freezeAll = false
  #refuseUntil = 0
  #accepted = 0
  #framesSent = 0
  #drops = 0
  #freezes = 0
  #refused = 0
  #slow = 0

  constructor(venue: Venue, now: () => number) {
    this.#venue = venue
    this.#now = now
  }

  /** Takes over a connection that asks for the WebSocket protocol. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (this.#now() < this.#refuseUntil) {
      this.#refused++
      stream.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
      return
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      const connection = new Connection(socket, stream)
      connection.frozen = this.#freezeAll
      for (const assetId of this.#frozenForAll) connection.frozenAssetIds.add(assetId)
      this.#accepted++
      this.#connections.add(connection)
      socket.on("error", () => socket.terminate())
      socket.on("close", () => this.#forget(connection))
      socket.on("message", (data, isBinary) => this.#receive(connection, data, isBinary))
    })
  }

  /** Sends frames, in order, one write per socket. */
  publish(frames: ReadonlyArray<Frame>): void {
    const touched = new Set<Connection>()
    for (const frame of frames) {
      let whole: Buffer | undefined
      for (const connection of this.#readersOf(frame)) {
        if (connection.frozen || (frame.custom && !connection.custom)) continue
        let encoded: Buffer | undefined
        if (frame.array === true || connection.frozenAssetIds.size > 0) {
          const { assetIds, frozenAssetIds } = connection
          const text = restrict(
            frame,
            (assetId) => !frozenAssetIds.has(assetId) && (frame.array !== true || assetIds.has(assetId))
          )
          if (text !== undefined) encoded = encode(text)
        } else {
          encoded = whole ??= encode(frame.text)
        }
        if (encoded === undefined) continue
        connection.push(encoded)
        touched.add(connection)
        this.#framesSent++
      }
    }
    for (const connection of touched) {
      if (!connection.flush()) this.#slow++
    }
  }

  /** Cuts every socket without a closing handshake and refuses new ones for a while; how many were cut. */
  drop(refuseForMs: number): number {
    const cut = this.#connections.size
    this.refuse(refuseForMs)
    for (const connection of this.#connections) connection.socket.terminate()
    this.#drops += cut
    return cut
  }

  /** Answers upgrades with 503 for a while, ms from now; 0 ends it. */
  refuse(forMs: number): void {
    this.#refuseUntil = this.#now() + forMs
  }

  /**
   * Withholds data from the sockets open now, for their life: all of it, or that of some tokens. `all` does the same
   * to every socket opened until `thaw`. How many sockets were frozen.
   */
  freeze(assetIds: ReadonlyArray<string> | undefined, all: boolean): number {
    if (all && assetIds === undefined) this.#freezeAll = true
    if (all) { for (const assetId of assetIds ?? []) this.#frozenForAll.add(assetId) }
    let frozen = 0
    for (const connection of this.#connections) {
      if (assetIds === undefined) connection.frozen = true
      else for (const assetId of assetIds) connection.frozenAssetIds.add(assetId)
      frozen++
    }
    this.#freezes++
    return frozen
  }

  /** Lets new sockets have data again; with `sockets` also the frozen ones, which then have missed a part. */
  thaw(sockets: boolean): number {
    this.#freezeAll = false
    this.#frozenForAll.clear()
    let thawed = 0
    if (sockets) {
      for (const connection of this.#connections) {
        if (connection.frozen || connection.frozenAssetIds.size > 0) thawed++
        connection.frozen = false
        connection.frozenAssetIds.clear()
      }
    }
    return thawed
  }

  stats(): ChannelStats {
    let subscriptions = 0
    let frozen = 0
    for (const connection of this.#connections) {
      subscriptions += connection.assetIds.size
      if (connection.frozen || connection.frozenAssetIds.size > 0) frozen++
    }
    return {
      connections: this.#connections.size,
      frozen,
      subscriptions,
      accepted: this.#accepted,
      framesSent: this.#framesSent,
      drops: this.#drops,
      freezes: this.#freezes,
      refused: this.#refused,
      slow: this.#slow
    }
  }

  /** Ends every socket. */
  close(): void {
    for (const connection of this.#connections) connection.socket.terminate()
    this.#server.close()
  }

  *#readersOf(frame: Frame): Iterable<Connection> {
    const [first, ...others] = frame.assetIds
    if (first === undefined) {
      yield* this.#connections
      return
    }
    yield* this.#byAsset.get(first) ?? []
    for (let index = 0; index < others.length; index++) {
      for (const connection of this.#byAsset.get(others[index] as string) ?? []) {
        if (!frame.assetIds.slice(0, index + 1).some((assetId) => connection.assetIds.has(assetId))) yield connection
      }
    }
  }

  #receive(connection: Connection, data: RawData, isBinary: boolean): void {
    const text = isBinary ? "" : String(data)
    if (text === "PING") {
      connection.socket.send("PONG")
      return
    }
    if (connection.frozen) return
    const request = parseJson(text)
    if (!isRequest(request)) {
      connection.socket.send("INVALID OPERATION")
      return
    }
    if (request.custom_feature_enabled !== undefined) connection.custom = request.custom_feature_enabled
    if (request.operation === "unsubscribe") this.#unsubscribe(connection, request.assets_ids)
    else this.#subscribe(connection, request.assets_ids, request.initial_dump !== false)
  }

  #subscribe(connection: Connection, assetIds: ReadonlyArray<string>, dump: boolean): void {
    if (assetIds.length === 0) return
    this.before()
    const added = [...new Set(assetIds)].filter((assetId) => !connection.assetIds.has(assetId))
    if (added.length === 0) {
      connection.socket.send("NO NEW ASSETS")
      return
    }
    for (const assetId of added) {
      connection.assetIds.add(assetId)
      const readers = this.#byAsset.get(assetId)
      if (readers === undefined) this.#byAsset.set(assetId, new Set([connection]))
      else readers.add(connection)
    }
    if (!this.#venue.subscribed(added) || !dump) return
    const books = added.flatMap((assetId): ReadonlyArray<BookSummary> => {
      const book = connection.frozenAssetIds.has(assetId) ? undefined : this.#venue.book(assetId)
      return book === undefined ? [] : [book]
    })
    connection.push(encode(dumpFrame(books)))
    this.#framesSent++
    connection.flush()
  }

  #unsubscribe(connection: Connection, assetIds: Iterable<string>): void {
    for (const assetId of assetIds) {
      connection.assetIds.delete(assetId)
      const readers = this.#byAsset.get(assetId)
      readers?.delete(connection)
      if (readers?.size === 0) this.#byAsset.delete(assetId)
    }
  }

  #forget(connection: Connection): void {
    this.#unsubscribe(connection, [...connection.assetIds])
    this.#connections.delete(connection)
  }
}

interface SubscriptionRequest {
  readonly assets_ids: ReadonlyArray<string>
  readonly operation?: "subscribe" | "unsubscribe"
  readonly custom_feature_enabled?: boolean
  readonly initial_dump?: boolean
}

const isRequest = (value: unknown): value is SubscriptionRequest => {
  if (typeof value !== "object" || value === null) return false
  const { assets_ids, custom_feature_enabled, operation, type } = value as Readonly<Record<string, unknown>>
  return Array.isArray(assets_ids) &&
    assets_ids.every((assetId) => typeof assetId === "string") &&
    (operation === "subscribe" || operation === "unsubscribe" ||
      (operation === undefined && String(type).toLowerCase() === "market")) &&
    (custom_feature_enabled === undefined || typeof custom_feature_enabled === "boolean")
}
