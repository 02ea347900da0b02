/** Requests and replies of the simulator's REST surfaces, apart from any server, so that a surface is a function. */

/** A request with its body read; `path` without the surface's prefix. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

/** Status and JSON text of an answer. */
export interface Reply {
  readonly status: number
  readonly body: string
}

/** One surface. */
export type Surface = (request: Request) => Reply

/** An answer with a JSON value. */
export const json = (value: unknown, status = 200): Reply => ({ status, body: JSON.stringify(value) })

/** A value of unknown shape as JSON, `undefined` when the text is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Every value of a repeated or comma separated parameter. */
export const listOf = (query: URLSearchParams, name: string): ReadonlyArray<string> =>
  query.getAll(name).flatMap((value) => value.split(",")).filter((value) => value.length > 0)
