// `bench pub`: publishes as fast as the connection takes it. Messages are laid out in blocks beforehand; where subjects have
// numbers only their digits are written for every message.
import { type ClientContext, nanosBetween, type RunClient } from './bench_client.ts';
import { type Pace, Pacer, turn } from './pacer.ts';
import { Publication, type PublicationSpec, writeDigits } from './publication.ts';

export interface PublishWork {
  readonly kind: 'publish';
  readonly publication: PublicationSpec;
  readonly pace: Pace;
  /** The number of this client's first message. */
  readonly offset: number;
}

/** Large enough that the connection has work while this process is not running. */
const BLOCK_BYTES = 512 * 1024;
/** So many blocks leave before it is looked whether something came in. */
const BLOCKS_PER_TURN = 4;

export async function prepareCorePublisher(context: ClientContext, work: PublishWork): Promise<RunClient> {
  const publication = new Publication(work.publication, context.seed);
  return async () => {
    const { tally, connection } = context;
    const pacer = new Pacer(work.pace, context.clock, tally);
    tally.start();
    if (pacer.isPaced) await publishPaced(context, { publication, pacer, offset: work.offset });
    else await publishBlocks(context, publication, work.offset);
    await connection.flush();
    tally.end();
  };
}

interface Paced {
  readonly publication: Publication;
  readonly pacer: Pacer;
  readonly offset: number;
}

async function publishPaced({ connection, clock, tally }: ClientContext, paced: Paced): Promise<void> {
  const { publication, pacer, offset } = paced;
  const { writer } = connection;
  while (!tally.isOver) {
    const startMs = clock.monotonicMs();
    publication.write(writer, offset + tally.done);
    writer.flush();
    if (!writer.isIdle) await connection.unlessFailed(writer.idle());
    tally.latency.record(nanosBetween(startMs, clock.monotonicMs()));
    tally.done++;
    await connection.unlessFailed(pacer.after(tally.done));
  }
}

/** Messages of one width, one behind the other. */
class Block {
  readonly width: number;
  readonly bytes: Uint8Array;
  readonly messages: number;
  readonly #step: number;
  readonly #digitsAt: number;
  readonly #publication: Publication;

  constructor(publication: Publication, width: number, most: number) {
    const { bytes, digitsAt } = publication.pattern(width);
    this.width = width;
    this.messages = Math.max(1, Math.min(most, Math.floor(BLOCK_BYTES / bytes.length)));
    this.bytes = new Uint8Array(this.messages * bytes.length);
    for (let i = 0; i < this.messages; i++) this.bytes.set(bytes, i * bytes.length);
    this.#step = bytes.length;
    this.#digitsAt = digitsAt;
    this.#publication = publication;
  }

  /** The next messages from that number on, at most `most`, all of this width. */
  fill(first: number, most: number): { readonly bytes: Uint8Array; readonly count: number } {
    const { width } = this;
    let count = Math.min(this.messages, most);
    if (width === 0) return { bytes: this.bytes.subarray(0, count * this.#step), count };
    for (let i = 0; i < count; i++) {
      if (this.#publication.widthOf(first + i) !== width) {
        count = i;
        break;
      }
      const number = this.#publication.numberOf(first + i);
      writeDigits(this.bytes, i * this.#step + this.#digitsAt, { number, width });
    }
    return { bytes: this.bytes.subarray(0, count * this.#step), count };
  }
}

async function publishBlocks(context: ClientContext, publication: Publication, offset: number): Promise<void> {
  const { connection, clock, tally } = context;
  const { writer } = connection;
  const blockOf = (number: number): Block => new Block(publication, publication.widthOf(number), tally.target);
  let block = blockOf(offset);
  for (let blocks = 1; !tally.isOver; blocks++) {
    const first = offset + tally.done;
    const startMs = clock.monotonicMs();
    if (publication.widthOf(first) !== block.width) block = blockOf(first);
    const { bytes, count } = block.fill(first, tally.target - tally.done);
    writer.block(bytes);
    const handedMs = clock.monotonicMs();
    if (!writer.isIdle) await connection.unlessFailed(writer.idle());
    else if (blocks % BLOCKS_PER_TURN === 0) await turn(clock);
    // Each has its share of the work; the last one also waits until the connection takes more, as a publisher would.
    const shareNs = nanosBetween(startMs, handedMs) / count;
    tally.latency.record(shareNs, count - 1);
    tally.latency.record(shareNs + nanosBetween(handedMs, clock.monotonicMs()));
    tally.done += count;
  }
}
