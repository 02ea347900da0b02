// Completes package-lock.json: a registry that cannot describe an optional package of a foreign platform makes
// `npm install` leave it out of the lock, and `npm ci` then refuses the lock. Run after every `npm install`.
import { readFileSync, writeFileSync } from "node:fs"

const file = new URL("../package-lock.json", import.meta.url)
const lock = JSON.parse(readFileSync(file, "utf8"))
const platforms = new Set(["darwin", "linux", "win32", "freebsd", "openbsd", "android", "sunos", "aix", "netbsd"])
const architectures = new Set(["x64", "arm64", "arm", "ia32", "riscv64", "ppc64", "s390x", "loong64", "mips64el"])
let added = 0
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    if (path in lock.packages) continue
    const words = name.split(/[-/]/)
    const os = words.filter((word) => platforms.has(word))
    const cpu = words.filter((word) => architectures.has(word))
    if (os.length === 0) continue
    lock.packages[path] = { version, ...(cpu.length > 0 ? { cpu } : {}), dev: true, optional: true, os }
    added += 1
  }
}
const root = lock.packages[""]
delete lock.packages[""]
lock.packages = Object.fromEntries([["", root], ...Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))])
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added} entries added\n`)
