import { useEffect, useRef } from "react";

const AGAIN_MILLISECONDS = 3_000;

/** The topics in a piece of a stream of server-sent events; a piece may end in mid-line. */
export function topicsIn(text: string): { topics: string[]; rest: string } {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  return { topics: lines.filter((line) => line.startsWith("event: ")).map((line) => line.slice(7)), rest };
}

async function read(signal: AbortSignal, heard: (topic: string) => void): Promise<void> {
  const answer = await fetch("/stream/events", { signal, headers: { Accept: "text/event-stream" }, credentials: "same-origin" });
  const reader = answer.ok ? answer.body?.pipeThrough(new TextDecoderStream()).getReader() : undefined;
  let rest = "";
  while (reader) {
    const { done, value } = await reader.read();
    if (done) return;
    const found = topicsIn(rest + value);
    rest = found.rest;
    for (const topic of found.topics) heard(topic);
  }
}

/** Call ``heard`` for every notice of one of ``topics`` while this is on the page; a lost stream is opened again. */
export function useNotices(topics: readonly string[], heard: () => void): void {
  const now = useRef(heard);
  now.current = heard;
  const wanted = topics.join(" ");
  useEffect(() => {
    const end = new AbortController();
    const listen = async (): Promise<void> => {
      while (!end.signal.aborted) {
        // A stream that breaks is a stream that ended: what was missed in between is asked for afresh.
        await read(end.signal, (topic) => wanted.split(" ").includes(topic) && now.current()).catch(() => undefined);
        if (end.signal.aborted) return;
        now.current();
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
      }
    };
    void listen();
    return () => end.abort();
  }, [wanted]);
}
