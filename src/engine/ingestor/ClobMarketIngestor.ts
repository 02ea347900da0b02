/**
 * The source "clob": the market channel's frames as events, with books that are checked against the venue's hashes and healed
 * over REST, and with sockets that are replaced when their data stops although they answer. One fold handles everything in
 * the order it comes: frames, the second's turn, answers of REST.
 */
import { Effect, Scope, Stream } from "effect"
import { capacity } from "../../client/Feed.ts"
import { makeOutlet } from "../../client/Outlet.ts"
import { Clob } from "../../client/polymarket/Clob.ts"
import { decodeFrame } from "../../client/polymarket/clob/DecodeMarketFrame.ts"
import { type ChannelItem, type ChannelSocket, makeMarketChannel } from "../../client/polymarket/clob/MarketChannel.ts"
import type { BookSnapshotMessage } from "../../client/polymarket/clob/MarketMessage.ts"
import { makeScanner } from "../../client/polymarket/clob/ScanPriceChange.ts"
import * as SteadyClock from "../../client/SteadyClock.ts"
import type { AssetId } from "../../domain/Asset.ts"
import type { Market } from "../../domain/Market.ts"
import type { Batch, Ingestor } from "../Ingestor.ts"
import { type FeedStatus, type MarketEvent, unstamped } from "../MarketEvent.ts"
import * as AssetBook from "./AssetBook.ts"
import * as BookRepair from "./BookRepair.ts"
import * as ClobBooks from "./ClobBooks.ts"
import * as Liveness from "./Liveness.ts"

/** How a feed did so far, for summaries. */
export interface FeedStats {
  /** "connecting" until a connection stood for the first time. */
  readonly status: "connecting" | "connected" | "disconnected"
  readonly reconnects: number
  readonly gaps: number
  readonly stale: number
  readonly unknownTypes: number
  readonly malformed: number
  readonly duplicates: number
}

/** The running source. */
export interface ClobMarketIngestor extends Ingestor {
  /** Follows more markets; those followed already are left as they are. */
  readonly follow: (markets: ReadonlyArray<Market>) => Effect.Effect<void>
  readonly unfollow: (markets: ReadonlyArray<Market>) => Effect.Effect<void>
  readonly stats: () => FeedStats
  readonly books: () => ClobBooks.BookCounters
  /** The books as they stand, at most 20. */
  readonly finalBooks: () => Record<string, BookRepair.FinalBook>
  /** False when no connection ever stood. */
  readonly everConnected: () => boolean
  /** Why a connection failed or ended last, with the host. */
  readonly lastError: () => string | undefined
}

type Item =
  | ChannelItem
  | { readonly kind: "second" }
  | { readonly kind: "unfollowed"; readonly gaps: ReadonlyArray<FeedStatus> }
  | {
    readonly kind: "rest"
    readonly purpose: Purpose
    readonly askedAt: number
    readonly books: ReadonlyArray<BookSnapshotMessage>
  }

/** Why REST is asked: for hash constants, for books to replace ours, or whether silence is a fault. */
type Purpose = "constants" | "heal" | "witness"

/** Least time between two replacements of one socket for stale data, ms. */
const replaceEvery = 30_000

/** Most assets of a suddenly silent socket that are asked about at once. */
const sample = 50

/** Longest part of a malformed frame that is logged, characters. */
const longestSample = 2_048

interface SocketLife {
  readonly rate: Liveness.FrameRate
  replacedAt: number
}

