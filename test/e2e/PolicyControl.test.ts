import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { existsSync, statSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import * as ControlSocket from "../../src/api/ControlSocket.ts"
import { Explanation } from "../../src/engine/policy/Explanation.ts"
import { journaled } from "./DataFolder.ts"
import { eventually, folder, start } from "./Program.ts"

const policies = `policies:
  - id: always
    cooldown: 1s
    conditions: { field: price, operator: ">", value: 0 }
    actions: [{ type: notification, channel: console, template: "{{ event.price }}" }]
  - id: never
    conditions: { field: price, operator: ">", value: 2 }
    actions: [{ type: notification, channel: console, template: "{{ event.price }}" }]
`

const decode = Schema.decodeUnknownSync(Explanation)

/** Sends raw bytes to the socket; the status line that comes back. */
const raw = (path: string, text: string) =>
  Effect.callback<string>((resume) => {
    const socket = connect(path)
    let answer = ""
    socket.on("data", (data) => (answer += String(data)))
    socket.on("error", () => undefined)
    socket.on("close", () => resume(Effect.succeed(answer.split("\r\n")[0] ?? "")))
    socket.end(text)
    return Effect.sync(() => void socket.destroy())
  })

describe("The control of a running engine", () => {
  it.live(
    "POL-3 CRS-1 says why, turns policies off and on, for this user alone; off outlives kill -9",
    () =>
      Effect.gen(function*() {
        const at = yield* folder
        const data = join(at, "data")
        const socket = join(data, "engine.sock")
        writeFileSync(join(at, "two.yaml"), policies)
        const policy = (...args: ReadonlyArray<string>) =>
          Effect.scoped(Effect.gen(function*() {
            const program = yield* start("policy", ...args, "--data", data)
            const code = yield* program.exit()
            return { code, text: `${program.stdout()}${program.stderr()}` }
          }))
        const ask = <A, E>(run: Parameters<typeof ControlSocket.withClient<A, E>>[1]) =>
          Effect.orDie(ControlSocket.withClient(data, run))
        const begin = Effect.gen(function*() {
          const program = yield* start("run", "--sim", "--data", data, "--policies", at)
          yield* program.line("stderr", (line) => line.includes("following"))
          return program
        })

        const revisionThen = yield* Effect.gen(function*() {
          const program = yield* begin
          assert.strictEqual(statSync(socket).mode & 0o777, 0o600)
          yield* program.line("stderr", (line) => line.includes("0."))
          const [never, rehearsed, spoken, off] = yield* Effect.all([
            policy("why", "never", "--json"),
            policy("fire", "never", "--dry-run", "--json"),
            policy("fire", "never"),
            policy("disable", "always", "--reason", "too loud")
          ], { concurrency: 2 })
          const { actions } = JSON.parse(rehearsed.text) as { actions: ReadonlyArray<Record<string, unknown>> }
          assert.deepStrictEqual(actions.map(({ type }) => type), ["notification"])
          assert.match(JSON.stringify(actions), /"0\.\d+"/)
          assert.strictEqual(spoken.code, 2)
          const unknown = yield* ask((api) => Effect.flip(api.policies.why({ params: { id: "nevr" }, query: {} })))
          const explanation = decode(JSON.parse(never.text))
          assert.deepStrictEqual([explanation.policy, explanation.verdict], ["never", "false"])
          assert.deepInclude(unknown, { _tag: "UnknownPolicy", nearest: "never" })
          assert.strictEqual(off.code, 0)
          const large = "x".repeat(70_000)
          assert.match(
            yield* raw(
              socket,
              `POST /policies/never/disable HTTP/1.1\r\nhost: e\r\nconnection: close\r\ncontent-type: application/json\r\n` +
                `content-length: ${large.length}\r\n\r\n${large}`
            ),
            /^HTTP\/1\.1 4\d\d/
          )
          yield* program.kill("SIGKILL")
          yield* program.exit()
          return explanation.revision
        }).pipe(Effect.scoped)

        const fired = journaled(data).findLast((record) => record._tag === "Audit" && record.kind === "firing")
        assert.isTrue(fired?._tag === "Audit" && fired.payload.includes("\"verdict\":\"fired\""))
        assert.isFalse(journaled(data).some((record) => record._tag === "Firing" && record.policyId === "never"))
        const { correlationId } = fired as { readonly correlationId: string }
        const firingRecord = journaled(data).find((record) =>
          record._tag === "Firing" && record.firingId === correlationId
        )
        const receivedAt = firingRecord?._tag === "Firing" ? firingRecord.receivedAt : 0
        const then = new Date(receivedAt).toISOString()
        const [absent, listed, firing, fireThen] = yield* Effect.all([
          policy("enable", "always"),
          policy("list", "--json", "--policies", at),
          policy("why", "--json", "--firing", correlationId),
          policy("why", "always", "--json", "--at", then, "--policies", at)
        ], { concurrency: 2 })
        assert.strictEqual(decode(JSON.parse(fireThen.text)).firingId, correlationId)
        assert.match(listed.text, /"policy":"always","name":"always","enabled":false,"state":"off by [^:"]+: too loud"/)
        assert.strictEqual(absent.code, 69)
        assert.strictEqual(decode(JSON.parse(firing.text)).verdict, "fired")
        assert.isTrue(existsSync(socket))

        yield* Effect.gen(function*() {
          const program = yield* begin
          const before = journaled(data).filter(({ _tag }) => _tag === "Firing").length
          const rows = yield* ask((api) => api.policies.list())
          assert.deepStrictEqual(rows.map((row) => [row.policy, row.isOn]), [["always", false], ["never", true]])
          assert.strictEqual(rows[0]?.off?.reason, "too loud")
          assert.isAbove(rows[0]?.firingsToday ?? 0, 0)
          assert.strictEqual(journaled(data).filter(({ _tag }) => _tag === "Firing").length, before)
          const turn = { params: { id: "always" }, payload: { actor: "test", reason: "" } }
          assert.isTrue((yield* ask((api) => api.policies.enable(turn))).hasChanged)
          assert.isFalse((yield* ask((api) => api.policies.enable(turn))).hasChanged)
          yield* eventually(
            "a firing after the policy was turned on",
            Effect.sync(() => journaled(data).filter(({ _tag }) => _tag === "Firing").length),
            (count) => count > before,
            10
          )
          yield* program.kill("SIGTERM")
          assert.strictEqual(yield* program.exit(), 0)
          assert.isFalse(existsSync(socket))
        }).pipe(Effect.scoped)

        // The events that the killed engine had only spooled are in the archive by now; the policy is another one.
        writeFileSync(join(at, "two.yaml"), policies.replace("value: 2", "value: 3"))
        const silence = yield* policy("why", "never", "--json", "--at", then, "--policies", at)
        const silent = decode(JSON.parse(silence.text))
        assert.deepStrictEqual([silent.policy, silent.verdict, silent.inForceThen], ["never", "false", {
          revision: revisionThen
        }])
        assert.notStrictEqual(silent.revision, revisionThen)
        const before = receivedAt - Date.parse(silent.at)
        assert.isTrue(before >= 0 && before < 1_000, silent.at)
        assert.deepInclude(silent.conditions, { kind: "condition", truth: "false" })
        assert.isAbove(Number(silent.conditions?.found?.value), 0)
      }),
    60_000
  )
})
