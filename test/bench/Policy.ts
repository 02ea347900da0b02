/**
 * What an event costs the policies: the evaluator, closures in a list per asset, and json-rules-engine with an engine per asset, over the same events
 * and rules, which must fire equally often. The closures are measured twice: on whole numbers and places in lists, which is the least there is, and on
 * the events as the evaluator gets them. Each is a process of its own; they take turns.
 */
import { Effect } from "effect"
import type { Asked, Measured } from "./policy/Asked.ts"
import * as Process from "./Process.ts"
import { median, type Report, rounded, type Row } from "./Report.ts"

const runs = 3
const events = 400_000
/** The peer takes a hundred times as long. */
const eventsOfPeer = 20_000

const cases = [
  { name: "simple 100", rules: 100, isMix: false },
  { name: "simple 1000", rules: 1_000, isMix: false },
  { name: "simple 10000", rules: 10_000, isMix: false },
  { name: "mix 10000", rules: 10_000, isMix: true }
] as const

const rowOf = (name: string, role: Row["role"], all: ReadonlyArray<Measured>): Row => ({
  name,
  role,
  perSecond: Math.round(median(all.map(({ perSecond }) => perSecond))),
  cpuMicros: rounded(median(all.map(({ cpuMicros }) => cpuMicros)))
})

const agree = (name: string, one: Measured, other: Measured) =>
  one.firings === other.firings
    ? Effect.void
    : Effect.die(new Error(`${name}: ${one.firings} firings are not ${other.firings}`))

/** Runs the bench, about two minutes. */
export const policy: Effect.Effect<Report> = Effect.gen(function*() {
  const ours = yield* Process.start("./policy/ours.ts")
  const floor = yield* Process.start("./policy/floor.ts")
  const peer = yield* Process.start("./policy/peer.ts")
  const rows: Array<Row> = []
  const ratios: Record<string, number> = {}
  for (const { isMix, name, rules } of cases) {
    const asked: Asked = { rules, events, isMix }
    const few: Asked = { ...asked, events: eventsOfPeer }
    const turns: Array<readonly [Measured, Measured, Measured, Measured]> = []
    for (let run = 0; run < runs; run++) {
      const our = yield* ours.ask<Measured>(asked)
      const least = yield* floor.ask<Measured>(asked)
      const onEvents = yield* floor.ask<Measured>({ ...asked, isOfEvents: true })
      const other = yield* peer.ask<Measured>(few)
      yield* agree(`${name}, floor`, our, least)
      yield* agree(`${name}, floor on events`, our, onEvents)
      yield* agree(`${name}, peer`, yield* ours.ask<Measured>(few), other)
      turns.push([our, least, other, onEvents])
    }
    const of = (index: 0 | 1 | 2 | 3) => turns.map((turn) => turn[index])
    rows.push(
      rowOf(name, "ours", of(0)),
      rowOf(`${name} closures`, "floor", of(1)),
      rowOf(`${name} closures on events`, "floor", of(3)),
      rowOf(`${name} json-rules-engine`, "peer", of(2))
    )
    ratios[`${name}: time / closures`] = rounded(median(turns.map(([our, least]) => least.perSecond / our.perSecond)))
    ratios[`${name}: time / closures on events`] = rounded(
      median(turns.map(([our, , , onEvents]) => onEvents.perSecond / our.perSecond))
    )
  }
  return { name: "policy", rows, ratios }
}).pipe(Effect.scoped)
