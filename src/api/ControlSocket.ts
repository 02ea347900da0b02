/** Where the control socket of a data folder is, and a client of it. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Effect } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { join } from "node:path"
import { ControlApi } from "./ControlApi.ts"

/** The most bytes a socket's path may have: what the kernel takes, without its end. */
export const longestPath = 107

/** The socket of a data folder. */
export const socketOf = (folder: string): string => join(folder, "engine.sock")

/** A client of the engine that runs on a data folder; each call fails when none does. Provide `layerSocket` of the same folder. */
export const client = HttpApiClient.make(ControlApi, {
  transformClient: HttpClient.mapRequest(HttpClientRequest.prependUrl("http://engine"))
})

/** The transport of `client`. */
export const layerSocket = (folder: string) => NodeHttpClient.layerNodeHttpOptions({ socketPath: socketOf(folder) })

/** Runs something with a client of an engine. */
export const withClient = <A, E>(
  folder: string,
  run: (api: Effect.Success<typeof client>) => Effect.Effect<A, E>
) => Effect.flatMap(client, run).pipe(Effect.provide(layerSocket(folder)))
