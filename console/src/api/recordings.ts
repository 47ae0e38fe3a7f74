import { useQuery } from "@tanstack/react-query";

import { api, taken } from "./client";
import { type Evidence, evidenceHeader } from "./evidence";
import type { components } from "./schema";
import type { Page } from "./types";

export type RecordingRow = components["schemas"]["RecordingOut"];
export type Recording = components["schemas"]["RecordingDetailOut"];
export type Span = components["schemas"]["SpanOut"];

const UNDER_WAY = new Set(["landing", "landed", "scanning"]);

export const useRecordings = () =>
  useQuery({
    queryKey: ["recordings"],
    queryFn: () => taken<Page<RecordingRow>>(api.GET("/api/v1/recordings", { params: { query: { limit: 200 } } })),
    refetchInterval: (query) => (query.state.data?.items.some((row) => UNDER_WAY.has(row.state)) ? 3_000 : false),
  });

export const useRecording = (id: string) =>
  useQuery({
    queryKey: ["recording", id],
    queryFn: () => taken<Recording>(api.GET("/api/v1/recordings/{recording}", { params: { path: { recording: id } } })),
    gcTime: 0,
    refetchInterval: (query) => (UNDER_WAY.has(query.state.data?.state ?? "") ? 3_000 : false),
  });

/** Who heard which seconds, the latest first. */
export const useListening = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: ["listening", id],
    queryFn: async () =>
      (await taken<components["schemas"]["HeardsOut"]>(api.GET("/api/v1/recordings/{recording}/listening", { params: { path: { recording: id }, query: { limit: 200 } } }))).items,
    enabled,
    staleTime: 0,
  });

const OPUS = typeof Audio !== "undefined" && new Audio().canPlayType("audio/ogg; codecs=opus") === "probably";

/** In what a recording is fetched: small where the browser plays it; each such second begins ``lead`` seconds early. */
export const piecesOf = (recording: Recording): { codec: "opus" | "flac"; ends: number[]; lead: number } =>
  OPUS && recording.opus_pieces.length
    ? { codec: "opus", ends: recording.opus_pieces, lead: recording.opus_lead }
    : { codec: "flac", ends: recording.pieces, lead: 0 };

/** One second of the redacted copy. Each is asked for by itself: the server decides and writes down each one. */
export const secondOf = (recording: Recording, n: number, purpose: string, evidence: Evidence | null): Promise<ArrayBuffer> => {
  const { codec, ends } = piecesOf(recording);
  return taken<ArrayBuffer>(
    api.GET("/api/v1/recordings/{recording}/audio", {
      params: { path: { recording: recording.id }, query: { purpose, codec } },
      headers: { Range: `bytes=${ends[n]}-${(ends[n + 1] ?? 1) - 1}`, ...evidenceHeader(evidence) },
      parseAs: "arrayBuffer",
    }) as never,
  );
};
