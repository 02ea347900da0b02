/** The engine process of the archive's fault tests, as its parent sees it. */
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { ArchiveCounts } from "../../../src/engine/Archiver.ts"
import type { Asked, Stats } from "./Asked.ts"

const program = join(import.meta.dirname, "child.ts")

/** A started engine; what it told so far changes in place. */
export class EngineProcess {
  /** Wall time of its start, ms. */
  readonly startedAt = Date.now()
  /** Prints of the events whose spool append had returned, by id. */
  readonly accepted = new Map<number, string>()
  readonly stats: Array<Stats> = []
  counts: ArchiveCounts | undefined
  /** Errors it logged. */
  errors = 0
  stderr = ""
  readonly ready: Promise<boolean>
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
  private readonly child: ChildProcess

  constructor(asked: Asked, flags: ReadonlyArray<string> = []) {
    const child = spawn(process.execPath, [...flags, "--import", "tsx", program, JSON.stringify(asked)], {
      stdio: ["pipe", "pipe", "pipe"]
    })
    this.child = child
    child.stdin.on("error", () => {})
    const lines = createInterface({ input: child.stdout })
    let tellReady: (ready: boolean) => void = () => {}
    this.ready = new Promise((resolve) => (tellReady = resolve))
    lines.on("line", (line) => {
      const space = line.indexOf(" ")
      const word = space < 0 ? line : line.slice(0, space)
      const rest = line.slice(space + 1)
      if (word === "ready") tellReady(true)
      else if (word === "stats") this.stats.push(JSON.parse(rest) as Stats)
      else if (word === "counts") this.counts = JSON.parse(rest) as ArchiveCounts
      else if (word === "accepted") {
        for (const each of rest.split(",")) {
          const [id, print] = each.split(":")
          this.accepted.set(Number(id), print ?? "")
        }
      } else this.log(`${line}\n`)
    })
    child.stderr.on("data", (chunk: Buffer) => this.log(String(chunk)))
    this.ended = Promise.all([once(child, "exit"), once(lines, "close")]).then(([[code]]) => {
      tellReady(false)
      return code as number | null
    })
  }

  private log(text: string): void {
    this.errors += text.match(/ERROR/g)?.length ?? 0
    this.stderr = (this.stderr + text).slice(-20_000)
  }

  /** How it stood last. */
  get last(): Stats | undefined {
    return this.stats.at(-1)
  }

  /** Events accepted and neither stored nor put aside yet, as told last. */
  get backlog(): number {
    const { last } = this
    return last === undefined ? 0 : last.accepted - last.stored - last.poison
  }

  say(line: string): void {
    this.child.stdin?.write(`${line}\n`)
  }

  kill(): void {
    this.child.kill("SIGKILL")
  }

  /** Ends by itself with everything stored. */
  drain(): Promise<number | null> {
    this.say("drain")
    return this.ended
  }
}

/** An engine that is killed with the scope. */
export const engine = (asked: Asked, flags?: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => new EngineProcess(asked, flags)),
    (engine) =>
      Effect.promise(() => {
        engine.kill()
        return engine.ended
      })
  )

/** Waits until the engine is ready; dies when it ends before. */
export const ready = (engine: EngineProcess): Effect.Effect<void> =>
  Effect.promise(async () => {
    if (!await engine.ready) throw new Error(`the engine ended before it was ready\n${engine.stderr}`)
  })
