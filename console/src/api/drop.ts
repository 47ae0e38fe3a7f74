import { api, taken } from "./client";
import type { components } from "./schema";

export type FileTaken = components["schemas"]["FileOut"];

/** The largest file that goes over the console; larger ones go by the command line. */
export const FILE_BYTES = 16 * 1024 * 1024;

/** A file with its place in the folder that was dropped. */
export type Dropped = { name: string; file: File };

export const openRun = async (): Promise<string> => (await taken(api.POST("/api/v1/intake/runs", { params: { header: {} as never } }))).id;

export const finishRun = (run: string): Promise<unknown> =>
  taken(api.POST("/api/v1/intake/runs/{run}/finish", { params: { path: { run } } }));

/** Send one file as it is. Its name stands in a header, percent-encoded: addresses carry no values. */
export async function sendFile(run: string, { name, file }: Dropped): Promise<FileTaken> {
  const body = await file.arrayBuffer();
  const headers = {
    "Content-Type": "application/octet-stream",
    "Hushkeep-File-Name": encodeURIComponent(name),
    "Hushkeep-Time-Zone": Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  return taken(
    api.POST("/api/v1/intake/files", {
      params: { query: { run }, header: { "Idempotency-Key": "", ...headers } },
      headers,
      body: body as never,
      bodySerializer: (bytes: unknown) => bytes as ArrayBuffer,
    }),
  );
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
