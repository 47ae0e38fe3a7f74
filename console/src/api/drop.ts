import { api, taken } from "./client";
import type { components } from "./schema";

export type FileTaken = components["schemas"]["FileOut"];

/** A column of a table: its masked heading, the look of its cells, and what it would be read as. */
export type TableColumn = components["schemas"]["ColumnOut"];

/** The largest file that goes over the console; larger ones go by the command line. */
export const FILE_BYTES = 16 * 1024 * 1024;

/** A file with its place in the folder that was dropped. */
export type Dropped = { name: string; file: File };

export const openRun = async (): Promise<string> => (await taken(api.POST("/api/v1/intake/runs", { params: { header: {} as never } }))).id;

export const finishRun = (run: string): Promise<unknown> =>
  taken(api.POST("/api/v1/intake/runs/{run}/finish", { params: { path: { run } } }));

const TABLE = /\.(csv|tsv|xlsx)$/i;

/** Whether a file is a table, whose columns are guessed. */
export const isTable = ({ name }: Dropped): boolean => TABLE.test(name);

/** Send one file as it is. Its name stands in a header, percent-encoded: addresses carry no values. */
export const sendFile = (run: string, one: Dropped): Promise<FileTaken> => sent(run, one, false);

/** How a table would be read, column by column; nothing of it is taken. None for a file that is no table of ours. */
export const layoutOf = async (run: string, one: Dropped): Promise<TableColumn[]> => (await sent(run, one, true)).layout;

async function sent(run: string, { name, file }: Dropped, look: boolean): Promise<FileTaken> {
  const body = await file.arrayBuffer();
  const headers = {
    "Content-Type": "application/octet-stream",
    "Hushkeep-File-Name": encodeURIComponent(name),
    "Hushkeep-Time-Zone": Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  return taken(
    api.POST("/api/v1/intake/files", {
      params: { query: { run, look }, header: { "Idempotency-Key": "", ...headers } },
      headers,
      body: body as never,
      bodySerializer: (bytes: unknown) => bytes as ArrayBuffer,
    }),
  );
}

const RECORDING = /\.(wav|mp3|flac|ogg|opus|m4a|gsm|ulaw|alaw|g722|sln|sln16)$/i;

/** The largest recording that goes over the console: its digest is taken of the whole. */
export const RECORDING_BYTES = 512 * 1024 * 1024;
const PART_BYTES = 8 * 1024 * 1024;

/** Recordings, each with the sidecar that lies beside it; and all other files. */
export function parted(files: Dropped[]): { recordings: { one: Dropped; sidecar: Dropped | undefined }[]; others: Dropped[] } {
  const named = new Map(files.map((one) => [one.name, one]));
  const recordings = files
    .filter((one) => RECORDING.test(one.name))
    .map((one) => {
      const stem = one.name.replace(/\.[^.]*$/, "");
      const sidecar = named.get(`${one.name}.json`) ?? named.get(`${stem}.json`);
      return { one, sidecar };
    });
  const taken = new Set(recordings.flatMap(({ one, sidecar }) => (sidecar ? [one, sidecar] : [one])));
  return { recordings, others: files.filter((one) => !taken.has(one)) };
}

export type Landed = components["schemas"]["LandedOut"];

/** Send one recording: a line that tells of it, then its bytes in parts. It is sealed as it arrives. */
export async function sendRecording({ name, file }: Dropped, sidecar: Dropped | undefined): Promise<Landed> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const suffix = name.replace(/^.*\./, "").toLowerCase();
  const told: Record<string, unknown> = { id: name.slice(-200), ...(await said(sidecar)), suffix, size: file.size, sha256 };
  const head = new TextEncoder().encode(`${JSON.stringify(told)}\n`);
  const first = new Blob([head, file.slice(0, PART_BYTES)]);
  let state: Landed = await taken(api.POST("/api/v1/recordings", await raw(first)));
  while (state.state === "landing") {
    const at = state.landed_size;
    const part = await raw(file.slice(at, at + PART_BYTES));
    const params = { path: { recording: state.id }, query: { at } };
    state = await taken(api.POST("/api/v1/recordings/{recording}/parts", { params, ...part }));
  }
  return state;
}

const raw = async (part: Blob) => ({
  headers: { "Content-Type": "application/octet-stream" },
  body: (await part.arrayBuffer()) as never,
  bodySerializer: (bytes: unknown) => bytes as ArrayBuffer,
});

/** What a sidecar says; one that is no JSON object tells nothing, and the recording lands without. */
async function said(sidecar: Dropped | undefined): Promise<Record<string, unknown>> {
  if (!sidecar) return {};
  try {
    const told: unknown = JSON.parse(await sidecar.file.text());
    return told && typeof told === "object" && !Array.isArray(told) ? (told as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Every file of what was dropped, folders gone through; in the order of names. */
export async function filesOf(items: DataTransferItemList): Promise<Dropped[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found = (await Promise.all(entries.map((entry) => under(entry, "")))).flat();
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function under(entry: FileSystemEntry, above: string): Promise<Dropped[]> {
  const name = above ? `${above}/${entry.name}` : entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((yes, no) => (entry as FileSystemFileEntry).file(yes, no));
    return [{ name, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  // A reader gives a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((yes, no) => reader.readEntries(yes, no));
    if (some.length === 0) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map((one) => under(one, above || entry.isDirectory ? name : "")))).flat();
}
