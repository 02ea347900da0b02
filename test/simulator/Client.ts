/** A plain HTTP and WebSocket client for tests: no retries, no decoding, every frame kept. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem, type Scope } from "effect"
import { WebSocket } from "ws"
import * as Simulator from "../../src/simulator/Simulator.ts"

export interface Answer {
  readonly status: number
  readonly text: string
}

export const get = (url: string): Effect.Effect<Answer> =>
  Effect.promise(() =>
    fetch(url).then((response) => response.text().then((text) => ({ status: response.status, text })))
  )

export const post = (url: string, body: unknown): Effect.Effect<Answer> =>
  Effect.promise(() =>
    fetch(url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }).then((response) =>
      response.text().then((text) => ({ status: response.status, text }))
    )
  )

export interface Socket {
  readonly frames: ReadonlyArray<string>
  readonly send: (message: unknown) => void
  /** Completes as soon as a frame fits, one already received included; the first that fits. */
  readonly until: (fits: (frame: string) => boolean) => Effect.Effect<string>
  readonly closed: Effect.Effect<void>
}

/** Opens a socket; fails with the status when the upgrade is refused. */
export const open = (url: string): Effect.Effect<Socket, number, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<{ readonly socket: WebSocket; readonly frames: Array<string> }, number>((resume) => {
      const socket = new WebSocket(url, { perMessageDeflate: false })
      const frames: Array<string> = []
      socket.on("message", (data) => frames.push(String(data)))
      socket.on("error", () => {})
      socket.on("unexpected-response", (_, response) => {
        socket.terminate()
        resume(Effect.fail(response.statusCode ?? 0))
      })
      socket.on("open", () => resume(Effect.succeed({ socket, frames })))
    }),
    ({ socket }) => Effect.sync(() => socket.terminate())
  ).pipe(Effect.map(({ frames, socket }) => ({
    frames,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    until: (fits) =>
      Effect.callback<string>((resume) => {
        // Every frame is looked at once: a reader that looks through all of them at each would never catch up with a lively channel.
        let looked = 0
        const look = () => {
          while (looked < frames.length) {
            const frame = frames[looked++] as string
            if (!fits(frame)) continue
            socket.off("message", look)
            return resume(Effect.succeed(frame))
          }
        }
        socket.on("message", look)
        look()
      }).pipe(Effect.timeout("10 seconds"), Effect.orDie),
    closed: Effect.callback<void>((resume) => {
      if (socket.readyState === WebSocket.CLOSED) resume(Effect.void)
      else socket.once("close", () => resume(Effect.void))
    })
  })))

/** Starts a simulator on a free port. */
export const simulator = (
  options: Partial<Simulator.Options> = {}
): Effect.Effect<Simulator.Simulator, never, Scope.Scope> =>
  Simulator.make({ seed: 1, markets: 5, rate: 400, port: 0, ...options }).pipe(
    Effect.provide(NodeFileSystem.layer),
    Effect.orDie
  )

/** Writes files into a fresh folder that goes with the scope; the folder. */
export const folderWith = (files: Readonly<Record<string, string>>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function*() {
    const system = yield* FileSystem.FileSystem
    const folder = yield* system.makeTempDirectoryScoped()
    for (const [name, text] of Object.entries(files)) yield* system.writeFileString(`${folder}/${name}`, text)
    return folder
  }).pipe(Effect.provide(NodeFileSystem.layer), Effect.orDie)
