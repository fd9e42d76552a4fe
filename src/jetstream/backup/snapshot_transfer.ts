// One backup of a stream from its request to its end: when it begins, what the log and the advisories say of it. What is
// in it is stream_snapshot.ts's business, how it is sent snapshot_sender.ts's.
// Compat: nats-server jetstream_api.go, jsStreamSnapshotRequest.
import { bytesText } from '../../base/bytes_text.ts';
import { errorText } from '../../base/errors.ts';
import type { JetStreamAccount } from '../account.ts';
import type { Stream } from '../stream/stream.ts';
import type { StateInfo } from '../stream/stream_info.ts';
import { eventId } from '../unique_id.ts';
import { SnapshotSender } from './snapshot_sender.ts';
import { StreamSnapshot } from './stream_snapshot.ts';
import type { Requester, Transfer } from './transfers.ts';

export interface SnapshotOptions {
  readonly deliverSubject: string;
  readonly hasConsumers: boolean;
  /** Bytes; 0 for the usual. */
  readonly chunkSize: number;
  readonly windowSize: number;
}

export class SnapshotTransfer implements Transfer {
  readonly source: string;
  readonly store = null;
  readonly #account: JetStreamAccount;
  readonly #requester: Requester;
  readonly #snapshot: StreamSnapshot;
  readonly #sender: SnapshotSender;

  /** The backup is of the stream as it is now. */
  constructor(account: JetStreamAccount, stream: Stream, options: SnapshotOptions, requester: Requester) {
    const { bus, parts } = account;
    const { deliverSubject, chunkSize, windowSize, hasConsumers } = options;
    this.source = stream.config.name;
    this.#account = account;
    this.#requester = requester;
    this.#snapshot = new StreamSnapshot(stream, hasConsumers, account.nowNs());
    const ackSubject = `$JS.SNAPSHOT.ACK.${this.source}.${eventId(parts.entropy)}`;
    const sending = { deliverSubject, ackSubject, chunkSize, windowSize };
    this.#sender = new SnapshotSender({ bus, clock: parts.clock }, sending);
  }

  get state(): StateInfo {
    return this.#snapshot.state;
  }

  abort(reason: string): void {
    this.#sender.abort(reason);
  }

  async run(): Promise<void> {
    const { parts, advisories, bus } = this.#account;
    const { log, clock } = parts;
    const name = `stream '${bus.account} > ${this.source}'`;
    const startMs = clock.realtimeMs();
    log.info(`Starting snapshot for ${name}`);
    // The answer to the request goes first.
    await new Promise<void>((resolve) => clock.after(0, resolve));
    const about = { ...this.#requester, stream: this.source };
    advisories.snapshotStarted(about, this.state);
    const error = await this.#send();
    advisories.snapshotEnded({ ...about, startMs }, error ?? '');
    const ms = (clock.realtimeMs() - startMs).toFixed(0);
    if (error !== null) log.warn(`Snapshot for ${name} failed after ${ms}ms: ${error}`);
    else log.info(`Completed snapshot of ${bytesText(this.state.bytes)} for ${name} in ${ms}ms`);
  }

  /** Null, or why it ended too early. */
  async #send(): Promise<string | null> {
    try {
      return await this.#sender.send(this.#snapshot.pieces());
    } catch (error) {
      return errorText(error);
    }
  }
}
