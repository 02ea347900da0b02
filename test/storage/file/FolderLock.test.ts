import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FolderLock, FolderLocked } from "../../../src/storage/file/FolderLock.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

const hold = (folder: string) => Layer.build(FolderLock.layer(folder))

describe("FolderLock", () => {
  it.effect("CRS-5 a second owner is refused while the first lives, and may follow it", () =>
    Effect.gen(function*() {
      const folder = join(temporaryFolder(), "data")
      yield* Effect.scoped(Effect.gen(function*() {
        yield* hold(folder)
        assert.strictEqual(statSync(folder).mode & 0o777, 0o700)
        const refused = yield* Effect.flip(hold(folder))
        assert.instanceOf(refused, FolderLocked)
        assert.strictEqual((refused as FolderLocked).pid, process.pid)
      }))
      assert.deepStrictEqual(readdirSync(folder), [])
      yield* Effect.scoped(hold(folder))
    }))

  it.effect("CRS-5 the lock of a dead process is taken over, also when its number lives again", () =>
    Effect.gen(function*() {
      const path = join(temporaryFolder(), "engine.lock")
      const folder = join(path, "..")
      for (
        const stale of [
          { pid: 2 ** 22 + 1, startId: "boot:1" },
          { pid: process.pid, startId: "another boot:1" }
        ]
      ) {
        writeFileSync(path, JSON.stringify(stale))
        yield* Effect.scoped(Effect.gen(function*() {
          yield* hold(folder)
          assert.strictEqual(JSON.parse(readFileSync(path, "utf8")).pid, process.pid)
          assert.deepStrictEqual(readdirSync(folder), ["engine.lock"])
        }))
        assert.isFalse(existsSync(path))
      }
    }))

  it.effect("CRS-5 half a lock file is no owner", () =>
    Effect.gen(function*() {
      const folder = temporaryFolder()
      writeFileSync(join(folder, "engine.lock"), "{\"pid\":")
      yield* Effect.scoped(hold(folder))
    }))
})
