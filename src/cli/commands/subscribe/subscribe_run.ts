// The loop of `contrail subscribe`: takes what arrives, passes over what is to be ignored, shows it, acknowledges, finds
// the reply to a request, and knows when it is over.

import type { Timer } from '../../../ports/clock.ts';
import { subjectsCollide } from '../../../subject/subject.ts';
import { splitSubjects } from '../../input/subjects.ts';
import type { ArrivalQueue } from '../../messages/arrival_queue.ts';
import type { Received } from '../../messages/received.ts';
import type { Session } from '../../session.ts';
import { MessagePrinter } from './message_printer.ts';
import type { RateGraph } from './rate_graph.ts';
import type { Source } from './source.ts';
import { SubjectReport } from './subject_report.ts';
import type { SubscribeFlags } from './subscribe_flags.ts';

/** Requests that still wait for their reply; the oldest is forgotten beyond. */
const REQUESTS_MAX = 100_000;

export interface RunOptions {
  readonly flags: SubscribeFlags;
  readonly source: Source;
  readonly queue: ArrivalQueue<Received>;
  readonly view: MessagePrinter | SubjectReport | RateGraph;
}

export class SubscribeRun {
  readonly #session: Session;
  readonly #options: RunOptions;
  readonly #ignored: readonly string[];
  /** By the subject that the reply will come to. */
  readonly #requests: Map<string, Received>;
  /** Printed numbers; counts what was dropped too. */
  #count: number;
  #received: number;
  #isOver: boolean;
  #waiting: Timer | null;

  constructor(session: Session, options: RunOptions) {
    this.#session = session;
    this.#options = options;
    this.#ignored = splitSubjects(options.flags.ignoreSubject);
    this.#requests = new Map();
    this.#count = 0;
    this.#received = 0;
    this.#isOver = false;
    this.#waiting = null;
  }

  async run(): Promise<void> {
    const { source, queue, view, flags } = this.#options;
    void this.#session.interrupted.then(() => queue.end());
    this.#restartWaiting();
    if (!(flags.terminateAtEnd && source.isEmpty)) {
      await source.start(queue);
      const showing = view instanceof MessagePrinter ? null : view.showUntil(() => this.#isOver);
      for await (const message of queue) {
        await this.#take(message);
        if (this.#isOver) break;
      }
      this.#isOver = true;
      this.#waiting?.cancel();
      if (view instanceof SubjectReport) view.showRest();
      if (this.#session.isInterrupted) await showing;
    }
    this.#waiting?.cancel();
    await source.stop();
  }

  async #take(message: Received): Promise<void> {
    const { source, queue, flags } = this.#options;
    this.#count += queue.takeDropped();
    if (source.replyPattern !== null && message.pattern === source.replyPattern) {
      await this.#takeReply(message);
      return;
    }
    if (this.#ignored.some((subject) => subjectsCollide(message.subject, subject))) return;
    this.#count++;
    this.#received++;
    await this.#show(message);
    if (source.mustAck || flags.ack === true) message.ack?.();
    const isLast = flags.count !== undefined && flags.count > 0 && this.#received >= flags.count;
    const isAtEnd = flags.terminateAtEnd && message.place?.pending === 0;
    if (isAtEnd || (isLast && this.#requests.size === 0)) this.#isOver = true;
    else this.#restartWaiting();
  }

  async #show(message: Received): Promise<void> {
    const { view, source } = this.#options;
    if (!(view instanceof MessagePrinter)) view.add(message);
    else if (source.replyPattern !== null && message.reply !== '') this.#remember(message);
    else await view.print(message, this.#count);
  }

  #remember(request: Received): void {
    const [oldest] = this.#requests.keys();
    if (this.#requests.size >= REQUESTS_MAX && oldest !== undefined) this.#requests.delete(oldest);
    this.#requests.set(request.reply, request);
  }

  async #takeReply(reply: Received): Promise<void> {
    const { view, flags } = this.#options;
    const request = this.#requests.get(reply.subject);
    if (request === undefined) return;
    this.#requests.delete(reply.subject);
    if (view instanceof MessagePrinter) await view.print(request, this.#count, reply);
    if ((flags.count ?? 0) > 0 && this.#received >= (flags.count ?? 0) && this.#requests.size === 0)
      this.#isOver = true;
  }

  /** --wait: over when nothing comes for so long. */
  #restartWaiting(): void {
    const { flags, queue } = this.#options;
    if (flags.wait === undefined || flags.wait <= 0) return;
    this.#waiting?.cancel();
    this.#waiting = this.#session.doors.clock.after(flags.wait / 1e6, () => queue.end());
  }
}
