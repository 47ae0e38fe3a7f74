/** Hand-written until openapi.json is committed; then `npm run types` makes it. */
import type * as T from "./types";

type Json<V> = { content: { "application/json": V } };
type Ok<V> = { responses: { 200: Json<V>; default: Json<{ code: string }> } };
type Path<P> = { parameters: { path: P; query?: never; header?: never; cookie?: never } };
type Query<Q> = { parameters: { query?: Q; path?: never; header?: never; cookie?: never } };
type NoParams = { parameters: { query?: never; path?: never; header?: never; cookie?: never } };
type Body<B> = { requestBody: Json<B> };
type Paging = { cursor?: string; limit?: number };

export interface paths {
  "/api/v1/me": { get: NoParams & Ok<T.Me> };
  "/api/v1/enrolment/begin": { post: NoParams & Body<{ token: string }> & Ok<T.Enrolment> };
  "/api/v1/enrolment/finish": {
    post: NoParams & Body<{ token: string; password: string; code: string }> & Ok<{ recovery_codes: string[] }>;
  };
  "/api/v1/conversations": {
    get: Query<
      Paging & { channel?: string; language?: string; entity?: string; level?: number; from?: string; to?: string }
    > &
      Ok<T.Page<T.ConversationRow>>;
  };
  "/api/v1/conversations/search": {
    post: Query<Paging> & Body<{ index: string; value: string }> & Ok<T.Page<T.ConversationRow>>;
  };
  "/api/v1/conversations/{conversation}": { get: Path<{ conversation: string }> & Ok<T.Conversation> };
  "/api/v1/conversations/{conversation}/reveal": {
    post: Path<{ conversation: string }> & Body<{ purpose: string; turns?: number[] }> & Ok<T.Revealed>;
  };
  "/api/v1/conversations/{conversation}/trail": { get: Path<{ conversation: string }> & Ok<T.Page<T.EventRow>> };
  "/api/v1/events": {
    get: Query<
      Paging & { action?: string; outcome?: string; actor?: string; conversation?: string; from?: string; to?: string }
    > &
      Ok<T.Page<T.EventRow>>;
  };
  "/api/v1/events/{event}/proof": { get: Path<{ event: string }> & Ok<T.Proof> };
  "/api/v1/overview": { get: NoParams & Ok<T.Overview> };
  "/api/v1/intake/runs": { get: NoParams & Ok<T.Page<T.IntakeRun>> };
  "/api/v1/people": {
    get: Query<Paging> & Ok<T.Page<T.Person>>;
    post: NoParams & Body<{ login: string; name: string; role: string; language: "en" | "zh" }> & Ok<{ id: string; enrolment_link: string }>;
  };
  "/api/v1/people/{person}/deactivate": { post: Path<{ person: string }> & Ok<unknown> };
  "/api/v1/people/{person}/invite": { post: Path<{ person: string }> & Ok<{ id: string; enrolment_link: string }> };
  "/api/v1/people/{person}/role": { post: Path<{ person: string }> & Body<{ role: string }> & Ok<unknown> };
  "/api/v1/sessions": { get: Query<Paging & { mine?: boolean }> & Ok<T.Page<T.SessionRow>> };
  "/api/v1/sessions/{session}": { delete: Path<{ session: string }> & Ok<unknown> };
  "/api/v1/status": { get: NoParams & Ok<T.Status> };
}
