import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Http from "../../../src/client/Http.ts"
import { Clob } from "../../../src/client/polymarket/Clob.ts"
import type { AssetId } from "../../../src/domain/Asset.ts"
import type { ConditionId, Market } from "../../../src/domain/Market.ts"
import type { Size } from "../../../src/domain/Size.ts"
import * as ClobMarketIngestor from "../../../src/engine/ingestor/ClobMarketIngestor.ts"
import type { MarketEvent } from "../../../src/engine/MarketEvent.ts"
import { serveHttp } from "../../client/HttpServer.ts"
import { serve } from "../../client/SocketServer.ts"
import { market, no, VenueModel, yes } from "./VenueModel.ts"

const followed: Market = {
  conditionId: market as ConditionId,
  slug: "test",
  question: "Test?",
  outcomes: [{ name: "Yes", assetId: yes as AssetId }, { name: "No", assetId: no as AssetId }],
  tickSize: 10_000,
  minimumSize: 5_000_000 as Size,
  negativeRisk: false,
  version: "v1",
  status: "open"
}

/** Lets real sockets do their work for a moment of real time. */
const breathe = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))

/** Passes virtual time until it is so, at most `seconds` of it; tells how much it took. */
const pass = Effect.fnUntraced(function*(seconds: number, isSo: () => boolean) {
  for (let second = 0; second <= seconds; second++) {
    for (let moment = 0; moment < 5; moment++) {
      if (isSo()) return second
      yield* breathe
    }
    yield* TestClock.adjust("1 second")
  }
  return assert.fail(`not within ${seconds} s`)
})

/** A venue on loopback with an ingestor that follows it. `isFrozen` stops data, not the answers to PING. */
const setUp = Effect.gen(function*() {
  const model = new VenueModel()
  const state = { isFrozen: false, isDumping: true, isRestDown: false }
  const sockets = yield* serve((socket, text) => {
    if (text === "PING") return socket.send("PONG")
    const request = JSON.parse(text) as { type?: string; operation?: string }
    if ((request.type === "market" || request.operation === "subscribe") && state.isDumping) {
      socket.send(JSON.stringify(model.dump()))
    }
  })
  const rest = yield* serveHttp(({ body }) =>
    state.isRestDown ? { status: 400, body: {} } : {
      body: (JSON.parse(body) as ReadonlyArray<{ token_id: string }>).map(({ token_id }) => model.summary(token_id))
    }
  )
  const clob = yield* Effect.provide(Clob, Clob.layer(rest.url))
  const ingestor = yield* ClobMarketIngestor.make({ url: sockets.url, markets: [followed], verifyBooks: true }).pipe(
    Effect.provideService(Clob, clob)
  )
  const events: Array<MarketEvent> = []
  const running = yield* Effect.forkScoped(
    Stream.runForEach(ingestor.batches, (batch) => Effect.sync(() => void events.push(...batch.events)))
  )
  const broadcast = (messages: ReadonlyArray<object>) => {
    if (state.isFrozen) return
    for (const socket of sockets.sockets) for (const message of messages) socket.send(JSON.stringify(message))
  }
  const kinds = () => events.flatMap((event) => event._tag === "FeedStatus" ? [event.kind] : [])
  const isEqual = () => {
    const final = ingestor.finalBooks()
    return [yes, no].every((token) => final[token]?.hash === model.summary(token)["hash"])
  }
  return { model, state, sockets, rest, ingestor, events, running, broadcast, kinds, isEqual }
})