/** Makes the source; it lives as long as the scope. */
export const make = (options: {
  /** The market channel's URL. */
  readonly url: string
  readonly markets: ReadonlyArray<Market>
  /** Check the hash of every group instead of one a second per asset. */
  readonly verifyBooks: boolean
}): Effect.Effect<ClobMarketIngestor, never, Clob | Scope.Scope> =>
  Effect.gen(function*() {
    const clob = yield* Clob
    const scope = yield* Scope.Scope
    const now = yield* SteadyClock.make
    const outlet = makeOutlet<Item>(capacity)
    const channel = yield* makeMarketChannel(outlet, options.url)
    const books = ClobBooks.make({ verifyBooks: options.verifyBooks })
    const scanner = makeScanner()
    const suspects: Liveness.Suspects = new Map()
    const lives = new Map<ChannelSocket, SocketLife>()
    /** When assets without a first book were last asked for, and when REST was last asked about silence. */
    const wantedAt = new Map<AssetId, number>()
    let askedAt = Number.NEGATIVE_INFINITY
    let openSockets = 0
    let unknownTypes = 0
    let malformed = 0
    let badFrame: string | undefined

    const ask = (purpose: Purpose, assetIds: ReadonlyArray<AssetId>): void => {
      if (assetIds.length > 0) questions.push({ purpose, assetIds })
    }
    const questions: Array<{ readonly purpose: Purpose; readonly assetIds: ReadonlyArray<AssetId> }> = []

    const lifeOf = (socket: ChannelSocket): SocketLife => {
      let life = lives.get(socket)
      if (life === undefined) {
        lives.set(socket, life = { rate: Liveness.makeRate(now()), replacedAt: Number.NEGATIVE_INFINITY })
      }
      return life
    }

    const onFrame = (socket: ChannelSocket, bytes: Buffer, at: number, out: Array<MarketEvent>): void => {
      const frame = decodeFrame(bytes, scanner)
      if (frame.text === undefined) Liveness.addFrame(lifeOf(socket).rate, at)
      unknownTypes += frame.unknownTypes
      if (frame.malformed.length > 0) {
        malformed += frame.malformed.length
        badFrame ??= `${frame.malformed[0]}: ${bytes.toString().slice(0, longestSample)}`
      }
      for (const message of frame.messages) ClobBooks.apply(books, message, at, out)
    }

    const onSocket = ({ item, socket }: ChannelItem, at: number, out: Array<MarketEvent>): void => {
      if (item.kind === "frame") return onFrame(socket, item.bytes, at, out)
      if (item.kind === "opened") {
        lives.set(socket, { rate: Liveness.makeRate(item.at), replacedAt: lifeOf(socket).replacedAt })
        for (const assetId of socket.assets) wantedAt.set(assetId, item.at)
        if (++openSockets === 1) out.push(status("connected", `socket ${socket.number}`))
        return
      }
      BookRepair.lose(books, socket.assets, item.from, item.reason, at, out)
      if (--openSockets === 0) out.push({ ...status("disconnected", item.reason), from: item.from, to: item.at })
    }

    const onRest = (
      { askedAt, books: answers, purpose }: Extract<Item, { readonly kind: "rest" }>,
      at: number,
      out: Array<MarketEvent>
    ): void => {
      for (const message of answers) {
        if (purpose === "heal") {
          const isFollowed = channel.socketOf(message.assetId)?.connection.isOpen() === true
          if (isFollowed) BookRepair.heal(books, message, askedAt, at, out)
        } else if (purpose === "constants") BookRepair.learnConstants(books, message, at)
        else if (BookRepair.isBehind(books, message)) suspects.set(message.assetId, { message, at })
        else if (BookRepair.agrees(books, message)) BookRepair.confirm(books, message.assetId, at, out)
      }
    }

    const onSecond = (at: number, out: Array<MarketEvent>): void => {
      BookRepair.settle(books, at, out)
      ask("heal", BookRepair.takeResyncs(books, at))
      const stale = Liveness.takeConvicted(suspects, (message) => BookRepair.isBehind(books, message), at)
      for (const assetId of stale) {
        BookRepair.markStale(books, assetId, at, out)
        const socket = channel.socketOf(assetId)
        if (socket === undefined || at - lifeOf(socket).replacedAt < replaceEvery) continue
        lifeOf(socket).replacedAt = at
        socket.connection.reconnect("its data had stopped")
      }
      askForFirstBooks(at)
      askAboutSilence(at)
    }

    const askForFirstBooks = (at: number): void => {
      const wanted: Array<AssetId> = []
      for (const asset of books.assets.values()) {
        if (asset.phase !== "absent" || channel.socketOf(asset.assetId)?.connection.isOpen() !== true) continue
        if (at - (wantedAt.get(asset.assetId) ?? at) < Liveness.firstBookWithin) continue
        wantedAt.set(asset.assetId, at)
        wanted.push(asset.assetId)
      }
      channel.resubscribe(wanted)
      ask("heal", wanted)
    }

    const askAboutSilence = (at: number): void => {
      if (at - askedAt < Liveness.askEvery) return
      const silent: Array<AssetId> = []
      for (const asset of books.assets.values()) {
        if (Liveness.isSilent(asset, at) && !suspects.has(asset.assetId)) silent.push(asset.assetId)
      }
      for (const socket of channel.sockets) {
        if (!socket.connection.isOpen() || !Liveness.isSuddenlySilent(lifeOf(socket).rate, at)) continue
        const recent = [...socket.assets].map((assetId) => books.assets.get(assetId))
          .filter((asset) => asset !== undefined && asset.phase === "live" && !Liveness.isSilent(asset, at))
          .sort((a, b) => (b?.heardAt ?? 0) - (a?.heardAt ?? 0))
        for (const asset of recent.slice(0, sample)) if (asset !== undefined) silent.push(asset.assetId)
      }
      if (silent.length === 0) return
      askedAt = at
      ask("witness", silent)
    }

    /** Everything that came together makes one batch; it arrived when its first frame did. */
    const handle = (items: ReadonlyArray<Item>): Batch => {
      const at = now()
      const events: Array<MarketEvent> = []
      let arrivedAt: number | undefined
      for (const item of items) {
        if (item.kind === "socket") {
          if (item.item.kind === "frame") arrivedAt ??= item.item.arrivedAt
          onSocket(item, at, events)
        } else if (item.kind === "rest") onRest(item, at, events)
        else if (item.kind === "unfollowed") events.push(...item.gaps)
        else onSecond(at, events)
      }
      return { events, arrivedAt: arrivedAt ?? performance.now() }
    }

    const answer = ({ assetIds, purpose }: (typeof questions)[number]) =>
      Effect.suspend(() => {
        const askedAt = now()
        return clob.books(assetIds).pipe(
          Effect.matchEffect({
            onSuccess: (found) => Effect.sync(() => outlet.push({ kind: "rest", purpose, askedAt, books: found })),
            onFailure: (error) => Effect.logWarning(`${error.message}; asked for ${assetIds.length} books`)
          })
        )
      })

    const seconds = Effect.gen(function*() {
      while (true) {
        for (const question of questions.splice(0)) yield* Effect.forkIn(answer(question), scope)
        if (badFrame !== undefined) {
          yield* Effect.logWarning(`clob: skipped what does not fit, ${malformed} so far; ${badFrame}`)
          badFrame = undefined
        }
        yield* Effect.sleep("1 second")
        outlet.push({ kind: "second" })
      }
    })

    const follow = Effect.fnUntraced(function*(markets: ReadonlyArray<Market>) {
      const fresh: Array<AssetId> = []
      for (const market of markets) {
        for (const { assetId } of market.outcomes) if (!books.assets.has(assetId)) fresh.push(assetId)
        ClobBooks.follow(books, market, now())
        for (const { assetId } of market.outcomes) {
          scanner.learn(market.conditionId, assetId)
          wantedAt.set(assetId, now())
        }
      }
      if (fresh.length === 0) return
      yield* channel.subscribe(fresh)
      yield* Effect.forkIn(answer({ purpose: "constants", assetIds: fresh }), scope)
    })

    const unfollow = (markets: ReadonlyArray<Market>) =>
      Effect.sync(() => {
        const assetIds = markets.flatMap(({ outcomes }) => outcomes.map(({ assetId }) => assetId))
        channel.unsubscribe(assetIds)
        const gaps: Array<FeedStatus> = []
        for (const assetId of assetIds) {
          const asset = books.assets.get(assetId)
          if (asset?.phase === "live") {
            gaps.push(AssetBook.status(asset, "gap", "not followed any more", asset.heardAt, now()))
          }
          ClobBooks.forget(books, assetId)
          suspects.delete(assetId)
          wantedAt.delete(assetId)
        }
        outlet.push({ kind: "unfollowed", gaps })
      })

    yield* follow(options.markets)
    yield* Effect.forkScoped(seconds)

    const connections = () => channel.sockets.reduce((sum, { connection }) => sum + connection.connections(), 0)
    return {
      name: AssetBook.source,
      batches: outlet.stream.pipe(Stream.mapArray((items) => [handle(items)])),
      follow,
      unfollow,
      books: () => books.counters,
      finalBooks: () => BookRepair.final(books),
      everConnected: () => connections() > 0,
      lastError: () =>
        channel.sockets.map(({ connection }) => connection.lastError()).find((error) => error !== undefined),
      stats: () => ({
        status: connections() === 0
          ? "connecting"
          : channel.sockets.every(({ connection }) => connection.isOpen())
          ? "connected"
          : "disconnected",
        reconnects: channel.sockets.reduce((sum, { connection }) => sum + Math.max(0, connection.connections() - 1), 0),
        gaps: books.counters.gaps,
        stale: books.counters.stale,
        unknownTypes,
        malformed,
        duplicates: books.counters.duplicates
      })
    }
  })

const status = (kind: "connected" | "disconnected", detail: string): FeedStatus => ({
  _tag: "FeedStatus",
  id: unstamped,
  time: 0,
  receivedAt: 0,
  source: AssetBook.source,
  feed: AssetBook.source,
  kind,
  detail
})
