/**
 * The command line in this process, against a simulator in this process: a command's exit code and what it wrote. Starting processes costs most of
 * a second each; that the program does the same as a process is tested with a few of them.
 */
import { ConfigProvider, Console, Effect, Exit, Layer, type Scope } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { codeOf, execute, root } from "../../src/cli/Root.ts"
import type { Endpoint, Params } from "../../src/client/Endpoint.ts"
import type * as Simulator from "../../src/simulator/Simulator.ts"
import { simulator } from "../simulator/Client.ts"
import { folder } from "./Program.ts"

/** What a command did. */
export interface Done {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Why it failed, with everything that is attached to it. */
  readonly failure: unknown
}

/** Who hears what is written to stderr past the console, as logs are. */
const hearing = new Set<(text: string) => void>()
let installed = false

const hearStderr = Effect.sync(() => {
  if (installed) return
  installed = true
  const write = process.stderr.write.bind(process.stderr)
  process.stderr.write = ((text: string | Uint8Array) => {
    if (hearing.size === 0) return write(text)
    for (const hear of hearing) hear(String(text))
    return true
  }) as typeof process.stderr.write
})

type Environment = Readonly<Record<string, string>>

/** Runs a command with nothing but this environment. */
export const run = (args: ReadonlyArray<string>, env: Environment = {}): Effect.Effect<Done> =>
  Effect.gen(function*() {
    const written = { stdout: "", stderr: "" }
    const put = (output: "stdout" | "stderr") => (...parts: ReadonlyArray<unknown>) => {
      written[output] += `${parts.map(String).join(" ")}\n`
    }
    const captured: Console.Console = Object.assign(Object.create(globalThis.console), {
      log: put("stdout"),
      error: put("stderr")
    })
    yield* hearStderr
    const hear = (text: string) => void (written.stderr += text)
    hearing.add(hear)
    const exit = yield* execute(args).pipe(
      Effect.scoped,
      Effect.provide(Layer.mergeAll(
        Layer.succeed(Console.Console, captured),
        ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...env } }))
      )),
      Effect.exit,
      Effect.ensuring(Effect.sync(() => void hearing.delete(hear)))
    )
    return { code: codeOf(exit) ?? 1, ...written, failure: Exit.isFailure(exit) ? exit.cause : undefined }
  })

/** A simulator with the file of its addresses. */
export interface Venue {
  readonly endpoints: Simulator.Endpoints
  readonly file: string
  /** Ids that commands want, by the name of the parameter. */
  readonly ids: Readonly<Record<string, string>>
}

/** Starts a simulator and looks up ids in it. */
export const venue = (options: Partial<Simulator.Options> = {}): Effect.Effect<Venue, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { endpoints } = yield* simulator({ markets: 8, rate: 50, ...options })
    const file = join(yield* folder, "endpoints.json")
    writeFileSync(file, JSON.stringify(endpoints))
    const { markets } = yield* Effect.promise(() =>
      fetch(`${endpoints.gamma}/markets/keyset?limit=1`).then((answer) =>
        answer.json() as Promise<{
          readonly markets: ReadonlyArray<{ id: string; slug: string; conditionId: string; clobTokenIds: string }>
        }>
      )
    )
    const [market] = markets
    const token = market === undefined ? "" : (JSON.parse(market.clobTokenIds) as ReadonlyArray<string>)[0] ?? ""
    const condition = market?.conditionId ?? ""
    return {
      endpoints,
      file,
      ids: {
        id: market?.id ?? "",
        slug: market?.slug ?? "",
        token,
        token_id: token,
        token_ids: token,
        markets: token,
        condition,
        user: endpoints.accounts[3]?.funder ?? "",
        address: endpoints.accounts[0]?.address ?? "",
        event_id: "30001",
        parent_entity_id: "30001"
      }
    }
  })

/** The words of a call's example, with required parameters taken from `ids` when they are there. */
export const wordsOf = (
  call: Endpoint<Params, unknown>,
  ids: Readonly<Record<string, string>>
): ReadonlyArray<string> => {
  const example = call.example as Readonly<Record<string, unknown>>
  return [
    ...call.name.split(" "),
    ...Object.entries(call.params).filter(([, { required }]) => required === true).map(([name]) =>
      ids[name] ?? String(example[name])
    )
  ]
}

/** The described calls of a module. */
export const callsOf = (group: object): ReadonlyArray<Endpoint<Params, unknown>> =>
  Object.values(group).filter((value): value is Endpoint<Params, unknown> =>
    typeof value === "object" && value !== null && "summary" in value && "path" in value
  )

interface Tree {
  readonly name: string
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<Tree> }>
}

const leavesOf = (tree: Tree, above: ReadonlyArray<string>): ReadonlyArray<string> => {
  const below = tree.subcommands.flatMap(({ commands }) => commands)
  const words = [...above, tree.name]
  return below.length === 0 ? [words.join(" ")] : below.flatMap((one) => leavesOf(one, words))
}

const whole = await Effect.runPromise(root) as unknown as Tree

/** Every command of a group, words separated by spaces. */
export const commandsOf = (group: string): ReadonlyArray<string> =>
  whole.subcommands.flatMap(({ commands }) => commands).filter(({ name }) => name === group)
    .flatMap((tree) => leavesOf(tree, []))
