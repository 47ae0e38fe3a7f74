/** Where the player stands: the second and its fraction, and whether it sounds. */
export type Standing = { at: number; playing: boolean };

type Fetch = (second: number) => Promise<ArrayBuffer>;

const AHEAD = 2; // seconds that are fetched before they sound: no more is written down as heard than is about to be

/**
 * Plays a recording second by second, each decoded by itself and joined without a gap. Nothing is kept: what is heard
 * again is asked for again.
 */
export class SecondPlayer {
  private readonly fetch: Fetch;
  private readonly seconds: number;
  private readonly lead: number;
  private readonly tell: (standing: Standing) => void;
  private readonly fail: (error: unknown) => void;
  private context: AudioContext | null = null;
  private sources: AudioBufferSourceNode[] = [];
  private startedAt = 0;
  private from = 0;
  private round = 0;
  private playing = false;
  private timer = 0;

  /** ``lead`` is what each piece begins with of the second before: it is decoded, never heard. */
  constructor(fetch: Fetch, seconds: number, lead: number, tell: (standing: Standing) => void, fail: (error: unknown) => void) {
    this.fetch = fetch;
    this.seconds = seconds;
    this.lead = lead;
    this.tell = tell;
    this.fail = fail;
  }

  /** Begin at ``at`` seconds; resolves when the first second is there. */
  async play(at: number): Promise<void> {
    this.silence();
    const round = ++this.round;
    const context = (this.context ??= new AudioContext());
    await context.resume();
    const first = Math.min(Math.floor(at), Math.ceil(this.seconds) - 1);
    const buffer = await this.decoded(first);
    if (round !== this.round) return;
    this.from = at;
    this.startedAt = context.currentTime + 0.05;
    this.playing = true;
    this.schedule(buffer, this.startedAt, at - first);
    this.timer = window.setInterval(() => this.tick(), 100);
    this.tick();
    void this.follow(first + 1, round);
  }

  /** Stop where it stands. */
  pause(): void {
    const at = this.position();
    this.silence();
    this.from = at;
    this.tell({ at, playing: false });
  }

  /** Stop for good. */
  close(): void {
    this.silence();
    void this.context?.close();
    this.context = null;
  }

  private position(): number {
    if (!this.playing || !this.context) return this.from;
    return Math.min(this.seconds, this.from + Math.max(0, this.context.currentTime - this.startedAt));
  }

  private async follow(next: number, round: number): Promise<void> {
    for (let second = next; second < this.seconds; second += 1) {
      while (round === this.round && second > this.position() + AHEAD) await new Promise((go) => window.setTimeout(go, 100));
      if (round !== this.round) return;
      try {
        const buffer = await this.decoded(second);
        if (round !== this.round) return;
        const due = this.startedAt + (second - this.from);
        const now = this.context?.currentTime ?? 0;
        // It came late: what follows moves on by as much, rather than being swallowed.
        if (due < now) this.startedAt += now - due;
        this.schedule(buffer, Math.max(due, now), 0);
      } catch (error) {
        if (round !== this.round) return;
        this.pause();
        this.fail(error);
        return;
      }
    }
  }

  private async decoded(second: number): Promise<AudioBuffer> {
    const context = this.context ?? new AudioContext();
    return context.decodeAudioData(await this.fetch(second));
  }

  private schedule(buffer: AudioBuffer, when: number, offset: number): void {
    if (!this.context) return;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    source.start(when, this.lead + offset);
    this.sources.push(source);
    source.onended = () => (this.sources = this.sources.filter((other) => other !== source));
  }

  private tick(): void {
    const at = this.position();
    if (at >= this.seconds) {
      this.silence();
      this.from = 0;
      this.tell({ at: 0, playing: false });
    } else this.tell({ at, playing: this.playing });
  }

  private silence(): void {
    this.round += 1;
    this.playing = false;
    window.clearInterval(this.timer);
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
    }
    this.sources = [];
  }
}
