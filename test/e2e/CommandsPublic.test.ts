import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Cmc from "../../src/client/coinmarketcap/Endpoints.ts"
import * as Clob from "../../src/client/polymarket/clob/PublicEndpoints.ts"
import * as Data from "../../src/client/polymarket/data/Endpoints.ts"
import * as Gamma from "../../src/client/polymarket/gamma/Endpoints.ts"
import { callsOf, commandsOf, run, venue, wordsOf } from "./Commands.ts"
import { simulate, start } from "./Program.ts"

const parse = (text: string): unknown => JSON.parse(text.trim().split("\n")[0] ?? "")

/** Rows of an answer, wherever they are. */
const rowsOf = (answer: unknown): number => {
  if (Array.isArray(answer)) return answer.length
  const list = Object.values(answer as object).find(Array.isArray)
  return list === undefined ? 1 : list.length
}

/** Ids of things that are not named like the market's. */
const special: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "events get": { id: "30001" },
  "events tags": { id: "30001" },
  "events slug": { slug: "simulated-event-1" },
  "tags get": { id: "235" },
  "series get": { id: "10192" },
  "series summary": { id: "10192" },
  price: { side: "BUY" }
}

/** What a fresh simulator knows nothing of. */
const empty = new Set([
  "comments get",
  "rebates-current",
  "builder-trades",
  "positions",
  "trades",
  "activity",
  "activity-combos",
  "holders",
  "builders",
  "positions-v1",
  "trades-v1",
  "activity-v1",
  "closed-positions-v1"
])

const everyCall = (group: string, module: object, others: ReadonlyArray<string> = []) =>
  Effect.gen(function*() {
    const { file, ids } = yield* venue()
    const known = new Set(callsOf(module).map(({ name }) => `${group} ${name}`))
    assert.sameMembers(commandsOf(group).filter((name) => !others.includes(name)), [...known])
    for (const call of callsOf(module)) {
      const words = wordsOf(call, {
        ...ids,
        ...(call.name.startsWith("tags ") ? { id: "235", slug: "bitcoin" } : {}),
        ...(group === "clob" && call.name === "prices-history" ? { market: ids["token"] ?? "" } : {}),
        ...special[call.name]
      })
      const flags = group === "cmc" && ["info", "quotes", "convert"].includes(call.name) ? ["--id", "1"] : []
      const both = yield* Effect.forEach([["--json"], []], (more) =>
        run([group, ...words, ...flags, "--endpoints", file, ...more], { CMC_API_KEY: "some-key" }))
      for (const { code, stderr } of both) {
        assert.strictEqual(code, 0, `${group} ${words.join(" ")}: ${stderr}`)
      }
      const answer = parse(both[0]?.stdout ?? "")
      if (!empty.has(call.name)) {
        assert.isAbove(rowsOf(answer), 0, `${group} ${words.join(" ")}`)
      }
      assert.notStrictEqual(both[1]?.stdout.trim(), "")
    }
  }).pipe(Effect.scoped)

describe("commands of the public APIs", () => {
  it.live("gamma: every command answers as JSON and as a table", () => everyCall("gamma", Gamma))
  it.live("data: every command answers as JSON and as a table", () => everyCall("data", Data))
  it.live("cmc: every command answers as JSON and as a table", () => everyCall("cmc", Cmc))
  it.live("clob: every public command answers as JSON and as a table", () =>
    everyCall(
      "clob",
      Clob,
      commandsOf("clob").filter((name) => !callsOf(Clob).some((call) => name === `clob ${call.name}`))
    ))

  it.live("follows pages, and says 1 for a no, 69 for nobody there, 2 for wrong use", () =>
    Effect.gen(function*() {
      const { file, ids } = yield* venue()
      const pages = yield* run([
        "gamma",
        "markets",
        "list",
        "--limit",
        "3",
        "--pages",
        "5",
        "--endpoints",
        file,
        "--json"
      ])
      assert.strictEqual(pages.stdout.trim().split("\n").length, 3)
      assert.strictEqual((yield* run(["clob", "book", "1", "--endpoints", file])).code, 1)
      assert.strictEqual((yield* run(["clob", "book", "--endpoints", file])).code, 2)
      assert.strictEqual((yield* run(["cmc", "quotes", "--id", "1", "--endpoints", file])).code, 2)
      assert.strictEqual(
        (yield* run(["cmc", "quotes", "--id", "1", "--endpoints", file], { CMC_API_KEY: "invalid" })).code,
        1
      )
      const dear = yield* run(["cmc", "listings", "--limit", "5000", "--credits", "3", "--endpoints", file], {
        CMC_API_KEY: "k"
      })
      assert.strictEqual(dear.code, 69)
      assert.strictEqual((yield* run(["clob", "spread", ids["token"] ?? "", "--endpoints", "/nowhere"])).code, 2)
    }).pipe(Effect.scoped))

  it.live("does the same as a process, and prints completions for bash", () =>
    Effect.gen(function*() {
      const sim = yield* simulate("--markets", "4")
      const [listed, refused, completions] = yield* Effect.all([
        start("gamma", "markets", "list", "--limit", "2", "--json", "--endpoints", sim.file),
        start("clob", "book", "1", "--endpoints", sim.file),
        start("--completions", "bash")
      ])
      assert.strictEqual(yield* listed.exit(), 0, listed.stderr())
      assert.strictEqual((JSON.parse(listed.stdout()) as { markets: ReadonlyArray<unknown> }).markets.length, 2)
      assert.strictEqual(yield* refused.exit(), 1)
      assert.include(refused.stderr(), "404")
      assert.strictEqual(yield* completions.exit(), 0)
      assert.include(completions.stdout(), "complete ")
      assert.include(completions.stdout(), "clob")
    }).pipe(Effect.scoped))
})
