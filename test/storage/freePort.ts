/** A port of loopback that nobody listens on. */
import { once } from "node:events"
import { createServer } from "node:net"

/** One that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const { port } = probe.address() as { readonly port: number }
  probe.close()
  await once(probe, "close")
  return port
}
