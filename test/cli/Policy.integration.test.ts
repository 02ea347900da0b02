import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const policy = (args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resume) => {
    const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "policy", ...args], {
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (data) => (stdout += String(data)))
    child.stderr.on("data", (data) => (stderr += String(data)))
    child.on("exit", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "policies-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1)

const alert = `policies:
  - id: low
    cooldown: 1h
    conditions: { field: price, operator: crosses_below, value: 80000, asset: BTC }
    actions: [{ type: notification, channel: console, template: "low" }]
`

const test = (name: string, at: string) =>
  `tests:
  - name: ${name}
    events: [{ at: 0s, asset: BTC, price: 81000 }, { at: 1m, asset: BTC, price: 79000 }]
    expect: [{ at: ${at}, policy: low }]
`

describe("policy", () => {
  it.live(
    "test: ends with the counts, and with 1 on a failure, a file that does not load, and without a test",
    () =>
      Effect.gen(function*() {
        const path = yield* folder
        writeFileSync(join(path, "a.yaml"), alert + test("inside", "1m"))
        writeFileSync(join(path, "a.test.yaml"), test("beside", "1m"))
        const good = yield* policy(["test", path])
        assert.deepStrictEqual([good.code, lastLine(good.stdout)], [0, "2 passed, 0 failed"])
        writeFileSync(join(path, "a.test.yaml"), test("wrong", "2m"))
        const bad = yield* policy(["test", join(path, "a.yaml")])
        assert.deepStrictEqual([bad.code, lastLine(bad.stdout)], [1, "1 passed, 1 failed"])
        assert.match(bad.stdout, /a\.test\.yaml:2:5: wrong\n +expected: at 2m low\n +got: +at 1m low/)
        writeFileSync(join(path, "a.test.yaml"), test("beside", "1m").replace("expect", "expct"))
        const broken = yield* policy(["test", path])
        assert.deepStrictEqual([broken.code, lastLine(broken.stdout)], [1, "1 passed, 1 failed"])
        writeFileSync(join(path, "b.yaml"), alert)
        const none = yield* policy(["test", join(path, "b.yaml")])
        assert.deepStrictEqual([none.code, lastLine(none.stdout)], [1, "0 passed, 0 failed"])
      }),
    60_000
  )

  it.live("POL-5 check: every error of every file with its place, and 65", () =>
    Effect.gen(function*() {
      const path = yield* folder
      writeFileSync(join(path, "a.yaml"), alert.replace("price,", "prise,"))
      writeFileSync(join(path, "b.yaml"), alert.replace("cooldown", "cooldwn").replace("low", "other"))
      const bad = yield* policy(["check", path])
      assert.strictEqual(bad.code, 65)
      assert.match(bad.stderr, /a\.yaml:4:26: .*"price"/)
      assert.match(bad.stderr, /b\.yaml:3:5: .*"cooldown"/)
      symlinkSync(join(path, "a.yaml"), join(path, "c.yaml"))
      assert.notInclude((yield* policy(["check", path])).stderr, "c.yaml")
      const good = yield* policy(["check", "policies"])
      assert.strictEqual(good.code, 0)
    }), 60_000)

  it.live(
    "POL-5 check: what is wrong with policies hides nothing of the tests beside them",
    () =>
      Effect.gen(function*() {
        const path = yield* folder
        const [one, beside] = [join(path, "a.yaml"), join(path, "a.test.yaml")]
        writeFileSync(
          one,
          alert.replace("price,", "prise,") + test("inside", "1m").replace("policy: low", "policy: lov")
        )
        writeFileSync(beside, test("beside", "1m").replace("policy: low", "policy: lwo"))
        const lines = (text: string) => text.trimEnd().split("\n").map((line) => line.slice(path.length + 1))
        const bad = lines((yield* policy(["check", path])).stderr)
        assert.lengthOf(bad, 3)
        assert.match(String(bad[0]), /^a\.yaml:4:26: .*"price"/)
        assert.match(String(bad[1]), /^a\.yaml:9:32: .*"low"/)
        assert.match(String(bad[2]), /^a\.test\.yaml:4:32: .*"low"/)
        // Of which policies there are nothing is known: the tests may speak of them.
        writeFileSync(one, "policies: [")
        writeFileSync(beside, test("beside", "1m").replace("price: 81000", "prise: 81000"))
        const unread = lines((yield* policy(["check", path])).stderr)
        assert.deepStrictEqual(unread.filter((line) => line.startsWith("a.test")).length, 1)
        assert.match(String(unread.at(-1)), /^a\.test\.yaml:3:36: .*"price"/)
      }),
    60_000
  )

  it.live("POL-5 check: a cron job that the settings do not have, once they are given", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const file = join(path, "a.yaml")
      const settings = join(path, "settings.yml")
      const fields = "{ field: price, operator: crosses_below, value: 80000, asset: BTC }"
      writeFileSync(file, alert.replace(fields, "{ field: \"cron:morning\" }"))
      writeFileSync(settings, "cron: { evening: \"0 18 * * *\" }")
      assert.strictEqual((yield* policy(["check", file])).code, 0)
      const bad = yield* policy(["check", file, "--config", settings])
      assert.strictEqual(bad.code, 65)
      assert.match(bad.stderr, /a\.yaml:4:26: .*"morning"/)
      writeFileSync(settings, "cron: { morning: \"0 9 * * *\" }")
      assert.strictEqual((yield* policy(["check", file, "--config", settings])).code, 0)
    }), 60_000)

  it.live("schema: prints the file for editors", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* policy(["schema"])
      assert.deepStrictEqual([code, stdout], [0, readFileSync("policies/schema.json", "utf8")])
    }), 60_000)

  it.live("new: writes a file and its schema, and never overwrites", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const file = join(path, "mine", "x.yaml")
      assert.strictEqual((yield* policy(["new", "dip-buy", "--file", file])).code, 0)
      const text = readFileSync(file, "utf8")
      assert.match(text, /^# yaml-language-server: \$schema=schema\.json\n/)
      assert.isTrue(readFileSync(join(path, "mine", "schema.json"), "utf8").startsWith("{"))
      writeFileSync(file, "mine")
      assert.strictEqual((yield* policy(["new", "dip-buy", "--file", file])).code, 2)
      assert.strictEqual(readFileSync(file, "utf8"), "mine")
      writeFileSync(file, text)
      const listed = yield* policy(["list", "--policies", join(path, "mine"), "--data", path, "--json"])
      assert.deepInclude(JSON.parse(listed.stdout)[0], { policy: "my_dip_buy", total: 0 })
    }), 60_000)

  it.live("the policies that everybody begins with do what their tests say", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* policy(["test", "docs/examples/classic.yaml"])
      assert.deepStrictEqual([code, stdout.trim().split("\n").at(-1)], [0, "3 passed, 0 failed"])
    }))
})
