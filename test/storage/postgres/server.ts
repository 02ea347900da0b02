/** A throw-away PostgreSQL server on a socket in a temporary folder, as an unprivileged user when the tests run as root. */
import { Effect } from "effect"
import { execFile, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
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
  /** Stops it as kill -9 of every process would. */
  readonly stop: Effect.Effect<void>
  readonly start: Effect.Effect<void>
}

/** Makes a cluster and starts a server on it; both are gone with the scope. */
export const server = Effect.acquireRelease(
  Effect.promise(async () => {
    const user = unprivileged()
    const folder = mkdtempSync(join(tmpdir(), "polymarket-hft-pg-"))
    if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
    const options = { cwd: folder, ...user, stdio: "ignore" as const }
    const data = join(folder, "data")
    execFileSync(`${programs}/initdb`, ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], options)
    const port = await freePort()
    const path = join(folder, `.s.PGSQL.${port}`)
    let child: ReturnType<typeof spawn> | undefined
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
        "-c",
        "fsync=off"
      ], options)
      for (let attempt = 0; attempt < 400; attempt++) {
        if (await answers(folder, port)) return
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      throw new Error("the server does not answer")
    }
    const stop = async (signal: NodeJS.Signals) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, "exit")
      child.kill(signal)
      await ended
    }
    await start()
    return {
      folder,
      path,
      username: "postgres",
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      start: Effect.promise(start),
      stop: Effect.promise(() => stop("SIGQUIT")),
      end: () => stop("SIGQUIT")
    }
  }),
  ({ end, folder }) =>
    Effect.promise(async () => {
      await end()
      rmSync(folder, { recursive: true, force: true })
    })
)

/** True when it takes clients; a server that only starts up has a socket already. */
const answers = (folder: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    execFile(`${programs}/pg_isready`, ["-q", "-h", folder, "-p", String(port)], (error) => resolve(error === null))
  })
