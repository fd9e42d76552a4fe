// What a command works with while it runs: output, questions, the connection and the API on demand, time, interruption.
// One per run; main.ts makes it and closes it. Decides nothing about any command.
import type { NatsConnection } from '@nats-io/transport-node';
import { parseRfc3339 } from '../base/nanos.ts';
import { type ConnectionSettings, connectionSettings } from './client/connection_settings.ts';
import type { JsApi } from './client/js_api.ts';
import { ContextStore } from './context/context_store.ts';
import { deferred } from './deferred.ts';
import type { CliDoors } from './doors.ts';
import { CommandError } from './errors.ts';
import type { GlobalFlags } from './global_flags.ts';
import type { Page } from './output/columns.ts';
import { clockText, timeText } from './output/human.ts';
import { jsonLine, jsonText } from './output/json.ts';
import { Prompt } from './output/prompt.ts';
import { Style } from './output/style.ts';
import type { TextTable } from './output/table.ts';

export interface SessionOptions {
  readonly doors: CliDoors;
  readonly flags: GlobalFlags;
  readonly version: string;
}

export class Session {
  readonly doors: CliDoors;
  readonly flags: GlobalFlags;
  readonly version: string;
  readonly contexts: ContextStore;
  /** Resolves when the person wants to stop; never before. */
  readonly interrupted: Promise<void>;
  readonly #stopListening: () => void;
  readonly #closers: (() => Promise<void> | void)[];
  #settings: ConnectionSettings | null;
  #style: Style | null;
  #prompt: Prompt | null;
  #connection: Promise<NatsConnection> | null;
  #api: Promise<JsApi> | null;
  #interruptCode: number | null;
  #underway: string | null;
  #serverError: Error | null;

