/** A server that is there and serves nobody. */
import { Effect } from "effect"
import { createServer } from "node:net"

/** A loopback port that cuts whoever connects and counts them. */
export const cutting = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly attempts: () => number; readonly close: () => void }>((resume) => {
    let attempts = 0
    const server = createServer((socket) => {
      attempts++
      socket.on("error", () => {})
      socket.resetAndDestroy()
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address() as { port: number }
      resume(Effect.succeed({ port: address.port, attempts: () => attempts, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
)
