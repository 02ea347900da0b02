/** A throw-away PostgreSQL server on a socket in a temporary folder, as an unprivileged user when the tests run as root. */
import { Effect } from "effect"
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort } from "../freePort.ts"

const folderOf = (): string | undefined => {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : []
  return versions.map((version) => `/usr/lib/postgresql/${version}/bin`).findLast((path) =>
    existsSync(`${path}/initdb`)
  )
}

/** Where the programs are; `undefined` when PostgreSQL is not installed. */
export const programs = folderOf()

const unprivileged = (): { uid?: number; gid?: number } => {
  if (process.getuid?.() !== 0) return {}
  const id = (user: string, flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }))
  try {
    return { uid: id("postgres", "-u"), gid: id("postgres", "-g") }
  } catch {
    return { uid: id("nobody", "-u"), gid: id("nobody", "-g") }
  }
}

/** A running server; `path` is its socket. */
export interface Server {
  readonly path: string
  readonly username: string
  /** The same server over loopback. */
  readonly url: string
  readonly port: number
  /** Ends every process of it at once, the orderly way of a server that must not wait. */
  readonly stop: Effect.Effect<void>
  /** Kills every process of it, with SIGKILL. */
  readonly crash: Effect.Effect<void>
  /** False when it ended, by itself or not. */
  readonly isRunning: () => boolean
  readonly start: Effect.Effect<void>
}

/** How it is set up. */
export interface Options {
  /** An empty folder for it; one of its own otherwise. */
  readonly folder?: string
  /** Settings as `name=value`. */
  readonly settings?: ReadonlyArray<string>
  /** Options of `initdb`. */
  readonly init?: ReadonlyArray<string>
}

/** The processes that a process started. */
const childrenOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter((text) => text !== "").map(Number)

/** Makes a cluster and starts a server on it; both are gone with the scope. */
export const serverWith = (options: Options) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const user = unprivileged()
      const folder = options.folder ?? mkdtempSync(join(tmpdir(), "polymarket-hft-pg-"))
      if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
      const spawning = { cwd: folder, ...user, stdio: "ignore" as const }
      const data = join(folder, "data")
      execFileSync(`${programs}/initdb`, [
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        ...options.init ?? []
      ], spawning)
      const port = await freePort()
      const path = join(folder, `.s.PGSQL.${port}`)
      let child: ChildProcess | undefined
      const start = async () => {
        child = spawn(`${programs}/postgres`, [
          "-D",
          data,
          "-h",
          "127.0.0.1",
          "-p",
          String(port),
          "-k",
          folder,
          ...["fsync=off", ...options.settings ?? []].flatMap((setting) => ["-c", setting])
        ], spawning)
        for (let attempt = 0; attempt < 400; attempt++) {
          if (await answers(folder, port)) return
          if (!isRunning()) break
          await new Promise((resolve) => setTimeout(resolve, 25))
        }
        throw new Error("the server does not answer")
      }
      const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null
      const end = async (how: (child: ChildProcess) => void) => {
        if (child === undefined || !isRunning()) return
        const ended = once(child, "exit")
        how(child)
        await ended
      }
      const stop = () => end((child) => void child.kill("SIGQUIT"))
      const crash = () =>
        end((child) => {
          // Stopped first: it must not start another one, nor may its children outlive it.
          child.kill("SIGSTOP")
          for (const pid of childrenOf(child.pid ?? 0)) {
            try {
              process.kill(pid, "SIGKILL")
            } catch {
              // It has ended by itself.
            }
          }
          child.kill("SIGKILL")
        })
      await start()
      return {
        folder,
        path,
        username: "postgres",
        url: `postgres://postgres@127.0.0.1:${port}/postgres`,
        port,
        isRunning,
        start: Effect.promise(start),
        stop: Effect.promise(stop),
        crash: Effect.promise(crash),
        end: stop
      }
    }),
    ({ end, folder }) =>
      Effect.promise(async () => {
        await end()
        if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
      })
  )

/** The usual one. */
export const server = serverWith({})

/** True when it takes clients; a server that only starts up has a socket already. */
const answers = (folder: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    execFile(`${programs}/pg_isready`, ["-q", "-h", folder, "-p", String(port)], (error) => resolve(error === null))
  })
