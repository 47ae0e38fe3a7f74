import type { components } from "./schema";

/** The values that cross the wire. Times are RFC 3339 in UTC; ids are opaque. */
export type Counts = Record<string, number>;
export type Page<T> = { items: T[]; next: string | null };

export type Me = {
  person: { id: string; name: string; login: string; role: string; language: string | null };
  tenant: { id: string; name: string; demo: boolean };
  permissions: string[];
  level: string;
  session: { id: string; expires_at: string; idle_seconds: number; mfa_at: string | null; elevated_until: string | null };
};

export type Enrolment = { login: string; name: string; totp: { secret: string; uri: string } };

export type ConversationRow = {
  id: string;
  channel: string;
  language: string | null;
  direction: string | null;
  started_at: string | null;
  ended_at: string | null;
  turn_count: number;
  findings: Counts;
  secrets_cut: number;
  level: number;
  agent: string | null;
  preview: string;
};

/** Half-open, in Unicode code points of the masked text. */
export type Finding = { start: number; end: number; entity: string; level: number };
export type Turn = { n: number; speaker: string; at: string | null; text: string; findings: Finding[] };
export type Attachment = components["schemas"]["AttachmentOut"];
export type Conversation = Omit<ConversationRow, "preview"> & { turns: Turn[]; subject: string | null; attachments: Attachment[] };

export type Revealed = { event: string; expires_in: number; turns: { n: number; text: string }[] };

export type EventRow = {
  id: string;
  at: string;
  actor: { id: string | null; name: string | null; kind: string };
  action: string;
  outcome: string;
  reason: string | null;
  rule: { id: string; says_en: string; says_zh: string } | null;
  purpose: string | null;
  target: { kind: string | null; id: string | null } | null;
  conversation: string | null;
  subject: string | null;
  count: number | null;
  seq: number | null;
  verified: boolean;
};

export type Proof = {
  event: string;
  seq: number;
  leaf_hash: string;
  path: string[];
  size: number;
  root: string;
  checkpoint: string | null;
};

export type IntakeRun = {
  id: string;
  state: string;
  started_at: string;
  finished_at: string | null;
  taken: number;
  duplicates: number;
  changed: number;
  rejected: number;
  secrets_cut: number;
  messages: number;
  entities: Counts;
  channels: Counts;
  reasons: Counts;
  attachments: Counts;
  missing: number;
  files: number;
  bytes: number;
};

/** What a run brought, in all and over time; ``began`` is a day or a month. */
export type RunReport = IntakeRun & {
  classes: Counts;
  levels: Counts;
  periods: { began: string; channels: Counts; entities: Counts; classes: Counts; levels: Counts }[];
};

export type Overview = {
  conversations: number;
  turns: number;
  channels: Counts;
  entities: Counts;
  classes: Counts;
  levels: Counts;
  days: { day: string; channels: Counts }[];
  secrets_cut: number;
  events_today: number;
  reveals_today: number;
  runs: IntakeRun[];
};

export type Person = {
  id: string;
  login: string;
  name: string;
  role: "agent" | "supervisor" | "qa" | "security" | "dpo" | "auditor" | "administrator";
  language: string;
  active: boolean;
  enrolled: boolean;
  left: boolean;
  version: number;
};

export type SessionRow = {
  id: string;
  person: string;
  device: string | null;
  created_at: string;
  seen_at: string;
  expires_at: string;
  here: boolean;
  network: string;
  country: string;
};

export type Status = {
  level: string;
  database: boolean;
  policy_set: string;
  processes?: { name: string; state: string; since: string | null }[];
};

export type LiveCall = components["schemas"]["LiveOut"];
export type CustomerCard = components["schemas"]["CardOut"];
export type JudgedMessage = components["schemas"]["JudgedOut"];
export type DeviceRow = components["schemas"]["DeviceOut"];
export type Approval = components["schemas"]["ApprovalOut"];
export type Emergency = components["schemas"]["EmergencyOut"];
export type AlarmRow = components["schemas"]["AlarmOut"];
export type Policies = components["schemas"]["PolicyOut"];
