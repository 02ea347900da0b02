/**
 * The policies of a folder, read by a thread of their own that lives while they change: parsing takes half a second for the largest file, and events must
 * not wait for it. What the thread has found to be in order is compiled here, a few policies at a time; those that mean what they meant are kept.
 */
import { Effect, Layer, Result, Schedule } from "effect"
import { lstat, readdir } from "node:fs/promises"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import * as Compile from "../../engine/policy/Compile.ts"
import type { CompiledPolicy, CompileOptions } from "../../engine/policy/Compile.ts"
import { isPolicyFile, PolicyLoadError } from "../../engine/policy/Load.ts"
import { PolicyProblem } from "../../engine/policy/PolicyText.ts"
import { PolicySource } from "../../engine/PolicySource.ts"
import type { ReadPolicy, ReadProblem, Reply, Request } from "./PolicyProtocol.ts"

/** The longest that reading a folder may take. */
const patience = "20 seconds"

/** How long the thread outlives the last reading, ms. */
const idle = 60_000

/** Most memory of the thread, MB. */
const mostMemory = 512

/** Policies compiled before others have a turn. */
const atATime = 4

const file = new URL(`./PolicyReader${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** The policies of a folder; `inForce` are those that were read from it already. */
export const layer = (options: {
  readonly folder: string
  readonly compile: CompileOptions
  readonly inForce: ReadonlyArray<CompiledPolicy>
}): Layer.Layer<PolicySource> => Layer.effect(PolicySource, make(options))

const make = Effect.fnUntraced(function*({ compile, folder, inForce }: {
  readonly folder: string
  readonly compile: CompileOptions
  readonly inForce: ReadonlyArray<CompiledPolicy>
}) {
  let known = new Map(inForce.map((policy) => [policy.revision, policy]))
  let reader: Reader | undefined
  const end = Effect.suspend(() => {
    const ending = reader
    reader = undefined
    return ending === undefined ? Effect.void : Effect.promise(() => ending.worker.terminate())
  })
  yield* Effect.addFinalizer(() => end)
  yield* Effect.suspend(() => reader !== undefined && performance.now() - reader.usedAt > idle ? end : Effect.void)
    .pipe(
      Effect.repeat(Schedule.spaced(idle)),
      Effect.forkScoped
    )

  const start = () => {
    if (reader === undefined || reader.isDead()) reader = openReader()
    reader.usedAt = performance.now()
    return reader
  }
  const { env, ...options } = compile

  const read = Effect.gen(function*() {
    const request = {
      folder,
      known: new Set(known.keys()),
      options,
      env: new Map([...env ?? []].map(([name, value]) => [name, value !== undefined] as const))
    }
    const found = yield* Effect.suspend(() => start().ask(request)).pipe(
      Effect.timeoutOrElse({
        duration: patience,
        orElse: () => Effect.andThen(end, problem(folder, `expected to read it within ${patience}`))
      })
    )
    const compiled: Array<CompiledPolicy> = []
    const amiss: Array<PolicyProblem> = []
    let fresh = 0
    for (const { conditions, revision, written } of found) {
      const before = known.get(revision)
      if (before !== undefined) compiled.push(before)
      else if (written !== undefined) {
        const result = Compile.compile(written, { conditions, revision }, compile)
        if (Result.isSuccess(result)) compiled.push(result.success)
        else amiss.push(...result.failure.map(({ message }) => problemOf(folder, `${written.id}: ${message}`)))
        if (++fresh % atATime === 0) yield* Effect.yieldNow
      } else amiss.push(problemOf(folder, `policy of revision ${revision} was left out of what was read`))
    }
    if (amiss.length > 0) return yield* new PolicyLoadError({ problems: amiss })
    known = new Map(compiled.map((policy) => [policy.revision, policy]))
    return compiled
  })

  return PolicySource.of({
    name: folder,
    signature: signatureOf(folder),
    prepare: Effect.sync(() => void start()),
    read
  })
})

const problemOf = (path: string, message: string) => new PolicyProblem({ file: path, line: 1, column: 1, message })

const problem = (path: string, message: string) => new PolicyLoadError({ problems: [problemOf(path, message)] })

/** Names, sizes, times and places of a folder's policy files. */
export const signatureOf = (folder: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    try {
      const names = (await readdir(folder)).filter(isPolicyFile).sort()
      const files = await Promise.all(names.map(async (name) => {
        const { ctimeNs, ino, mode, mtimeNs, size } = await lstat(join(folder, name), { bigint: true })
        return [name, size, mtimeNs, ctimeNs, ino, mode].join(" ")
      }))
      return files.join("\n")
    } catch (error) {
      // A file that goes while it is looked at is another signature at the next look.
      return `unreadable: ${error instanceof Error ? error.message : String(error)}`
    }
  })

/** The running thread. */
interface Reader {
  readonly worker: Worker
  readonly isDead: () => boolean
  readonly ask: (request: Omit<Request, "id">) => Effect.Effect<ReadonlyArray<ReadPolicy>, PolicyLoadError>
  /** When it was asked last, ms of this process. */
  usedAt: number
}

const openReader = (): Reader => {
  const worker = new Worker(file, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: mostMemory } })
  worker.unref()
  let dead: string | undefined
  let next = 1
  let current:
    | { readonly id: number; readonly take: (reply: Reply) => void; readonly fail: (why: string) => void }
    | undefined
  const die = (why: string) => {
    dead ??= why
    current?.fail(dead)
    current = undefined
  }
  worker.on("error", (error) => die(error instanceof Error ? error.message : String(error)))
  worker.on("exit", (code) => die(`its thread ended with ${code}`))
  worker.on("message", (reply: Reply) => {
    if (reply.id === current?.id) current.take(reply)
  })
  return {
    worker,
    isDead: () => dead !== undefined,
    usedAt: 0,
    ask: (request) =>
      Effect.callback((resume) => {
        const { folder } = request
        const fail = (why: string) => resume(problem(folder, `it could not be read: ${why}`))
        if (dead !== undefined) return fail(dead)
        const id = next++
        const policies: Array<ReadPolicy> = []
        current = {
          id,
          fail,
          take: ({ end, policies: some }) => {
            policies.push(...some ?? [])
            if (end === undefined) return
            current = undefined
            resume(end.problems.length > 0 ? problemsOf(end.problems) : Effect.succeed(policies))
          }
        }
        worker.postMessage({ ...request, id } satisfies Request)
      })
  }
}

const problemsOf = (problems: ReadonlyArray<ReadProblem>) =>
  new PolicyLoadError({ problems: problems.map((one) => new PolicyProblem(one)) })
