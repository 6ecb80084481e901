/**
 * One connection to the stream: who wants which channel, and a socket that comes back after every loss.
 *
 * Invariant: whatever is wanted is subscribed as soon as there is a connection, and `opened` is told before any frame of
 * it, so that a channel knows that all before is old. Delays between tries grow and are drawn at random, so that
 * a restarted server is not met by everybody at once. Limit: one socket; frames are JSON texts with one key each.
 */

import { Store } from "./store.ts";
import type { PayloadOf, StreamName, StreamSchemas } from "./streamMessages.ts";

export type Connection = "connecting" | "open" | "waiting" | "stopped";

export interface ConnectionState {
  readonly connection: Connection;
  /** Milliseconds of the last ping's round trip, where one came back. */
  readonly latencyMs: number | null;
  readonly tries: number;
}

/** What a channel gets. `event` is the frame's key: a book's channel gets `ob-snap` and `ob-inc`. */
export interface Channel<Name extends StreamName = StreamName> {
  readonly opened?: () => void;
  readonly closed?: () => void;
  readonly frame: (payload: PayloadOf<Name>, event: string) => void;
}

/** A channel beside those of other streams. Whoever hands it frames knows that they are of its stream. */
type AnyChannel = Channel<never>;

export interface SocketLike {
  onopen: (() => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  /** As a WebSocket has it: 1 is open. */
  readonly readyState: number;
  send(text: string): void;
  close(code?: number): void;
}

export interface StreamOptions {
  readonly url: () => string;
  readonly open?: (url: string) => SocketLike;
  readonly random?: () => number;
  readonly now?: () => number;
  /** The server has ended this session. */
  readonly onSessionEnded?: () => void;
}

export const FIRST_DELAY_MS = 500;
export const LAST_DELAY_MS = 15_000;
const PING_EVERY_MS = 10_000;
const SILENCE_MS = 25_000;
const SESSION_ENDED = 4001;
const OPEN = 1;

export class Stream {
  readonly state = new Store<ConnectionState>({ connection: "stopped", latencyMs: null, tries: 0 });
  private readonly channels = new Map<string, Set<AnyChannel>>();
  private socket: SocketLike | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pulse: ReturnType<typeof setInterval> | undefined;
  private pingedAt: number | null = null;
  private heardAt = 0;

  constructor(private readonly options: StreamOptions) {}

  start(): void {
    if (this.state.get().connection === "stopped") this.connect();
  }

  stop(): void {
    this.leave();
    this.state.set({ connection: "stopped", latencyMs: null, tries: 0 });
  }

  /** Another address, such as after log-in: leaves the present connection and begins anew at once. */
  restart(): void {
    this.leave();
    this.connect();
  }

  /** Tries at once rather than when the present delay is over. */
  retryNow(): void {
    if (this.state.get().connection === "waiting") this.connect();
  }

  subscribe<Name extends StreamName>(name: Name, channel: Channel<Name>): () => void {
    const there = this.channels.get(name);
    if (there) there.add(channel);
    else this.channels.set(name, new Set([channel]));
    if (this.isOpen()) {
      channel.opened?.();
      // A channel that joins others needs its own snapshot: the server sends one to whoever subscribes anew.
      if (there) this.send("unsubscribe", [name]);
      this.send("subscribe", [name]);
    }
    return () => this.unsubscribe(name, channel);
  }

  /** Asks for a new snapshot of a channel. */
  resync(name: StreamName): void {
    if (!this.isOpen() || !this.channels.has(name)) return;
    this.send("unsubscribe", [name]);
    this.send("subscribe", [name]);
  }

  private unsubscribe(name: StreamName, channel: AnyChannel): void {
    const there = this.channels.get(name);
    if (!there?.delete(channel) || there.size > 0) return;
    this.channels.delete(name);
    if (this.isOpen()) this.send("unsubscribe", [name]);
  }

  private isOpen(): boolean {
    return this.socket !== null && this.state.get().connection === "open";
  }

  private send(event: "subscribe" | "unsubscribe", streams: string[]): void {
    const message: StreamSchemas["Subscribe" | "Unsubscribe"] = { event, streams };
    this.write(JSON.stringify(message));
  }

  private connect(): void {
    clearTimeout(this.timer);
    const { tries } = this.state.get();
    this.state.set({ connection: "connecting", latencyMs: null, tries });
    const open = this.options.open ?? ((url: string): SocketLike => new WebSocket(url) as unknown as SocketLike);
    const socket = open(this.options.url());
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = ({ data }) => this.received(data);
    socket.onclose = ({ code }) => this.lost(code);
  }

  private opened(): void {
    this.heardAt = this.now();
    this.state.set({ connection: "open", latencyMs: null, tries: 0 });
    for (const channels of this.channels.values()) for (const channel of channels) channel.opened?.();
    const names = [...this.channels.keys()];
    if (names.length > 0) this.send("subscribe", names);
    this.ping();
    this.pulse = setInterval(() => this.beat(), PING_EVERY_MS);
  }

  private beat(): void {
    if (this.now() - this.heardAt > SILENCE_MS) {
      // A dead network tells a browser nothing for minutes.
      this.lost(1006);
      return;
    }
    this.ping();
  }

  private ping(): void {
    this.pingedAt = this.now();
    this.write("ping");
  }

  /** A socket that is about to close takes nothing any more; its end is told in a moment. */
  private write(text: string): void {
    if (this.socket?.readyState === OPEN) this.socket.send(text);
  }

  private received(data: unknown): void {
    this.heardAt = this.now();
    if (typeof data !== "string") return;
    if (data === "pong") {
      if (this.pingedAt !== null) {
        const latencyMs = Math.round(this.now() - this.pingedAt);
        this.state.update((state) => ({ ...state, latencyMs }));
      }
      return;
    }
    const frame: unknown = JSON.parse(data);
    if (typeof frame !== "object" || frame === null) return;
    for (const [event, payload] of Object.entries(frame)) {
      const name = event.endsWith(".ob-snap") ? `${event.slice(0, -".ob-snap".length)}.ob-inc` : event;
      for (const channel of this.channels.get(name) ?? []) channel.frame(payload as never, event);
    }
  }

  private lost(code: number): void {
    const { tries } = this.state.get();
    this.leave();
    const delay = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(tries, 10));
    const drawn = delay / 2 + (delay / 2) * (this.options.random ?? Math.random)();
    this.state.set({ connection: "waiting", latencyMs: null, tries: tries + 1 });
    this.timer = setTimeout(() => this.connect(), drawn);
    if (code === SESSION_ENDED) this.options.onSessionEnded?.();
  }

  /** Lets go of the socket without being told about its end. */
  private leave(): void {
    clearTimeout(this.timer);
    clearInterval(this.pulse);
    const socket = this.socket;
    this.socket = null;
    this.pingedAt = null;
    if (!socket) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
    for (const channels of this.channels.values()) for (const channel of channels) channel.closed?.();
  }

  private now(): number {
    return (this.options.now ?? (() => performance.now()))();
  }
}
