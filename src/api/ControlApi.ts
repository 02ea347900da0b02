/** The control of a running engine as an HttpApi: what its policies do and why, turning them on and off, how the engine is. Schemas only, no logic. */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Explanation } from "../engine/policy/Explanation.ts"
import { NotWritten, PolicyStatus, Rehearsal, Turned, UnknownAsset, UnknownPolicy } from "../engine/PolicyControl.ts"

const params = { id: Schema.String }
const ofAsset = { asset: Schema.optional(Schema.String) }

/** Letters of a reason, and of a name, at most. */
export const longestLine = 500

const Line = Schema.String.check(Schema.isMaxLength(longestLine))

/** Who turns a policy, and why. */
export const Turn = Schema.Struct({ actor: Line, reason: Line })

/** How the engine is. */
export const EngineStatus = Schema.Struct({
  /** Names this run in the audit trail. */
  runId: Schema.String,
  pid: Schema.Int,
  /** Event time, ISO UTC. */
  now: Schema.String,
  policies: Schema.Struct({ on: Schema.Int, off: Schema.Int }),
  /** Events so far, by kind. */
  events: Schema.Record(Schema.String, Schema.Int)
})

class Policies extends HttpApiGroup.make("policies")
  .add(
    HttpApiEndpoint.get("list", "/", { success: Schema.Array(PolicyStatus) }),
    HttpApiEndpoint.get("why", "/:id/why", {
      params,
      query: ofAsset,
      success: Explanation,
      error: [UnknownPolicy, UnknownAsset]
    }),
    HttpApiEndpoint.get("rehearse", "/:id/rehearsal", {
      params,
      query: ofAsset,
      success: Rehearsal,
      error: [UnknownPolicy, UnknownAsset]
    }),
    HttpApiEndpoint.post("enable", "/:id/enable", {
      params,
      payload: Turn,
      success: Turned,
      error: [UnknownPolicy, NotWritten]
    }),
    HttpApiEndpoint.post("disable", "/:id/disable", {
      params,
      payload: Turn,
      success: Turned,
      error: [UnknownPolicy, NotWritten]
    })
  )
  .prefix("/policies")
{}

class Engine extends HttpApiGroup.make("engine").add(
  HttpApiEndpoint.get("status", "/engine", { success: EngineStatus })
) {}

/** All of it. */
export class ControlApi extends HttpApi.make("control").add(Policies).add(Engine) {}
