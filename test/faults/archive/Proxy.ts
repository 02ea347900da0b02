/** A TCP proxy between a process and the database or Redis behind it, which can be slow, narrow, or lose what the server answers. */
import { Effect } from "effect"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

/** What it does to traffic; change it at any time. */
export interface Wounds {
  /** Of everything the server says, ms. */
  latency: number
  /** Each way, all connections together. */
  bytesPerSecond: number
  /** Called for each piece the server says: true passes it on, false loses it, "cut" loses it and resets the connection. */
  reply: (piece: Buffer) => boolean | "cut"
}

/** No wounds. */
export const healthy: Wounds = { latency: 0, bytesPerSecond: Infinity, reply: () => true }

/** Pieces under way in one direction hold no more than this. */
const most = 64 * 1_024

/** True when the server has committed an insert and says so: the next statement may come. */
export const isInserted = (piece: Buffer): boolean =>
  piece.includes("INSERT 0 ") && piece.subarray(-6).equals(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]))

/** A proxy in front of a port of loopback, gone with the scope. */
export const proxy = (target: number) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const wounds: Wounds = { ...healthy }
      const sockets = new Set<Socket>()

      /** Passes pieces on in order, each when it is due. */
      const pipe = (from: Socket, to: Socket, link: { free: number }, isReply: boolean) => {
        let held = 0
        let last = 0
        from.on("data", (piece: Buffer) => {
          const verdict = isReply ? wounds.reply(piece) : true
          if (verdict === "cut") {
            from.destroy()
            return to.resetAndDestroy()
          }
          if (!verdict) return
          const now = performance.now()
          link.free = Math.max(link.free, now) + piece.length / wounds.bytesPerSecond * 1_000
          const due = Math.max(last, link.free, now + (isReply ? wounds.latency : 0))
          last = due
          held += piece.length
          if (held > most) from.pause()
          const pass = () => {
            held -= piece.length
            if (!to.destroyed) to.write(piece)
            if (held <= most) from.resume()
          }
          if (due <= now) pass()
          else setTimeout(pass, due - now)
        })
      }

      const links = { there: { free: 0 }, back: { free: 0 } }
      const server = createServer((client) => {
        const upstream = connect(target, "127.0.0.1")
        for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
          sockets.add(socket)
          socket.setNoDelay(true)
          socket.on("error", () => {})
          socket.on("close", () => {
            sockets.delete(socket)
            other.destroy()
          })
        }
        pipe(client, upstream, links.there, false)
        pipe(upstream, client, links.back, true)
      }).listen(0, "127.0.0.1")
      await once(server, "listening")
      const { port } = server.address() as { readonly port: number }
      /** Resets every connection; how many there were. */
      const reset = () => {
        const now = [...sockets]
        for (const socket of now) socket.resetAndDestroy()
        return now.length / 2
      }
      return { port, wounds, reset, server }
    }),
    ({ reset, server }) =>
      Effect.promise(async () => {
        reset()
        server.close()
        await once(server, "close")
      })
  )
