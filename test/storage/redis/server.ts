/** A throw-away Redis on a free port of loopback, without persistence. */
import { Effect, Redacted } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { freePort } from "../freePort.ts"

const installed = (): boolean => {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** False when there is no redis-server to run. */
export const isInstalled = installed()

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"))
    socket.once("data", (data) => {
      socket.destroy()
      resolve(String(data).startsWith("+PONG"))
    })
    socket.once("error", () => resolve(false))
  })

/** A running Redis. */
export interface Server {
  readonly url: Redacted.Redacted
  readonly port: number
  /** Kills it at once; what it held is gone. */
  readonly kill: Effect.Effect<void>
  readonly start: Effect.Effect<void>
  /** Stops and lets go on the whole process. */
  readonly pause: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
}

/** Starts one that is gone with the scope. */
export const server = Effect.acquireRelease(
  Effect.promise(async () => {
    const port = await freePort()
    let child: ReturnType<typeof spawn> | undefined
    const start = async () => {
      child = spawn(
        "redis-server",
        ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        {
          stdio: "ignore"
        }
      )
      for (let attempt = 0; attempt < 400; attempt++) {
        if (await answers(port)) return
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      throw new Error("redis-server does not answer")
    }
    const kill = async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, "exit")
      child.kill("SIGCONT")
      child.kill("SIGKILL")
      await ended
    }
    await start()
    const signal = (name: NodeJS.Signals) => Effect.sync(() => void child?.kill(name))
    return {
      url: Redacted.make(`redis://127.0.0.1:${port}`),
      port,
      kill: Effect.promise(kill),
      start: Effect.promise(start),
      pause: signal("SIGSTOP"),
      resume: signal("SIGCONT"),
      end: kill
    }
  }),
  ({ end }) => Effect.promise(end)
)
