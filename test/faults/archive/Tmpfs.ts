/** Small file systems in memory, to be filled. They need root. */
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** False when this process may not mount. */
export const canMount = process.getuid?.() === 0

/** An empty file system of `megabytes`, gone with the scope. */
export const tmpfs = (megabytes: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "polymarket-hft-tmpfs-"))
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder])
      chmodSync(folder, 0o755)
      return folder
    }),
    (folder) =>
      Effect.sync(() => {
        execFileSync("umount", ["-l", folder])
        rmSync(folder, { recursive: true, force: true })
      })
  )

/** Fills it to the last byte; the call it returns makes room again. */
export const fill = (folder: string): () => void => {
  const path = join(folder, "ballast")
  const file = openSync(path, "w")
  for (let bytes = 65_536; bytes > 0;) {
    try {
      writeSync(file, Buffer.alloc(bytes))
    } catch {
      bytes >>= 1
    }
  }
  closeSync(file)
  return () => rmSync(path)
}
