/** What the main thread and the PGlite worker say to each other. Replies come in the order of the requests. */

/** Asked of the worker; `bytes` are whole frontend messages. */
export type Request =
  | { readonly id: number; readonly kind: "connect" | "sync" | "close" }
  | { readonly id: number; readonly kind: "message"; readonly bytes: Uint8Array }

/** The worker's answer; id 0 says that the database is open, or why it is not. */
export interface Reply {
  readonly id: number
  /** Backend messages. */
  readonly bytes?: Uint8Array
  readonly failure?: string
}
