/**
 * The thread that reads policy files, so that events do not wait for it: parses, judges and compiles them all, and sends those that the main thread does
 * not know. Imports nothing that needs a build, so that Node runs it as it is.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Effect, FileSystem, Layer, Redacted, Result } from "effect"
import { parentPort } from "node:worker_threads"
import * as Load from "../../engine/policy/Load.ts"
import type { ReadPolicy, ReadProblem, Reply, Request } from "./PolicyProtocol.ts"

const port = parentPort
if (port === null) throw new Error("this file runs as a worker")

/** Policies of one message: one that is too long would hold up the main thread. */
const batch = 50

const read = Effect.fnUntraced(function*({ env, folder, known, options }: Request) {
  const files = yield* FileSystem.FileSystem
  if (!(yield* files.exists(folder))) return amiss(folder, "expected a folder of policies, found none")
  const { problems, sources } = yield* Load.readFolder(folder)
  const stands = new Map([...env].map(([name, isSet]) => [name, isSet ? Redacted.make("set") : undefined]))
  const compiled = Load.compileEach(sources, { ...options, env: stands })
  if (problems.length > 0 || Result.isFailure(compiled)) {
    return { policies: [], problems: [...problems, ...Result.isFailure(compiled) ? compiled.failure : []] }
  }
  const policies = compiled.success.map(({ compiled: { conditions, revision }, written }): ReadPolicy => ({
    revision,
    conditions,
    written: known.has(revision) ? undefined : written
  }))
  return { policies, problems: [] }
})

const amiss = (file: string, message: string) => ({ policies: [], problems: [{ file, line: 1, column: 1, message }] })

const layer = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer)

port.on("message", (request: Request) => {
  const { folder, id } = request
  const answer = (reply: Omit<Reply, "id">) => port.postMessage({ ...reply, id })
  read(request).pipe(
    Effect.catchCause((cause) => Effect.succeed(amiss(folder, String(cause)))),
    Effect.provide(layer),
    Effect.map(({ policies, problems }) => {
      for (let at = 0; at < policies.length; at += batch) answer({ policies: policies.slice(at, at + batch) })
      answer({
        end: {
          problems: problems.map(({ column, file, line, message }): ReadProblem => ({ column, file, line, message }))
        }
      })
    }),
    Effect.runPromise
  )
})
