/**
 * A connection to the PGlite worker that looks like a socket to the PostgreSQL client. The client writes whole frontend
 * messages; each write is one request, its answer is pushed when it comes. Terminate and cancel requests end here: the
 * session behind is shared by all connections that follow.
 */
import { Duplex } from "node:stream"
import type { PgliteProcess } from "./PgliteProcess.ts"

const terminate = 0x58
const cancelCode = 80_877_102

/** Opens a connection; only one at a time may be in use. */
export const make = (process: PgliteProcess): Duplex => {
  let opened = false
  const duplex = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      if (chunk.length >= 8 && chunk.length <= 16 && chunk.readInt32BE(4) === cancelCode) {
        duplex.push(null)
        return done()
      }
      if (chunk[0] === terminate && chunk.length === 5) return done()
      const forward = (): void => {
        process.send({ kind: "message", bytes: new Uint8Array(chunk) }, (failure, bytes) => {
          if (failure === undefined && bytes !== undefined && bytes.length > 0) duplex.push(Buffer.from(bytes))
          done(failure)
        })
      }
      if (opened) return forward()
      opened = true
      process.send({ kind: "connect" }, (failure) => failure === undefined ? forward() : done(failure))
    },
    final: (done) => {
      duplex.push(null)
      done()
    }
  })
  return duplex
}