describe("ClobMarketIngestor", () => {
  it.effect("ING-1 ING-3 follows the venue through a lost connection", () =>
    Effect.gen(function*() {
      const { broadcast, events, ingestor, isEqual, kinds, model, sockets } = yield* setUp
      yield* pass(3, isEqual)
      broadcast(model.change([10, 11], 5).messages)
      broadcast(model.trade(3, 5).messages)
      yield* pass(3, isEqual)
      assert.deepStrictEqual(kinds(), ["connected"])
      model.change([12, 16], 5)
      for (const socket of sockets.sockets) socket.terminate()
      yield* pass(3, () => isEqual() && kinds().includes("resynced"))
      assert.deepStrictEqual(kinds(), ["connected", "gap", "gap", "disconnected", "connected", "resynced", "resynced"])
      const { gaps, malformed, reconnects, status } = ingestor.stats()
      assert.deepStrictEqual({ gaps, malformed, reconnects, status }, {
        gaps: 2,
        malformed: 0,
        reconnects: 1,
        status: "connected"
      })
      assert.strictEqual(ingestor.books().mismatched, 0)
      assert.isTrue(events.some((event) => event._tag === "PriceUpdate"))
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))

  it.effect(
    "ING-2 a socket that answers PING but tells nothing is found out and replaced",
    () =>
      Effect.gen(function*() {
        const { ingestor, isEqual, kinds, model, sockets, state } = yield* setUp
        yield* pass(3, isEqual)
        state.isFrozen = true
        model.change([10, 14], 5)
        const noticed = yield* pass(45, () => kinds().includes("stale"))
        assert.isAtMost(noticed, 30)
        const healed = yield* pass(10, () => isEqual() && sockets.connections() === 2)
        assert.isAtMost(noticed + healed, 40)
        assert.isAbove(ingestor.stats().stale, 0)
      }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)),
    20_000
  )

  it.effect("ING-2 a busy socket that freezes is found out sooner", () =>
    Effect.gen(function*() {
      const { broadcast, isEqual, kinds, model, sockets, state } = yield* setUp
      yield* pass(3, isEqual)
      for (let index = 0; index < 100; index++) broadcast(model.change([index * 7, index * 13], 50).messages)
      yield* pass(3, isEqual)
      state.isFrozen = true
      model.change([10, 14], 5)
      assert.isAtMost(yield* pass(20, () => kinds().includes("stale")), 8)
      yield* pass(5, () => isEqual() && sockets.connections() === 2)
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)), 20_000)

  it.effect(
    "ING-2 a quiet market whose REST witness agrees is left alone, and so is one without a witness",
    () =>
      Effect.gen(function*() {
        const { isEqual, kinds, rest, sockets, state } = yield* setUp
        yield* pass(3, isEqual)
        const before = rest.seen.length
        for (let second = 0; second < 120; second++) {
          yield* TestClock.adjust("1 second")
          if (second % 5 === 0) yield* breathe
          if (second === 60) state.isRestDown = true
        }
        yield* breathe
        assert.isAbove(rest.seen.length, before + 3)
        assert.strictEqual(sockets.connections(), 1)
        assert.deepStrictEqual(kinds(), ["connected"])
      }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)),
    20_000
  )

  it.effect("an asset without a first book is subscribed again and read over REST", () =>
    Effect.gen(function*() {
      const { events, isEqual, sockets, state } = yield* setUp
      state.isDumping = false
      yield* pass(15, () => sockets.received.some(({ text }) => text.includes("\"operation\":\"subscribe\"")))
      yield* pass(3, isEqual)
      assert.isTrue(events.some((event) => event._tag === "OrderBookSnapshot"))
      assert.strictEqual(sockets.connections(), 1)
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)), 20_000)

  it.effect(
    "ING-3 ING-4 junk costs nothing but a count, and a lost message is healed over REST",
    () =>
      Effect.gen(function*() {
        const { broadcast, ingestor, isEqual, kinds, model, sockets } = yield* setUp
        yield* pass(3, isEqual)
        for (const socket of sockets.sockets) {
          for (const junk of ["{", "HELLO", "[[[]]]", "{\"event_type\":\"weather\"}", "INVALID OPERATION"]) {
            socket.send(junk)
          }
        }
        model.change([8], 5)
        broadcast(model.change([18], 5).messages)
        yield* pass(12, () => kinds().includes("gap"))
        yield* pass(8, () => isEqual() && kinds().includes("resynced"))
        const { malformed, reconnects, unknownTypes } = ingestor.stats()
        assert.deepStrictEqual({ malformed, reconnects, unknownTypes }, {
          malformed: 3,
          reconnects: 0,
          unknownTypes: 1
        })
      }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)),
    20_000
  )

  it.effect("a market that is not followed any more is told to be unknown from then on", () =>
    Effect.gen(function*() {
      const { broadcast, events, ingestor, isEqual, kinds, model, sockets } = yield* setUp
      yield* pass(3, isEqual)
      yield* ingestor.unfollow([followed])
      yield* pass(3, () => kinds().includes("gap"))
      assert.deepStrictEqual(kinds(), ["connected", "gap", "gap"])
      assert.deepStrictEqual(ingestor.finalBooks(), {})
      const before = events.length
      broadcast(model.change([10, 11], 5).messages)
      yield* pass(3, () => ingestor.books().foreign > 0 || sockets.sockets.size === 0)
      assert.strictEqual(events.length, before)
      yield* ingestor.follow([followed])
      yield* pass(15, isEqual)
      yield* ingestor.unfollow([followed])
      yield* ingestor.follow([followed])
      yield* pass(15, () => isEqual() && kinds().filter((kind) => kind === "gap").length === 4)
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)), 20_000)

  it.effect("tells when no connection ever stood, and why", () =>
    Effect.gen(function*() {
      const clob = yield* Effect.provide(Clob, Clob.layer("http://127.0.0.1:9"))
      const ingestor = yield* ClobMarketIngestor.make({
        url: "ws://127.0.0.1:9",
        markets: [followed],
        verifyBooks: false
      })
        .pipe(Effect.provideService(Clob, clob))
      const running = yield* Effect.forkScoped(Stream.runDrain(ingestor.batches))
      yield* pass(3, () => ingestor.lastError() !== undefined)
      assert.isFalse(ingestor.everConnected())
      assert.strictEqual(ingestor.stats().status, "connecting")
      assert.include(ingestor.lastError() ?? "", "ECONNREFUSED 127.0.0.1:9")
      yield* Fiber.interrupt(running)
    }).pipe(Effect.scoped, Effect.provide(Http.layerTransport)))
})
