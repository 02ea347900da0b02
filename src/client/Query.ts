/** Query strings as the venue's own client writes them: only what must be escaped is. */

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%24", "$").replaceAll("%2C", ",").replaceAll("%20", "+")

/** The text of a query with its "?", names and values in order; empty without any. */
export const queryText = (query: ReadonlyArray<readonly [string, string]>): string =>
  query.length === 0 ? "" : `?${query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")}`
