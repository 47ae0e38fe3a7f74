/** Hand-written until openapi.json is committed; then `npm run types` makes it. */
import type * as T from "./types";

type Json<V> = { content: { "application/json": V } };
type Ok<V> = { responses: { 200: Json<V>; default: Json<{ code: string }> } };
type Path<P> = { parameters: { path: P; query?: never; header?: never; cookie?: never } };
type Query<Q> = { parameters: { query?: Q; path?: never; header?: never; cookie?: never } };
type NoParams = { parameters: { query?: never; path?: never; header?: never; cookie?: never } };
type Body<B> = { requestBody: Json<B> };
type Id = { id: string };
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
    post: NoParams & Body<{ index: string; value: string }> & Ok<T.Page<T.ConversationRow>>;
  };
  "/api/v1/conversations/{id}": { get: Path<Id> & Ok<T.Conversation> };
  "/api/v1/conversations/{id}/reveal": {
    post: Path<Id> & Body<{ purpose: string; turns?: number[] }> & Ok<T.Revealed>;
  };
  "/api/v1/conversations/{id}/trail": { get: Path<Id> & Ok<T.Page<T.EventRow>> };
  "/api/v1/events": {
    get: Query<
      Paging & { action?: string; outcome?: string; actor?: string; conversation?: string; from?: string; to?: string }
    > &
      Ok<T.Page<T.EventRow>>;
  };
  "/api/v1/events/{id}/proof": { get: Path<Id> & Ok<T.Proof> };
  "/api/v1/overview": { get: NoParams & Ok<T.Overview> };
  "/api/v1/intake/runs": { get: NoParams & Ok<T.Page<T.IntakeRun>> };
  "/api/v1/people": {
    get: NoParams & Ok<T.Page<T.Person>>;
    post: NoParams & Body<{ login: string; name: string; role: string }> & Ok<{ id: string; enrolment_link: string }>;
  };
  "/api/v1/people/{id}/deactivate": { post: Path<Id> & Ok<unknown> };
  "/api/v1/people/{id}/role": { post: Path<Id> & Body<{ role: string }> & Ok<unknown> };
  "/api/v1/sessions": { get: NoParams & Ok<T.Page<T.SessionRow>> };
  "/api/v1/sessions/{id}": { delete: Path<Id> & Ok<unknown> };
  "/api/v1/status": { get: NoParams & Ok<T.Status> };
}
