// The configuration of a new consumer, from flags and, for what no flag says, from questions in the reference's order.
// Compat: natscli cli/consumer_command.go, prepareConfig.

import { Nuid } from '../../../base/nuid.ts';
import type { ConsumerConfigDraft } from '../../consumers/consumer_config_file.ts';
import { checkConsumerName } from '../../consumers/pick_consumer.ts';
import { UsageError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import { parseInteger } from '../../input/number.ts';
import { checkSubject, splitSubjects } from '../../input/subjects.ts';
import type { Session } from '../../session.ts';
import { askBackoff, type Backoff, linearBackoff } from './consumer_backoff.ts';
import type { CreateFlags } from './consumer_config_flags.ts';
import { pauseOf, priorityOf, startOf } from './consumer_config_parts.ts';

export interface BuildOptions {
  readonly name: string | undefined;
  readonly flags: CreateFlags & { readonly defaults: boolean };
}

/** The first letters of a Nuid are the random ones. */
const INVENTED_LENGTH = 8;

export function buildConsumerConfig(session: Session, options: BuildOptions): Promise<ConsumerConfigDraft> {
  return new ConsumerConfigBuilder(session, options).build();
}

class ConsumerConfigBuilder {
  readonly #session: Session;
  readonly #name: string | undefined;
  readonly #flags: BuildOptions['flags'];

  constructor(session: Session, { name, flags }: BuildOptions) {
    this.#session = session;
    this.#name = name;
    this.#flags = flags;
  }

  async build(): Promise<ConsumerConfigDraft> {
    const flags = this.#flags;
    const name = await this.#chosenName();
    const target = await this.#target();
    const isPush = target !== '';
    this.#checkMode(isPush);
    const group = isPush ? await this.#group() : '';
    const start = startOf(await this.#start(), this.#session.nowMs());
    const ack = await this.#ack(isPush);
    const replay = await this.#replay();
    const filters = await this.#filters();
    if (filters.length === 0 && start.deliver_policy === 'last_per_subject') filters.push('>');
    const hasAcks = ack !== 'none';
    const tries = hasAcks ? await this.#maxDeliver() : -1;
    const pending = await this.#maxPending(hasAcks);
    const heartbeat = isPush ? await this.#heartbeat() : 0;
    const flowControl = isPush && (await this.#flowControl());
    const headersOnly = await this.#yesOrNo('Deliver headers only without bodies', flags.headersOnly);
    const backoff = await this.#backoff(hasAcks);
    return {
      name,
      ...(flags.ephemeral ? {} : { durable_name: name }),
      ...textIf('description', flags.description),
      ...start,
      ...textIf('deliver_subject', target),
      ...textIf('deliver_group', group),
      ack_policy: ack,
      ...positiveIf('ack_wait', flags.wait),
      // A list of delays needs one more try than it has entries.
      max_deliver: tries === -1 && backoff.length > 0 ? backoff.length + 1 : tries,
      ...(backoff.length > 0 ? { backoff } : {}),
      ...(filters.length === 1 ? { filter_subject: filters[0] } : {}),
      ...(filters.length > 1 ? { filter_subjects: filters } : {}),
      replay_policy: replay,
      ...positiveIf('rate_limit_bps', flags.bps),
      ...(flags.sample > 0 ? { sample_freq: String(flags.sample) } : {}),
      ...positiveIf('max_ack_pending', pending),
      ...(isPush ? {} : positiveIf('max_waiting', flags.maxWaiting)),
      ...positiveIf('idle_heartbeat', heartbeat),
      ...(flowControl ? { flow_control: true } : {}),
      ...(headersOnly ? { headers_only: true } : {}),
      ...this.#limits(),
    };
  }

  /** What nobody is asked about. */
  #limits(): ConsumerConfigDraft {
    const flags = this.#flags;
    return {
      ...positiveIf('max_batch', flags.maxPullBatch),
      ...positiveIf('max_expires', flags.maxPullExpire),
      ...positiveIf('max_bytes', flags.maxPullBytes),
      ...positiveIf('inactive_threshold', flags.inactiveThreshold),
      num_replicas: flags.replicas ?? 0,
      ...(flags.memory ? { mem_storage: true } : {}),
      ...(flags.metadata === undefined ? {} : { metadata: flags.metadata }),
      ...pauseOf(flags, this.#session.nowMs()),
      ...priorityOf(flags),
    };
  }

  /** True where no question is to be asked. */
  get #takesDefaults(): boolean {
    return this.#flags.defaults;
  }

  #checkMode(isPush: boolean): void {
    const { bps, heartbeat, pull, target } = this.#flags;
    if (pull && target !== undefined && target !== '') {
      throw new UsageError('--pull and --target cannot be combined: a pull consumer has no delivery subject');
    }
    if (isPush) return;
    if (bps > 0) throw new UsageError('rate limits are only possible on Push consumers');
    if (heartbeat !== undefined && heartbeat !== '-1') {
      throw new UsageError('pull subscribers does not support idle heartbeats');
    }
  }

  async #chosenName(): Promise<string> {
    if ((this.#name ?? '') === '' && this.#flags.ephemeral) return inventedName(this.#session);
    const given = this.#name ?? (await this.#session.ask.text({ message: 'Consumer name', flag: '<consumer>' }));
    checkConsumerName(given);
    return given;
  }

  /** Empty for a pull consumer. */
  async #target(): Promise<string> {
    const { pull, target } = this.#flags;
    if (target !== undefined) {
      if (target !== '') checkSubject(target, '--target');
      return target;
    }
    if (pull || this.#takesDefaults) return '';
    const message = 'Delivery target (empty for Pull Consumers)';
    const typed = await this.#session.ask.text({ message, flag: '--target', default: '' });
    if (typed !== '') checkSubject(typed, 'the delivery target');
    return typed;
  }

  async #group(): Promise<string> {
    return this.#flags.deliverGroup ?? (await this.#text('Delivery Queue Group', '--deliver-group', ''));
  }

  async #start(): Promise<string> {
    const message = 'Start policy (all, new, last, subject, 1h, msg sequence)';
    return this.#flags.deliver ?? (await this.#text(message, '--deliver', 'all'));
  }

  async #ack(isPush: boolean): Promise<string> {
    const initial = isPush ? 'none' : 'explicit';
    const choices = ['explicit', 'all', 'none'];
    return this.#flags.ack ?? (await this.#choice('Acknowledgment policy', '--ack', choices, initial));
  }

  async #replay(): Promise<string> {
    const choices = ['instant', 'original'];
    return this.#flags.replay ?? (await this.#choice('Replay policy', '--replay', choices, 'instant'));
  }

  async #filters(): Promise<string[]> {
    const given = this.#flags.filter;
    const typed =
      given.length > 0 ? given : [await this.#text('Filter Stream by subjects (blank for all)', '--filter', '')];
    const filters = splitSubjects(typed);
    for (const filter of filters) checkSubject(filter, '--filter');
    return filters;
  }

  async #maxDeliver(): Promise<number> {
    const given = this.#flags.maxDeliver ?? 0;
    if (given !== 0) return given;
    const typed = await this.#integer('Maximum Allowed Deliveries', '--max-deliver', '-1');
    return typed === 0 ? -1 : typed;
  }

  /** Zero leaves it to the server. */
  async #maxPending(hasAcks: boolean): Promise<number> {
    const given = this.#flags.maxOutstanding ?? this.#flags.maxPending;
    if (given !== -1 || !hasAcks) return Math.max(0, given);
    return await this.#integer('Maximum Acknowledgments Pending', '--max-pending', '0');
  }

  async #heartbeat(): Promise<number> {
    const given = this.#flags.heartbeat;
    if (given === '-1') return 0;
    const text = given ?? (await this.#text('Idle Heartbeat', '--heartbeat', '0s'));
    const read = parseDuration(text);
    if (!read.ok) throw new UsageError(`--heartbeat ${read.error}`);
    return read.value;
  }

  async #flowControl(): Promise<boolean> {
    if (this.#flags.flowControl) return true;
    return await this.#yesOrNo('Enable Flow Control, ie --flow-control', undefined);
  }

  async #backoff(hasAcks: boolean): Promise<readonly number[]> {
    const { backoff: mode, backoffSteps: steps, backoffMin: minNs, backoffMax: maxNs } = this.#flags;
    let policy: Backoff | null = mode === 'linear' ? { steps, minNs, maxNs } : null;
    if (mode === undefined && hasAcks && !this.#takesDefaults) policy = await askBackoff(this.#session);
    return policy === null ? [] : linearBackoff(policy);
  }

  async #text(message: string, flag: string, initial: string): Promise<string> {
    return this.#takesDefaults ? initial : await this.#session.ask.text({ message, flag, default: initial });
  }

  async #choice(message: string, flag: string, choices: readonly string[], initial: string): Promise<string> {
    return this.#takesDefaults ? initial : await this.#session.ask.choice({ message, flag, choices, default: initial });
  }

  async #integer(message: string, flag: string, initial: string): Promise<number> {
    if (this.#takesDefaults) return Number(initial);
    const check = (typed: string): string | null => {
      const read = parseInteger(typed, { min: -1 });
      return read.ok ? null : read.error;
    };
    return Number(await this.#session.ask.text({ message, flag, default: initial, check }));
  }

  async #yesOrNo(message: string, given: boolean | undefined): Promise<boolean> {
    if (given !== undefined) return given;
    return this.#takesDefaults ? false : await this.#session.ask.yesOrNo(message, false);
  }
}

/** For a consumer that goes by itself and that nobody has named. */
export function inventedName(session: Session): string {
  return new Nuid(session.doors.entropy).next().slice(0, INVENTED_LENGTH);
}

function textIf(key: string, value: string | undefined): ConsumerConfigDraft {
  return value === undefined || value === '' ? {} : { [key]: value };
}

function positiveIf(key: string, value: number | undefined): ConsumerConfigDraft {
  return value === undefined || value <= 0 ? {} : { [key]: value };
}
