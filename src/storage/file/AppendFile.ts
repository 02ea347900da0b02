/**
 * A file that only grows, written from one process: appends happen in the order they were asked for, one write at a time,
 * and what is asked for while a write is under way goes with the next one. With `sync` each write is followed by one
 * fdatasync before its appends return; after a failure such a file stays failed until it is opened again. Without it a
 * half written piece is cut off, and only if that fails too does the file stay failed.
 */
import { Effect } from "effect"
import { close, constants, fdatasync, ftruncate, open as openFile, write } from "node:fs"

/** What `node:fs` says when a call fails. */
export type FileFailure = NodeJS.ErrnoException

/** How a file is opened. */
export interface Options {
  /** Bytes of the file that stay; whatever follows is cut off. */
  readonly keep: number
  /** True when an append returns only after its fdatasync. */
  readonly sync: boolean
  /** Joins the appends of one write; by default they are put one after the other. */
  readonly join?: (parts: ReadonlyArray<Buffer>) => Buffer
}

/** An open file. */
export interface AppendFile {
  /** Appends bytes; interrupting it does not take them back. */
  readonly append: (bytes: Buffer) => Effect.Effect<void, FileFailure>
  /** Makes what was appended so far safe against power loss. */
  readonly sync: Effect.Effect<void, FileFailure>
  /** Bytes in the file. */
  readonly size: () => number
  /** Waits for what is under way, then closes the file. */
  readonly close: Effect.Effect<void>
}

interface Waiting {
  readonly bytes: Buffer
  readonly done: (failure: FileFailure | undefined) => void
}

/** Opens a file, made with mode 0600 when it is not there. */
export const open = (path: string, options: Options): Effect.Effect<AppendFile, FileFailure> =>
  Effect.callback((resume) => {
    openFile(path, constants.O_RDWR | constants.O_CREAT, 0o600, (failure, file) => {
      if (failure !== null) return resume(Effect.fail(failure))
      ftruncate(file, options.keep, (failure) => {
        if (failure === null) return resume(Effect.succeed(make(file, options)))
        close(file, () => resume(Effect.fail(failure)))
      })
    })
  })

const make = (file: number, options: Options): AppendFile => {
  const join = options.join ?? Buffer.concat
  const whenIdle: Array<() => void> = []
  let size = options.keep
  let waiting: Array<Waiting> = []
  let busy = false
  let broken: FileFailure | undefined

  const settle = (batch: ReadonlyArray<Waiting>, failure: FileFailure | undefined): void => {
    busy = false
    for (const each of batch) each.done(failure)
    next()
  }

  const failed = (batch: ReadonlyArray<Waiting>, failure: FileFailure): void => {
    if (options.sync) {
      broken = failure
      return settle(batch, failure)
    }
    ftruncate(file, size, (worse) => {
      if (worse !== null) broken = failure
      settle(batch, failure)
    })
  }

  const next = (): void => {
    if (busy) return
    const batch = waiting
    waiting = []
    if (broken !== undefined) { for (const each of batch) each.done(broken) }
    else if (batch.length > 0) {
      busy = true
      const bytes = join(batch.map((each) => each.bytes))
      const written = (): void => {
        size += bytes.length
        settle(batch, undefined)
      }
      return writeAll(file, bytes, size, (failure) => {
        if (failure !== null) failed(batch, failure)
        else if (options.sync) fdatasync(file, (error) => error === null ? written() : failed(batch, error))
        else written()
      })
    }
    for (const each of whenIdle.splice(0)) each()
  }

  return {
    append: (bytes) =>
      Effect.callback((resume) => {
        waiting.push({ bytes, done: (failure) => resume(failure === undefined ? Effect.void : Effect.fail(failure)) })
        next()
      }),
    sync: Effect.callback((resume) => {
      fdatasync(file, (failure) => resume(failure === null ? Effect.void : Effect.fail(failure)))
    }),
    size: () => size,
    close: Effect.callback((resume) => {
      whenIdle.push(() => {
        close(file, () => resume(Effect.void))
      })
      next()
    })
  }
}

const writeAll = (
  file: number,
  bytes: Buffer,
  position: number,
  done: (failure: FileFailure | null) => void
): void => {
  write(file, bytes, 0, bytes.length, position, (failure, written) => {
    if (failure !== null) done(failure)
    else if (written < bytes.length) {
      if (written === 0) done(new Error("no byte could be written"))
      else writeAll(file, bytes.subarray(written), position + written, done)
    } else done(null)
  })
}
