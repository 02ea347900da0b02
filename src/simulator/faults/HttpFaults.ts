/**
 * Faults of requests. A request meets at most one: the first asked for that is for it and whose chance it takes. What is processed is processed as
 * without faults; what is lost never reaches the surface.
 */
import type { ServerResponse } from "node:http"
import { parseJson, refusal, type Reply, type Request } from "../Http.ts"
import * as Seeded from "../Seeded.ts"
import type { ArmedFault } from "./ArmedFault.ts"
import * as Delivery from "./Delivery.ts"
import type { HttpFault } from "./Fault.ts"
import type { Faults } from "./Faults.ts"
import { statusReply } from "./StatusReply.ts"

/** A request at a surface. */
export interface Asked extends Request {
  readonly surface: string
}

type Process = () => Reply | Promise<Reply>

/** Answers a route as of some ms ago; `undefined`: not one of its routes. */
export type AsOf = (request: Request, agoMs: number) => Reply | undefined

/** Whether a fault is for a request. */
export const isFor = (fault: HttpFault, request: Asked): boolean => {
  const { body, method, path, query, surface } = request
  if (fault.fault === "lag" && !/^\/data\/(?:orders|trades)$/.test(path)) return false
  if (fault.fault === "forget" && !/^\/data\/order\/[^/]+$/.test(path)) return false
  const on = fault.on ?? "clob"
  if (on !== "http" && (typeof on === "string" ? on !== surface : !on.some((one) => one === surface))) return false
  if (fault.method !== undefined && fault.method !== method) return false
  if (fault.path !== undefined && !fits(fault.path, path)) return false
  if (fault.assets === undefined) return true
  const text = `${query.toString()} ${body}`
  return fault.assets.some((asset) => text.includes(asset))
}

const fits = (pattern: string, path: string): boolean => {
  const parts = pattern.split("*")
  const [first = "", ...others] = parts
  if (others.length === 0) return path === pattern
  if (!path.startsWith(first)) return false
  let from = first.length
  for (const [at, part] of others.entries()) {
    if (at === others.length - 1) return path.length - part.length >= from && path.endsWith(part)
    const found = path.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return true
}

/** Puts faults between a surface and its clients. */
export const make =
  (faults: Faults, asOf: AsOf) => (request: Asked, response: ServerResponse, process: Process): void => {
    const armed = strike(faults, request)
    if (armed === undefined) return settle(process(), (reply) => Delivery.write(response, reply))
    suffer(faults, asOf, armed, request, response, process)
  }

const strike = (faults: Faults, request: Asked): ArmedFault<HttpFault> | undefined => {
  const now = faults.now()
  const armed = faults.http.find((one) =>
    one.isOn(now) && isFor(one.fault, request) && one.strikes(faults.randomOf(one))
  )
  if (armed !== undefined) {
    const { method, path, surface } = request
    faults.struck(armed, { on: surface, method, path })
  }
  return armed
}

const settle = (reply: Reply | Promise<Reply>, use: (reply: Reply) => void): void => {
  if (!(reply instanceof Promise)) return use(reply)
  reply.then(use, () => use({ status: 500, body: "{\"error\":\"Internal error\"}" }))
}

const suffer = (
  faults: Faults,
  asOf: AsOf,
  { fault, id, applied }: ArmedFault<HttpFault>,
  request: Asked,
  response: ServerResponse,
  process: Process
): void => {
  const write = (reply: Reply) => Delivery.write(response, reply)
  switch (fault.fault) {
    case "refuse":
      return Delivery.end(response, "close")
    case "lose-request":
      return Delivery.end(response, fault.ending ?? "hang")
    case "lose-reply":
      return settle(process(), () => Delivery.end(response, fault.ending ?? "close"))
    case "reset":
    case "hang": {
      const ending = fault.fault
      if (fault.point === "request") return Delivery.end(response, ending)
      return settle(
        process(),
        (reply) => fault.point === "body" ? Delivery.half(response, reply, ending) : Delivery.end(response, ending)
      )
    }
    case "cut":
      return settle(process(), (reply) => Delivery.half(response, reply, "close"))
    case "slow":
      return settle(process(), (reply) => Delivery.drip(response, reply, fault.bytesPerSecond, faults.later))
    case "status": {
      const isOrder = request.method === "POST" && /^\/orders?$/.test(request.path)
      const instead = statusReply({ ...fault, surface: request.surface, isOrder })
      return fault.processed === true ? settle(process(), () => write(instead)) : write(instead)
    }
    case "late": {
      const { maxMs, minMs = 0 } = fault
      const low = Math.min(minMs, maxMs)
      const delay = Seeded.make(faults.seed, `late/${id}/${applied}`).between(low, maxMs)
      if (fault.processed === "late") return faults.later(delay, () => settle(process(), write))
      return settle(process(), (reply) => faults.later(delay, () => write(reply)))
    }
    case "short":
      return settle(process(), (reply) => write(shortened(reply, fault.keep)))
    case "lag": {
      const reply = asOf(request, fault.byMs)
      return reply === undefined ? settle(process(), write) : write(reply)
    }
    case "forget":
      return settle(process(), (reply) => write(isForgotten(reply, fault.finished === true) ? forgotten : reply))
  }
}

const forgotten = refusal("order not found", 404)

const isForgotten = ({ body, status }: Reply, finished: boolean): boolean => {
  if (status !== 200) return false
  const order = parseJson(body) as { readonly status?: unknown } | null | undefined
  return !finished || !/(?:^|_)(?:LIVE|DELAYED)$/.test(String(order?.status))
}

const shortened = (reply: Reply, keep: number | undefined): Reply => {
  const value = parseJson(reply.body)
  const cut = (rows: ReadonlyArray<unknown>) => rows.slice(0, keep ?? Math.max(0, rows.length - 1))
  if (Array.isArray(value)) return { ...reply, body: JSON.stringify(cut(value)) }
  const page = value as { readonly data?: unknown } | null | undefined
  if (!Array.isArray(page?.data)) return reply
  const data = cut(page.data)
  return { ...reply, body: JSON.stringify({ ...page, ...("count" in page ? { count: data.length } : {}), data }) }
}
