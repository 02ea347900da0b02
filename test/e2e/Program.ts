/**
 * The command line as a process: started from the sources, its lines collected, ended with the scope whatever happens. Every
 * wait is bounded; a wait in vain dies with what the process wrote. Beside it the simulator as such a process, with its control.
 */
import { Effect, Fiber, Schedule, type Scope } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import type { Endpoints } from "../../src/client/polymarket/EndpointsSchema.ts"

const root = new URL("../../", import.meta.url).pathname

/** A running or ended process. */
export interface Program {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  /** The first line of one of the two outputs that fits, past or to come. */
  readonly line: (
    output: "stdout" | "stderr",
    fits: (line: string) => boolean,
    seconds?: number
  ) => Effect.Effect<string>
  /** Waits for the end: the exit code, or null when a signal ended it. */
  readonly exit: (seconds?: number) => Effect.Effect<number | null>
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
}

/** What is left of a text that may be long. */
const tail = (text: string): string => text.slice(-3_000)

/** Starts `main.ts` with arguments. */
export const start = (...args: ReadonlyArray<string>): Effect.Effect<Program, never, Scope.Scope> =>
  startWith({}, ...args)

/** Starts `main.ts` with arguments, and with variables beside those of this process. */
export const startWith = (
  variables: Readonly<Record<string, string>>,
  ...args: ReadonlyArray<string>
): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, ["--import", "tsx", "src/main.ts", ...args], {
          cwd: root,
          env: { ...process.env, ...variables },
          stdio: ["ignore", "pipe", "pipe"]
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const texts = { stdout: "", stderr: "" }
    const listeners = new Set<() => void>()
    let hasEnded = false
    for (const output of ["stdout", "stderr"] as const) {
      child[output].setEncoding("utf8").on("data", (chunk: string) => {
        texts[output] += chunk
        for (const listener of listeners) listener()
      })
    }
    const ended = yield* Effect.callback<number | null>((resume) => {
      child.once("close", (code) => {
        hasEnded = true
        resume(Effect.succeed(code))
        for (const listener of listeners) listener()
      })
    }).pipe(Effect.forkScoped({ startImmediately: true }))
    const bounded = <A>(wait: Effect.Effect<A>, what: string, seconds: number): Effect.Effect<A> =>
      wait.pipe(
        Effect.timeoutOrElse({
          duration: seconds * 1_000,
          orElse: () =>
            Effect.die(
              new Error(
                `${args.join(" ")}: ${what} within ${seconds} s\n${tail(texts.stdout)}\n${tail(texts.stderr)}`
              )
            )
        })
      )
    return {
      pid: child.pid ?? 0,
      stdout: () => texts.stdout,
      stderr: () => texts.stderr,
      line: (output, fits, seconds = 30) =>
        bounded(
          Effect.callback<string>((resume) => {
            const look = () => {
              const found = texts[output].split("\n").slice(0, -1).find(fits)
              if (found !== undefined) resume(Effect.succeed(found))
              else if (hasEnded) resume(Effect.die(new Error(`${args.join(" ")}: ended\n${tail(texts.stderr)}`)))
            }
            listeners.add(look)
            look()
            return Effect.sync(() => listeners.delete(look))
          }),
          `no such line on ${output}`,
          seconds
        ),
      exit: (seconds = 60) => bounded(Fiber.join(ended), "no end", seconds),
      kill: (signal) => Effect.sync(() => child.kill(signal))
    }
  })

/** A folder that goes with the scope. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "polymarket-hft-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Counters of the simulator's control surface, of those the tests use. */
export interface Stats {
  readonly connections: number
  readonly frozen: number
  readonly subscriptions: number
  readonly accepted: number
  readonly framesSent: number
  readonly drops: number
  readonly freezes: number
  readonly refused: number
}

/** A running simulator. */
export interface Simulator extends Program {
  readonly endpoints: Required<Pick<Endpoints, "clob" | "gamma" | "marketSocket" | "control">>
  /** The file with its addresses, for `--endpoints`. */
  readonly file: string
  /** Asks for a fault; the counters after it. */
  readonly control: (request: Readonly<Record<string, unknown>>) => Effect.Effect<Stats>
  readonly stats: Effect.Effect<Stats>
}

const ask = (url: string, init?: RequestInit): Effect.Effect<Stats> =>
  Effect.promise(() => fetch(url, init).then((response) => response.json() as Promise<Stats>))

/** Starts a simulator and waits until it listens. */
export const simulate = (...args: ReadonlyArray<string>): Effect.Effect<Simulator, never, Scope.Scope> =>
  Effect.gen(function*() {
    const program = yield* start("simulate", "--json", ...args)
    const line = yield* program.line("stdout", () => true)
    const endpoints = JSON.parse(line) as Simulator["endpoints"]
    const file = join(yield* folder, "endpoints.json")
    writeFileSync(file, line)
    return {
      ...program,
      endpoints,
      file,
      control: (request) => ask(endpoints.control, { method: "POST", body: JSON.stringify(request) }),
      stats: ask(`${endpoints.control}/stats`)
    }
  })

/** Looks again and again until what is seen fits; dies when it never does. */
export const eventually = <A>(
  what: string,
  look: Effect.Effect<A>,
  fits: (seen: A) => boolean,
  seconds: number
): Effect.Effect<A> => {
  let last: A | undefined
  return look.pipe(
    Effect.tap((seen) => Effect.sync(() => void (last = seen))),
    Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: fits }),
    Effect.timeoutOrElse({
      duration: seconds * 1_000,
      orElse: () => Effect.die(new Error(`${what}: not within ${seconds} s; last seen ${JSON.stringify(last)}`))
    })
  )
}

/** True while a process of this number runs; one that ended and that nobody has asked after does not. */
export const isRunning = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z"
  } catch {
    return false
  }
}

/** The processes that a process started. */
export const childrenOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter((text) => text !== "").map(Number)
