/**
 * The worker thread that owns PGlite: opens the folder it is given (or memory), then answers the frontend messages that
 * come over its port, one after the other. Imports nothing that needs a build, so that Node runs it as it is.
 */
import { PGlite } from "@electric-sql/pglite"
import { closeSync, fsyncSync, openSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { parentPort, workerData } from "node:worker_threads"
import type { Reply, Request } from "./Protocol.ts"

const port = parentPort
if (port === null) throw new Error("this file runs as a worker")
const { folder } = workerData as { readonly folder: string | undefined }
const answer = (reply: Reply): void => port.postMessage(reply)

/** PGlite never syncs: once a CHECKPOINT has written everything, every file of the folder is synced here. */
const syncFolder = (path: string): void => {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) syncFolder(child)
    else if (entry.isFile()) sync(child)
  }
  sync(path)
}

const sync = (path: string): void => {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return
  const descriptor = openSync(path, "r")
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const perform = async (database: PGlite, request: Request): Promise<Reply> => {
  switch (request.kind) {
    case "connect":
      // One session serves every connection in turn: a new one must not see what the last one left.
      await database.exec("rollback; deallocate all; reset all")
      return { id: request.id }
    case "message":
      return { id: request.id, bytes: await database.execProtocolRaw(request.bytes) }
    case "sync":
      if (folder !== undefined) syncFolder(folder)
      return { id: request.id }
    case "close":
      await database.close()
      return { id: request.id }
  }
}

try {
  const database = new PGlite({
    ...(folder === undefined ? {} : { dataDir: folder }),
    startParams: [...PGlite.defaultStartParams, "-c", "shared_buffers=16MB"]
  })
  await database.waitReady
  let tail: Promise<unknown> = Promise.resolve()
  port.on("message", (request: Request) => {
    tail = tail.then(() => perform(database, request)).then(
      answer,
      (failure: unknown) => answer({ id: request.id, failure: String(failure) })
    )
  })
  answer({ id: 0 })
} catch (failure) {
  answer({ id: 0, failure: String(failure) })
}
