/** Ten simulated minutes of pollers at a host that answers badly, is down for a while, and comes back. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Schedule } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import * as Http from "../../src/client/Http.ts"
import * as PublishedLimits from "../../src/client/polymarket/PublishedLimits.ts"
import { randomOf } from "./Wounds.ts"

const minute = 60_000
const outage = { from: 4 * minute, to: 6 * minute }
const end = 10 * minute

interface Sent {
  readonly at: number
  readonly path: string
  readonly call: string
  readonly kind: string
  /** What the answer asked to wait, ms. */
  readonly after?: number
}

const paths = ["/markets/keyset", "/events/keyset", "/tags", "/public-search", "/series"]

describe("pollers", () => {
  it.effect(
    "ING-6 keep to half of each limit, to Retry-After, and off a host that is down",
    () =>
      Effect.gen(function*() {
        const random = randomOf(11)
        const clock = yield* Clock.Clock
        const sent: Array<Sent> = []
        const answered: Array<{ readonly at: number; readonly isFine: boolean }> = []
        const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) => ({
          status,
          body,
          headers
        })
        const venue = HttpClient.make((request, url) =>
          Effect.gen(function*() {
            const at = clock.currentTimeMillisUnsafe()
            const down = at >= outage.from && at < outage.to
            const dice = down ? 99 : random(100)
            const seconds = 1 + random(3)
            const [kind, reply, delay] = dice < 70
              ? ["fine", answer(200, "1"), 20]
              : dice < 78
              ? ["429 with Retry-After", answer(429, "{}", { "retry-after": String(seconds) }), 20]
              : dice < 84
              ? ["429", answer(429, "slow down"), 20]
              : dice < 90
              ? ["HTML", answer(200, "<html>Just a moment...</html>"), 20]
              : dice < 94
              ? ["slow", answer(200, "1"), 1_000 * (1 + random(6))]
              : ["5xx", answer(500 + random(5), "<html>"), 20]
            sent.push({
              at,
              path: url.pathname,
              call: url.searchParams.get("call") ?? "",
              kind,
              ...(kind === "429 with Retry-After" ? { after: seconds * 1_000 } : {})
            })
            yield* Effect.sleep(delay)
            answered.push({ at: clock.currentTimeMillisUnsafe(), isFine: reply.status === 200 })
            return HttpClientResponse.fromWeb(request, new Response(reply.body, reply))
          })
        )
        const http = yield* Http.make({ baseUrl: "http://venue", limits: PublishedLimits.gamma }).pipe(
          Effect.provideService(HttpClient.HttpClient, venue)
        )
        let calls = 0
        const poll = (path: string) =>
          Effect.suspend(() => http.get(path, [["call", String(calls++)]])).pipe(
            Effect.exit,
            Effect.repeat(Schedule.spaced("50 millis"))
          )
        yield* Effect.forEach(paths.flatMap((path) => Array.from({ length: 8 }, () => path)), poll, {
          concurrency: "unbounded",
          discard: true
        }).pipe(Effect.forkChild)
        for (let at = 0; at < end; at += 250) yield* TestClock.adjust(250)

        for (const limit of PublishedLimits.gamma) {
          const times = sent.filter(({ path }) => limit.covers("GET", path)).map(({ at }) => at)
          let first = 0
          for (let last = 0; last < times.length; last++) {
            while ((times[last] as number) - (times[first] as number) >= limit.window) first++
            assert.isAtMost(last - first + 1, limit.requests / 2, limit.name)
          }
        }
        const kinds = new Set(sent.map(({ kind }) => kind))
        assert.deepStrictEqual([...kinds].sort(), ["429", "429 with Retry-After", "5xx", "HTML", "fine", "slow"])
        const markets = sent.filter(({ path }) => path.startsWith("/markets")).length
        assert.isAbove(markets, 1_000, "the limits were reached for")

        let kept = 0
        for (const [index, { after, at, call }] of sent.entries()) {
          if (after === undefined) continue
          const again = sent.slice(index + 1).find((later) => later.call === call)
          if (again === undefined) continue
          kept++
          assert.isAtLeast(again.at - at, after)
        }
        assert.isAbove(kept, 50)

        const probes = sent.filter(({ at }) => at >= outage.from + 5_000 && at < outage.to)
        assert.isAbove(probes.length, 10)
        for (let index = 1; index < probes.length; index++) {
          assert.isAtLeast((probes[index] as Sent).at - (probes[index - 1] as Sent).at, 2_000, "one probe at a time")
        }
        const healthy = answered.find(({ at, isFine }) => at >= outage.to && isFine)
        assert.isAtMost((healthy?.at ?? end) - outage.to, 5_000)
        const busy = sent.filter(({ at }) => at >= outage.to && at < outage.to + 10_000)
        assert.isAbove(busy.length, 50, "open again for everybody")
      }).pipe(Effect.scoped),
    60_000
  )
})
