import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted } from "effect"
import * as Load from "../../../src/engine/policy/Load.ts"
import { PolicySource } from "../../../src/engine/PolicySource.ts"
import * as PolicyFolder from "../../../src/storage/file/PolicyFolder.ts"

const compile = { defaultSlippage: undefined, validFor: 2_000, env: new Map([["TOKEN", Redacted.make("secret")]]) }

const policies = (...ids: ReadonlyArray<string>) =>
  `policies:\n${
    ids.map((id) =>
      `  - { id: ${id}, conditions: { field: price, operator: ">", value: 1 }, actions: [{ type: webhook, method: POST, url: "https://example.com/x", headers: { Authorization: "{{ env.TOKEN }}" } }] }\n`
    ).join("")
  }`

describe("PolicyFolder", () => {
  it.live(
    "POL-6 reads what loading reads, keeps what means the same, and POL-5 says all that is wrong",
    () =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped()
        const write = (name: string, text: string) => files.writeFileString(`${folder}/${name}`, text)
        yield* write("a.yaml", policies("one", "two"))
        const inForce = yield* Load.loadFolder(folder, compile)
        yield* Effect.gen(function*() {
          const source = yield* PolicySource
          const signatures = new Set([yield* source.signature])
          assert.strictEqual(yield* source.signature, [...signatures][0])
          yield* write("b.yaml", `# another order of the same\n${policies("three", "two2")}`)
          signatures.add(yield* source.signature)
          const read = yield* source.read
          const loaded = yield* Load.loadFolder(folder, compile)
          assert.deepStrictEqual(
            read.map(({ conditions, id, revision }) => [id, revision, conditions]),
            loaded.map(({ conditions, id, revision }) => [id, revision, conditions])
          )
          assert.strictEqual(read[0], inForce[0])
          assert.strictEqual(read[1], inForce[1])
          assert.strictEqual((yield* source.read)[2], read[2])

          yield* write("c.yaml", "policies: [{ id: 1 }, { id: four, conditions: [] }]")
          yield* write("d.yaml", `policies: [${" ".repeat(Load.maxBytes)}]`)
          signatures.add(yield* source.signature)
          const refused = yield* Effect.flip(source.read)
          const wanted = yield* Effect.flip(Load.loadFolder(folder, compile))
          assert(wanted._tag === "PolicyLoadError")
          assert.deepStrictEqual(refused.problems.map(String), wanted.problems.map(String))
          assert.isAbove(refused.problems.length, 2)

          for (const name of ["a.yaml", "c.yaml", "d.yaml"]) yield* files.remove(`${folder}/${name}`)
          signatures.add(yield* source.signature)
          assert.deepStrictEqual((yield* source.read).map(({ id }) => id), ["three", "two2"])
          yield* files.rename(`${folder}/b.yaml`, `${folder}/e.yaml`)
          signatures.add(yield* source.signature)
          yield* files.remove(folder, { recursive: true })
          signatures.add(yield* source.signature)
          assert.strictEqual(signatures.size, 6)
          assert.match((yield* Effect.flip(source.read)).message, /expected a folder/)
        }).pipe(Effect.provide(PolicyFolder.layer({ folder, compile, inForce })))
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    60_000
  )
})
