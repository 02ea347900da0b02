/**
 * One engine per data folder: `DATA/engine.lock` holds the process id of its owner and when that process started, so that
 * a lock left by a dead process is taken over, even if its number was given to another one since. Taken before anything
 * else touches the folder, given back when the layer ends.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Reason, Unavailable } from "../../domain/Failure.ts"

/** Another engine runs on this data folder. */
export class FolderLocked extends Schema.TaggedError<FolderLocked>()("FolderLocked", {
  folder: Schema.String,
  /** The process that holds it. */
  pid: Schema.Int
}) {
  override get message(): string {
    return `${this.folder} is in use by process ${this.pid}`
  }
}

/** The data folder could not be made or its lock not be written. */
export class FolderError extends Schema.TaggedError<FolderError>()("FolderError", { reason: Reason }) {
  override get message(): string {
    return `FolderLock: ${this.reason.message}`
  }
}

const Owner = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, startId: Schema.String }))
const decodeOwner = Schema.decodeUnknownOption(Owner)

/** The data folder, locked for as long as the layer lives. */
export class FolderLock extends Context.Service<FolderLock, {
  /** The folder's path. */
  readonly folder: string
}>()("polymarket-hft/storage/file/FolderLock") {
  /** Makes the folder (mode 0700) and locks it; fails with `FolderLocked` when a living process holds it. */
  static readonly layer = (folder: string): Layer.Layer<FolderLock, FolderLocked | FolderError> =>
    Layer.effect(
      FolderLock,
      Effect.as(
        Effect.acquireRelease(take(folder), (mine) => Effect.sync(() => release(folder, mine))),
        FolderLock.of({ folder })
      )
    )
}

const lockOf = (folder: string): string => join(folder, "engine.lock")

const take = (folder: string): Effect.Effect<string, FolderLocked | FolderError> => {
  const mine = JSON.stringify({ pid: process.pid, startId: startIdOf(process.pid) ?? "" })
  return Effect.try({ try: () => holderAfter(folder, mine), catch: (failure) => unavailable(folder, String(failure)) })
    .pipe(
      Effect.flatMap((holder) =>
        holder === undefined ? Effect.succeed(mine) : Effect.fail(new FolderLocked({ folder, pid: holder }))
      )
    )
}

/** Tries to take the lock; the living process that has it, or `undefined` when it is ours now. */
const holderAfter = (folder: string, mine: string): number | undefined => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(folder, mine)) return undefined
    const found = read(folder)
    const holder = found === undefined ? undefined : livingOwner(found)
    if (holder !== undefined) return holder
    if (found !== undefined) discard(folder, found)
  }
  throw new Error("the lock changes hands all the time")
}

/** Puts the lock there with its content in one step; false when there is one. */
const create = (folder: string, content: string): boolean => {
  const draft = join(folder, `engine.lock.${process.pid}`)
  writeFileSync(draft, content, { mode: 0o600 })
  try {
    linkSync(draft, lockOf(folder))
    return true
  } catch (failure) {
    if (codeOf(failure) === "EEXIST") return false
    throw failure
  } finally {
    rmSync(draft, { force: true })
  }
}

const read = (folder: string): string | undefined => {
  try {
    return readFileSync(lockOf(folder), "utf8")
  } catch (failure) {
    if (codeOf(failure) === "ENOENT") return undefined
    throw failure
  }
}

/** Removes a dead owner's lock, and only that one: another engine may have taken it over in the meantime. */
const discard = (folder: string, dead: string): void => {
  const aside = join(folder, `engine.lock.${process.pid}.stale`)
  try {
    renameSync(lockOf(folder), aside)
  } catch (failure) {
    if (codeOf(failure) === "ENOENT") return
    throw failure
  }
  if (readFileSync(aside, "utf8") !== dead) linkSync(aside, lockOf(folder))
  rmSync(aside, { force: true })
}

const release = (folder: string, mine: string): void => {
  if (read(folder) === mine) rmSync(lockOf(folder), { force: true })
}

const livingOwner = (content: string): number | undefined => {
  const owner = decodeOwner(content)
  if (owner._tag === "None") return undefined
  const { pid, startId } = owner.value
  if (pid <= 0 || !isAlive(pid)) return undefined
  const now = startIdOf(pid)
  return now === undefined || startId === "" || now === startId ? pid : undefined
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    return codeOf(failure) === "EPERM"
  }
}

/** What tells two processes of the same number apart: the machine's boot and the start of the process in it. */
const startIdOf = (pid: number): string | undefined => {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
    const status = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = status.slice(status.lastIndexOf(")") + 2).split(" ")
    return `${boot}:${fields[19]}`
  } catch {
    return undefined
  }
}

const codeOf = (failure: unknown): string | undefined =>
  failure instanceof Error && "code" in failure ? String(failure.code) : undefined

const unavailable = (where: string, detail: string): FolderError =>
  new FolderError({ reason: new Unavailable({ where, detail }) })
