/** Requests and replies of the simulator's REST surfaces, apart from any server, so that a surface is a function. */

/** A request with its body read; `path` without the surface's prefix. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  /** The client's address; absent: loopback. */
  readonly ip?: string
}

/** Status and JSON text of an answer. */
export interface Reply {
  readonly status: number
  readonly body: string
  /** Beside the usual ones, or in their place. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One surface. */
export type Surface = (request: Request) => Reply | Promise<Reply>

/** Some routes of a surface; `undefined`: not one of them. */
export type Routes = (request: Request) => Reply | Promise<Reply> | undefined

/** An answer with a JSON value. */
export const json = (value: unknown, status = 200): Reply => ({ status, body: JSON.stringify(value) })

/** An answer with the CLOB's and Data's plain error. */
export const refusal = (error: string, status = 400): Reply => json({ error }, status)

/** A surface of several groups of routes, asked in order. */
export const surfaceOf = (groups: ReadonlyArray<Routes>, otherwise: Reply): Surface => (request) => {
  for (const routes of groups) {
    const reply = routes(request)
    if (reply !== undefined) return reply
  }
  return otherwise
}

/** A header's text, "" when it is absent. */
export const headerOf = ({ headers }: Request, name: string): string => {
  const value = headers[name]
  return typeof value === "string" ? value : ""
}

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

/** A whole number of the query within bounds, the usual one when absent or no number. */
export const integerOf = (query: URLSearchParams, name: string, usual: number, most: number): number => {
  const value = Number(query.get(name) ?? usual)
  return Number.isInteger(value) && value >= 0 ? Math.min(value, most) : usual
}

/** A part of a list by cursor: an opaque text that holds a place; `undefined` for a cursor that is none of ours. */
export const slice = <A>(
  rows: ReadonlyArray<A>,
  cursor: string | null,
  limit: number
): { readonly rows: ReadonlyArray<A>; readonly at: number; readonly next: string | undefined } | undefined => {
  const at = cursor === null || cursor === "" ? 0 : Number(Buffer.from(cursor, "base64").toString())
  if (!Number.isInteger(at) || at < 0) return undefined
  const end = at + limit
  return {
    rows: rows.slice(at, end),
    at,
    next: end < rows.length ? Buffer.from(String(end)).toString("base64") : undefined
  }
}

/** A page of the CLOB: cursors are places in base64 ("MA==" is 0), "LTE=" says that this was the last page. */
export const clobPage = (rows: ReadonlyArray<unknown>, query: URLSearchParams, limit = 100): Reply => {
  const page = slice(rows, query.get("next_cursor"), limit)
  return page === undefined
    ? refusal("Invalid cursor")
    : json({ limit, count: page.rows.length, next_cursor: page.next ?? "LTE=", data: page.rows })
}
