/** A client made of endpoints: any described call, and its pages as a stream, with the client's own error around the shared reasons. */
import { Effect, type Stream } from "effect"
import type { Reason } from "../domain/Failure.ts"
import * as Endpoint from "./Endpoint.ts"
import type { Given, Params } from "./Endpoint.ts"
import type { Http } from "./Http.ts"

/** What a client of described calls offers. */
export interface Api<E> {
  /** Makes a call. May be repeated. */
  readonly call: <P extends Params, A>(call: Endpoint.Endpoint<P, A>, given: Given<P>) => Effect.Effect<A, E>
  /** The pages of a call, from the given values on, each asked for when it is wanted. */
  readonly pages: <P extends Params, A>(call: Endpoint.Endpoint<P, A>, given: Given<P>) => Stream.Stream<A, E>
}

/** Makes it; `fail` wraps a reason with the name of the call. */
export const make = <E>(http: Http, fail: (operation: string, reason: Reason) => E): Api<E> => {
  const call: Api<E>["call"] = (one, given) =>
    Effect.mapError(Endpoint.run(http, one, given), (reason) => fail(one.name, reason))
  return { call, pages: (one, given) => Endpoint.pages(one, given, (next) => call(one, next)) }
}
