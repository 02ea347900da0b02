/** What the surfaces say when something is wrong with them, by status. */
import { json, type Reply } from "../Http.ts"

const words: Readonly<Record<number, string>> = {
  401: "Unauthorized/Invalid api key",
  403: "Forbidden",
  404: "Not Found",
  425: "matching engine is restarting",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout"
}

/** A page of the proxy in front of the venue. */
export const page = (status: number): string => {
  const title = `${status} ${words[status] ?? "Error"}`
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n` +
    "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
}

const bodyOf = (surface: string, status: number, isOrder: boolean): unknown => {
  const error = status === 500 && isOrder ? "could not insert order" : words[status] ?? "Error"
  switch (surface) {
    case "gamma":
      return { type: status === 404 ? "not found error" : status >= 500 ? "internal server error" : "error", error }
    case "data":
      return {
        error,
        code: error.toLowerCase().replaceAll(" ", "_"),
        retryable: status === 429 || status >= 500,
        trace_id: "0"
      }
    case "coinmarketcap":
      return {
        status: {
          timestamp: new Date(0).toISOString(),
          error_code: status === 429 ? 1008 : status,
          error_message: error,
          elapsed: 0,
          credit_count: 0
        }
      }
  }
  return { error }
}

/** An answer of a surface with a status and the words that go with it; 502 and 504 come from a proxy, as a page. */
export const statusReply = (options: {
  readonly surface: string
  readonly status: number
  readonly isOrder: boolean
  readonly retryAfter?: number | undefined
  readonly html?: boolean | undefined
  readonly body?: string | undefined
}): Reply => {
  const { body, retryAfter, status, surface } = options
  const html = options.html ?? (status === 502 || status === 504)
  const headers = {
    ...(html ? { "content-type": "text/html; charset=UTF-8" } : {}),
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) })
  }
  if (body !== undefined) return { status, body, headers }
  if (html) return { status, body: page(status), headers }
  return { ...json(bodyOf(surface, status, options.isOrder), status), headers }
}