  constructor({ doors, flags, version }: SessionOptions) {
    this.doors = doors;
    this.flags = flags;
    this.version = version;
    this.contexts = new ContextStore(doors.files, doors.environment);
    this.#closers = [];
    this.#settings = null;
    this.#style = null;
    this.#prompt = null;
    this.#connection = null;
    this.#api = null;
    this.#interruptCode = null;
    this.#underway = null;
    this.#serverError = null;
    const { promise, resolve } = deferred();
    this.interrupted = promise;
    this.#stopListening = doors.terminal.onInterrupt((exitCode) => {
      this.#interruptCode ??= exitCode;
      resolve();
    });
  }

  // --- output -------------------------------------------------------------------------------------------------------

  get isJson(): boolean {
    return this.flags.json;
  }

  get style(): Style {
    this.#style ??= new Style(this.doors.terminal, {
      scheme: this.flags.colors ?? this.#schemeOfContext(),
      environment: this.doors.environment,
    });
    return this.#style;
  }

  /** A line, or an empty one. */
  print(text = ''): void {
    this.doors.terminal.write(`${text}\n`);
  }

  write(text: string | Uint8Array): void {
    this.doors.terminal.write(text);
  }

  json(value: unknown): void {
    this.print(jsonText(value));
  }

  /** One object per line, for commands that go on. */
  jsonLine(value: unknown): void {
    this.print(jsonLine(value));
  }

  table(table: TextTable): void {
    // The reference prints a line end behind each table's own.
    this.print(table.render(this.style));
  }

  page(page: Page): void {
    this.write(page.render(this.style));
  }

  /** What happens, for the person: on standard error, with the time of day, as the reference logs. */
  log(text: string): void {
    const nowMs = this.nowMs();
    this.doors.terminal.writeError(`${clockText(nowMs, this.doors.place.offsetMinutesAt(nowMs))} ${text}\n`);
  }

  get ask(): Prompt {
    this.#prompt ??= new Prompt(this.doors.terminal, this.settings.contextName);
    return this.#prompt;
  }

  // --- time ---------------------------------------------------------------------------------------------------------

  nowMs(): number {
    return this.doors.clock.realtimeMs();
  }

  /** Local time of an RFC 3339 text or of Unix milliseconds. */
  time(at: string | number): string {
    const ms = typeof at === 'number' ? at : timeMs(at);
    return timeText(ms, this.doors.place.offsetMinutesAt(ms));
  }

  /** False where the person has interrupted meanwhile. */
  async pause(ms: number): Promise<boolean> {
    const { promise, resolve } = deferred();
    const timer = this.doors.clock.after(ms, resolve);
    await Promise.race([promise, this.interrupted]);
    timer.cancel();
    return !this.isInterrupted;
  }

  // --- interruption ---------------------------------------------------------------------------------------------------

  get isInterrupted(): boolean {
    return this.#interruptCode !== null;
  }

  /** What an interrupted command ends with: it depends on the signal. Null where nobody has interrupted. */
  get interruptCode(): number | null {
    return this.#interruptCode;
  }

  /** What is half done if the person interrupts now; null when nothing is. */
  get underway(): string | null {
    return this.#underway;
  }

  /** Says what is half done while `work` runs. */
  async during<T>(underway: string, work: () => Promise<T>): Promise<T> {
    this.#underway = underway;
    const result = await work();
    this.#underway = null;
    return result;
  }

  // --- server -------------------------------------------------------------------------------------------------------

  get settings(): ConnectionSettings {
    this.#settings ??= connectionSettings(this.flags, { store: this.contexts, files: this.doors.files });
    return this.#settings;
  }

  get timeoutMs(): number {
    return this.flags.timeout / 1e6;
  }

  get trace(): ((text: string) => void) | null {
    return this.flags.trace ? (text) => this.log(text) : null;
  }

  /** Throws what the server has said about something sent before: a publish that is not permitted gets no answer. */
  async checkServerError(): Promise<void> {
    // The client hands such news on in a turn of its own.
    await this.turn();
    if (this.#serverError !== null) throw new CommandError(this.#serverError.message, { cause: this.#serverError });
  }

  /** Lets everything run that is waiting to. */
  turn(): Promise<void> {
    const { promise, resolve } = deferred();
    this.doors.clock.after(0, resolve);
    return promise;
  }

  connect(): Promise<NatsConnection> {
    this.#connection ??= this.#open(this.settings);
    return this.#connection;
  }

  /** A connection beside the usual one, closed with the session. */
  connectTo(url: string): Promise<NatsConnection> {
    return this.#open({ ...this.settings, url });
  }

  /** The same, as somebody else. */
  connectAs(settings: ConnectionSettings): Promise<NatsConnection> {
    return this.#open(settings);
  }

  api(): Promise<JsApi> {
    this.#api ??= this.#openApi();
    return this.#api;
  }

  get apiPrefix(): string {
    return apiPrefixOf(this.settings);
  }

  get eventPrefix(): string {
    const prefix = this.settings.jetstream_event_prefix;
    return prefix === '' ? '$JS.EVENT' : prefix.replace(/\.$/, '');
  }

  /** Called when the command is over, last one first. */
  onClose(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    this.#stopListening();
    for (const close of this.#closers.reverse()) await close();
  }

  #schemeOfContext(): string {
    // A context that cannot be read is told by the command that needs it, not by its colours.
    const name = this.flags.noContext ? null : (this.flags.context ?? this.contexts.selected());
    return name !== null && this.contexts.has(name) ? this.contexts.load(name).color_scheme : '';
  }

  async #open(settings: ConnectionSettings): Promise<NatsConnection> {
    const { openConnection } = await import('./client/connect.ts');
    const connection = await openConnection({
      settings,
      name: this.flags.connectionName ?? `NATS CLI Version ${this.version}`,
      timeoutMs: this.timeoutMs,
      doors: this.doors,
      log: (text) => this.log(text),
      onServerError: (error) => {
        this.#serverError = error;
      },
      isTraced: this.flags.trace,
    });
    this.onClose(() => connection.close());
    return connection;
  }

  async #openApi(): Promise<JsApi> {
    const connection = await this.connect();
    const { JsApi } = await import('./client/js_api.ts');
    return new JsApi(connection, { prefix: this.apiPrefix, timeoutMs: this.timeoutMs, trace: this.trace });
  }
}

/** `$JS.API`, in the domain or under the prefix that flags or context name. */
export function apiPrefixOf({ jetstream_domain: domain, jetstream_api_prefix: prefix }: ConnectionSettings): string {
  if (domain !== '') return `$JS.${domain}.API`;
  return prefix === '' ? '$JS.API' : prefix.replace(/\.$/, '');
}

/** Unix milliseconds of a time as the API writes it; Go's zero time is far before 1970. */
export function timeMs(text: string): number {
  const time = parseRfc3339(text);
  return time.ok ? Number(time.value / 1000n) / 1000 : 0;
}
