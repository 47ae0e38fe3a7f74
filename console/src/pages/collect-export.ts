import { api, taken } from "../api/client";

/** Collect the archive of an approval, once: piece by piece, then into a file named by its id alone. */
export async function collect(approval: string): Promise<void> {
  const { id } = await taken(api.GET("/api/v1/approvals/{approval}/export", { params: { path: { approval } } }));
  const archive = await taken(api.POST("/api/v1/exports/{export}/take", { params: { path: { export: id } } }));
  const pieces: Blob[] = [];
  for (let part = 0; part < archive.parts; part += 1) {
    const answer = api.GET("/api/v1/exports/{export}/parts/{part}", { params: { path: { export: id, part } }, parseAs: "blob" });
    pieces.push((await taken(answer as Promise<{ data?: Blob; error?: unknown; response: Response }>)) as Blob);
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(pieces));
  link.download = `${id}.hkex`;
  link.click();
  URL.revokeObjectURL(link.href);
}
