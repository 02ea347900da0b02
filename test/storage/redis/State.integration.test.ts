import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Redis } from "ioredis"
import { Dispatcher } from "../../../src/engine/Dispatcher.ts"
import { EventClock } from "../../../src/engine/EventClock.ts"
import { boundAfter } from "../../../src/engine/EventId.ts"
import { StateManager } from "../../../src/engine/StateManager.ts"
import { Workers } from "../../../src/engine/Workers.ts"
import { Settings } from "../../../src/Settings.ts"
import * as StateMirror from "../../../src/storage/redis/StateMirror.ts"
import * as StateReplica from "../../../src/storage/redis/StateReplica.ts"
import { asset, eventually, expected, round, stateManagerSuite, view, wallet } from "../../suites/stateManagerSuite.ts"
import { isInstalled, type Server, server } from "./server.ts"

class TestRedis
  extends Context.Service<TestRedis, Server>()("polymarket-hft/test/storage/redis/State.integration.test/TestRedis")
{}

const base = Layer.provideMerge(
  Dispatcher.layer,
  Layer.mergeAll(
    Workers.layer,
    EventClock.layer({ instance: 0, after: boundAfter(undefined) }),
    Settings.layerDefault
  )
)

stateManagerSuite("in this process", StateManager.layer.pipe(Layer.provideMerge(base)))

/** A writer and a reader that share nothing but Redis. */
const through = Layer.unwrap(
  Effect.map(TestRedis, ({ url }) =>
    StateMirror.layer(url).pipe(
      Layer.provideMerge(base),
      Layer.merge(StateReplica.layer(url))
    ))
).pipe(Layer.provideMerge(Layer.effect(TestRedis, server)))

const publish = Effect.fnUntraced(function*(turn: number) {
  const dispatcher = yield* Dispatcher
  for (let index = 0; index < 20; index++) {
    dispatcher.publish({ events: round(index, turn), arrivedAt: performance.now() })
  }
})

const agrees = Effect.fnUntraced(function*(turn: number, patience?: number) {
  const state = yield* StateManager
  yield* eventually(() => {
    for (let index = 0; index < 20; index++) {
      assert.deepStrictEqual(view(state, wallet, asset(index)), expected(turn) as never)
    }
  }, patience)
})

const admin = Effect.acquireRelease(
  Effect.map(TestRedis, ({ port }) => new Redis(port, "127.0.0.1")),
  (connection) => Effect.sync(() => connection.disconnect())
)

// Nowhere else may it be missing.
describe.skipIf(!isInstalled && process.env["CI"] !== "true")("State (Redis)", () => {
  stateManagerSuite("through Redis", Layer.fresh(through))

  it.layer(Layer.fresh(through), { excludeTestServices: true, timeout: "60 seconds" })("a Redis", (it) => {
    it.effect("STA-2 every key lives 15 minutes at most, by the names that are promised", () =>
      Effect.gen(function*() {
        yield* publish(1)
        yield* agrees(1)
        const redis = yield* admin
        const keys = (yield* Effect.promise(() => redis.keys("*"))).toSorted()
        assert.strictEqual(keys.length, 20 + 10 + 20 + 1)
        for (const key of keys) {
          const ttl = yield* Effect.promise(() => redis.pttl(key))
          assert.isTrue(ttl > 0 && ttl <= 900_000, `${key} ${ttl}`)
        }
        assert.strictEqual(yield* Effect.promise(() => redis.exists(`polymarket:price:${asset(0)}`)), 1)
        assert.strictEqual(yield* Effect.promise(() => redis.exists(`polymarket:position:${wallet}:${asset(0)}`)), 1)
        const book = `polymarket:orderbook:0x${"0".repeat(64)}`
        assert.deepStrictEqual((yield* Effect.promise(() => redis.hkeys(book))).toSorted(), [asset(0), asset(1)])
      }), 30_000)

    it.effect(
      "STA-4 what others wrote there is overwritten, harms nothing and is not believed",
      () =>
        Effect.gen(function*() {
          const redis = yield* admin
          const state = yield* StateManager
          const future = "{\"version\":9007199254740991,\"value\":{}}"
          yield* Effect.promise(async () => {
            await redis.del(`polymarket:price:${asset(0)}`)
            await redis.hset(`polymarket:price:${asset(0)}`, "a", "b")
            await redis.set(`polymarket:price:${asset(1)}`, future)
            await redis.set(`polymarket:price:${asset(2)}`, "x".repeat(3_000_000))
            await redis.set(`polymarket:price:${asset(50)}`, `{"version":5,"value":{"_tag":"PriceUpdate"}}`)
            await redis.hset(`polymarket:orderbook:0x${"0".repeat(64)}`, "__proto__", "{}", asset(0), "[]")
            await redis.set("polymarket:sequence", "many")
            await redis.publish("polymarket:state", "{\"sequence\":1e99,\"key\":\"__proto__\"}")
          })
          yield* publish(2)
          yield* agrees(2)
          assert.isUndefined(state.price(asset(50)))
          assert.strictEqual(({} as { readonly sequence?: number }).sequence, undefined)
          // An older version changes nothing.
          const key = `polymarket:price:${asset(5)}`
          const before = yield* Effect.promise(() => redis.get(key))
          const kept = yield* Effect.promise(() =>
            redis.fcall("polymarket_set", 2, key, "polymarket:sequence", 1, 900_000, "", "polymarket:state", "{}")
          )
          assert.strictEqual(kept, 0)
          assert.strictEqual(yield* Effect.promise(() => redis.get(key)), before)
        }),
      30_000
    )

    it.effect("STA-3 a subscriber whose connection was killed heals within five seconds", () =>
      Effect.gen(function*() {
        const redis = yield* admin
        yield* Effect.promise(() => redis.call("CLIENT", "KILL", "TYPE", "pubsub"))
        yield* publish(3)
        yield* agrees(3, 5_000)
      }), 30_000)

    it.effect("STA-3 a message that got lost on the way is noticed without another one", () =>
      Effect.gen(function*() {
        const redis = yield* admin
        const state = yield* StateManager
        const { price, source, value } = { price: "0.777", source: "clob", value: state.price(asset(7)) }
        if (value === undefined) return assert.fail("nothing is known")
        // Written by somebody who does not publish.
        const text = JSON.stringify({ version: value.id + 1, value: { ...value, id: value.id + 1, price, source } })
        yield* Effect.promise(() =>
          redis.multi().set(`polymarket:price:${asset(7)}`, text, "PX", 900_000).incr("polymarket:sequence").exec()
        )
        yield* eventually(() => assert.strictEqual(state.price(asset(7))?.price, price as never), 5_000)
      }), 30_000)

    it.effect(
      "STA-1 a Redis that stands still or dies is survived, and knows everything again when it is back",
      () =>
        Effect.gen(function*() {
          const redis = yield* TestRedis
          const state = yield* StateManager
          yield* redis.pause
          yield* publish(4)
          // Nobody claims to know what he cannot.
          yield* eventually(() => assert.isUndefined(state.price(asset(0))))
          yield* redis.resume
          yield* agrees(4)
          yield* redis.kill
          yield* publish(5)
          yield* eventually(() => assert.isUndefined(state.price(asset(0))))
          yield* redis.start
          yield* agrees(5)
        }),
      60_000
    )
  })
})
