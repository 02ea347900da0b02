import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as YAML from "yaml"
import { Fault, HttpFault, SocketFault, Timetable, VenueFault } from "../../../src/simulator/faults/Fault.ts"
import * as FaultText from "../../../src/simulator/faults/FaultText.ts"

const isFault = Schema.is(Fault)

describe("faults as people write them", () => {
  it.prop("any fault reads back from its JSON, as text and as an object", [Schema.Union(Fault.members)], ([fault]) => {
    const text = JSON.stringify(fault)
    for (const read of [FaultText.parse(text), FaultText.decode(JSON.parse(text))]) {
      assert.deepStrictEqual(Result.getOrThrow(read) as unknown, JSON.parse(text))
    }
  })

  it("words mean the same as JSON", () => {
    const pairs: ReadonlyArray<readonly [string, unknown]> = [
      [
        "lose-reply on=clob method=POST path=/order probability=0.3 times=5",
        { fault: "lose-reply", on: "clob", method: "POST", path: "/order", probability: 0.3, times: 5 }
      ],
      [
        "silence on=market,user pong=false assets=123,456 forMs=1000",
        { fault: "silence", on: ["market", "user"], pong: false, assets: ["123", "456"], forMs: 1_000 }
      ],
      ["reset on=rtds connection=2 point=frame", { fault: "reset", on: "rtds", connection: 2, point: "frame" }],
      ["  drop   on=sockets  id=7 ", { fault: "drop", on: "sockets", id: "7" }],
      ["down forMs=500", { fault: "down", forMs: 500 }],
      ["lag byMs=10000", { fault: "lag", byMs: 10_000 }]
    ]
    for (const [words, fault] of pairs) {
      assert.deepStrictEqual(Result.getOrThrow(FaultText.parse(words)) as unknown, fault)
      assert.deepStrictEqual(Result.getOrThrow(FaultText.parse(JSON.stringify(fault))) as unknown, fault)
      assert.isTrue(isFault(fault))
    }
  })

  it("what is no fault is refused: unknown names and fields, faults of other surfaces, numbers out of range, no text at all", () => {
    for (
      const text of [
        "",
        "{",
        "[]",
        "{\"on\":\"clob\"}",
        "explode on=clob",
        "drop",
        "drop on=clob",
        "status on=market status=500",
        "lose-reply on=clob pathh=/order",
        "drop on=market probability=1.1",
        "drop on=market times=0",
        "late on=clob",
        "lose-reply clob",
        "reset on=market point=body",
        "slow on=clob bytesPerSecond=-1",
        "forget on=gamma"
      ]
    ) assert.isTrue(Result.isFailure(FaultText.parse(text)), text)
  })

  it("a scenario lists them with the time at which each begins", () => {
    const list = YAML.parse(`
- { at: 5s, fault: reset, on: clob, point: body, times: 1 }
- { at: 1m, fault: reorder, on: market, window: 50, probability: 0.2 }
`)
    const read = Schema.decodeUnknownSync(Timetable, { onExcessProperty: "error" })(list)
    assert.deepStrictEqual(read.map(({ at, fault }) => [at, fault]), [[5_000, "reset"], [60_000, "reorder"]])
    assert.throws(() => Schema.decodeUnknownSync(Timetable)([{ fault: "drop", on: "market" }]))
  })

  it("every name of a fault is known", () => {
    const all = [...HttpFault.members, ...SocketFault.members, ...VenueFault.members].map(({ fields }) =>
      fields.fault.literal
    )
    assert.deepStrictEqual([...FaultText.names].sort(), [...new Set(all)].sort())
  })
})
