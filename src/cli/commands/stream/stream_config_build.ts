// A new stream's configuration: from flags, from answers to questions in the reference's order, from defaults where there
// is nobody to ask. Compat: natscli cli/stream_command.go, prepareConfig.
import { UsageError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import { parseInteger } from '../../input/number.ts';
import { parseSize } from '../../input/size.ts';
import { checkSubject, splitSubjects } from '../../input/subjects.ts';
import { durationGo } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { checkStreamName } from '../../streams/pick_stream.ts';
import { readStreamConfig, type StreamConfigDraft } from '../../streams/stream_config_file.ts';
import { userMetadata } from '../../streams/stream_page.ts';
import type { CreateFlags } from './stream_config_flags.ts';
import { republishOf, retentionOf, storageOf, tagsOf, transformOf } from './stream_config_parts.ts';
import { askMirror, askSource, isSourceObject, sourceObject } from './stream_source_questions.ts';

export interface BuildOptions {
  readonly name: string | undefined;
  readonly flags: CreateFlags & { readonly config: string | undefined; readonly defaults: boolean };
  /** The account wants every stream limited in bytes. */
  readonly requiresBytes: boolean;
}

const SIZE_REQUIRED = 256 * 1024 * 1024;
const MESSAGE_SIZE_MAX = 2 ** 31 - 1;
const DUPLICATES_NS = 120e9;

export async function buildStreamConfig(session: Session, options: BuildOptions): Promise<StreamConfigDraft> {
  if (options.flags.config !== undefined) return configFromFile(session, options, options.flags.config);
  return await new ConfigQuestions(session, options).build();
}

/** What flags may say over a file is what the reference lets them. */
function configFromFile(session: Session, { name, flags }: BuildOptions, path: string): StreamConfigDraft {
  const config = readStreamConfig(session, path);
  const tags = tagsOf(flags);
  const placement = typeof config['placement'] === 'object' ? config['placement'] : {};
  const metadata = config['metadata'] as Readonly<Record<string, string>> | undefined;
  const merged: StreamConfigDraft = {
    ...config,
    name: name ?? config.name,
    ...(flags.subjects.length > 0 ? { subjects: splitSubjects(flags.subjects) } : {}),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.replicas === undefined ? {} : { num_replicas: flags.replicas }),
    ...(metadata === undefined ? {} : { metadata: userMetadata(metadata) }),
  };
  if (tags !== null || flags.cluster !== undefined) {
    merged['placement'] = {
      ...placement,
      ...(tags === null ? {} : { tags }),
      ...(flags.cluster === undefined ? {} : { cluster: flags.cluster }),
    };
  }
  if (merged.name === '') throw new UsageError(`<stream> is required: '${path}' has no name`);
  checkStreamName(merged.name);
  return merged;
}

class ConfigQuestions {
  readonly #session: Session;
  readonly #options: BuildOptions;
  /** Questions answer themselves. */
  readonly #takesDefaults: boolean;

  constructor(session: Session, options: BuildOptions) {
    this.#session = session;
    this.#options = options;
    this.#takesDefaults = options.flags.defaults || !session.ask.isPossible;
  }

  async build(): Promise<StreamConfigDraft> {
    const { flags } = this.#options;
    // Mistakes in flags are told before anything is asked.
    const republish = republishOf(flags);
    const transform = transformOf(flags);
    const tags = tagsOf(flags);
    const name = await this.#name();
    const subjects = await this.#subjects();
    const storage = await this.#storage();
    const replicas = await this.#replicas();
    const retention = await this.#retention();
    const discard = await this.#discard();
    const messages = await this.#limit('Stream Messages Limit', '--max-msgs', flags.maxMsgs);
    const hasSubjects = subjects.length > 0;
    const perSubject = hasSubjects
      ? await this.#limit('Per Subject Messages Limit', '--max-msgs-per-subject', flags.maxMsgsPerSubject)
      : flags.maxMsgsPerSubject;
    const bytes = await this.#bytes();
    const age = await this.#age();
    const messageSize = await this.#messageSize();
    const duplicates = await this.#duplicates(age);
    const allowRollup = flags.allowRollup ?? (await this.#yesOrNo('Allow message Roll-ups', false));
    const denyDelete = flags.denyDelete ?? !(await this.#yesOrNo('Allow message deletion', true));
    const denyPurge = flags.denyPurge ?? !(await this.#yesOrNo('Allow purging subjects or the entire stream', true));
    const mirror = await this.#mirror();
    const sources = await this.#sources();
    const placement = {
      ...(flags.cluster === undefined || flags.cluster === '' ? {} : { cluster: flags.cluster }),
      ...(tags === null || tags.length === 0 ? {} : { tags }),
    };
    const limits = {
      ...((flags.limitConsumerInactive ?? 0) > 0 ? { inactive_threshold: flags.limitConsumerInactive } : {}),
      ...((flags.limitConsumerMaxPending ?? 0) > 0 ? { max_ack_pending: flags.limitConsumerMaxPending } : {}),
    };
    return {
      name,
      ...(flags.description === undefined ? {} : { description: flags.description }),
      ...(hasSubjects ? { subjects } : {}),
      retention,
      max_consumers: flags.maxConsumers,
      max_msgs_per_subject: perSubject === 0 ? -1 : perSubject,
      max_msgs: messages,
      max_bytes: bytes,
      max_age: age,
      max_msg_size: messageSize,
      storage,
      discard,
      num_replicas: replicas,
      ...(flags.ack ? {} : { no_ack: true }),
      ...(duplicates > 0 ? { duplicate_window: duplicates } : {}),
      ...(Object.keys(placement).length > 0 ? { placement } : {}),
      ...(mirror === null ? {} : { mirror }),
      ...(sources.length > 0 ? { sources } : {}),
      ...(flags.compression === undefined || flags.compression === 'none' ? {} : { compression: flags.compression }),
      ...(transform === null ? {} : { subject_transform: transform }),
      ...(republish === null ? {} : { republish }),
      sealed: false,
      deny_delete: denyDelete,
      deny_purge: denyPurge,
      allow_rollup_hdrs: allowRollup,
      allow_direct: flags.allowDirect,
      mirror_direct: flags.allowMirrorDirect === true,
      ...(flags.discardPerSubject === true ? { discard_new_per_subject: true } : {}),
      ...((flags.firstSequence ?? 0) > 0 ? { first_seq: flags.firstSequence } : {}),
      ...(flags.metadata === undefined ? {} : { metadata: userMetadata(flags.metadata) }),
      ...(flags.allowMsgTtl ? { allow_msg_ttl: true } : {}),
      ...(flags.subjectDelMarkersTtl === undefined ? {} : { subject_delete_marker_ttl: flags.subjectDelMarkersTtl }),
      consumer_limits: limits,
      ...(flags.allowBatch === true ? { allow_atomic: true } : {}),
      ...(flags.allowCounter ? { allow_msg_counter: true } : {}),
      ...(flags.allowSchedules === true ? { allow_msg_schedules: true } : {}),
      ...(flags.persistMode === 'async' ? { persist_mode: 'async' } : {}),
      ...(flags.allowFast === true ? { allow_batched: true } : {}),
    };
  }

  async #name(): Promise<string> {
    const { name } = this.#options;
    const chosen = name ?? (await this.#session.ask.text({ message: 'Stream Name', flag: '<stream>' }));
    checkStreamName(chosen);
    return chosen;
  }

  async #subjects(): Promise<string[]> {
    const { mirror, source, subjects: given } = this.#options.flags;
    if (mirror !== undefined && given.length > 0)
      throw new UsageError('mirrors cannot listen for messages on subjects');
    const isFed = mirror !== undefined || source.length > 0;
    const texts =
      given.length === 0 && !isFed
        ? [await this.#session.ask.text({ message: 'Subjects', flag: '--subjects' })]
        : given;
    const subjects = splitSubjects(texts);
    for (const subject of subjects) checkSubject(subject, '--subjects');
    return subjects;
  }

  async #storage(): Promise<string> {
    const given = this.#options.flags.storage;
    return storageOf(given ?? (await this.#choice('Storage', '--storage', ['file', 'memory'], 'file')));
  }

  async #replicas(): Promise<number> {
    const given = this.#options.flags.replicas;
    return given ?? (await this.#integer('Replication', '--replicas', '1', 1));
  }

  async #retention(): Promise<string> {
    const given = this.#options.flags.retention;
    const choices = ['Limits', 'Interest', 'Work Queue'];
    return retentionOf(given ?? (await this.#choice('Retention Policy', '--retention', choices, 'Limits')));
  }

  async #discard(): Promise<string> {
    const { discard, discardPerSubject } = this.#options.flags;
    const initial = discardPerSubject === true ? 'New' : 'Old';
    return (discard ?? (await this.#choice('Discard Policy', '--discard', ['New', 'Old'], initial))).toLowerCase();
  }

  /** Zero stands for not given; whatever is not positive is unlimited. */
  async #limit(message: string, flag: string, given: number): Promise<number> {
    const value = given === 0 ? await this.#integer(message, flag, '-1') : given;
    return value <= 0 ? -1 : value;
  }

  async #bytes(): Promise<number> {
    const { flags, requiresBytes } = this.#options;
    const given = flags.maxBytes ?? 0;
    if (given !== 0) return given < 0 ? -1 : given;
    if (this.#takesDefaults) return requiresBytes ? SIZE_REQUIRED : -1;
    const text = await this.#session.ask.text({
      message: 'Total Stream Size',
      flag: '--max-bytes',
      default: requiresBytes ? '256MB' : '-1',
      check: (typed) => {
        const size = parseSize(typed);
        if (!size.ok) return size.error;
        return requiresBytes && size.value <= 0 ? 'MaxBytes is required per Account Settings' : null;
      },
    });
    return sizeOf(text);
  }

  async #age(): Promise<number> {
    const given = this.#options.flags.maxAge;
    if (given !== undefined) return ageOf(given, '--max-age');
    if (this.#takesDefaults) return 0;
    const text = await this.#session.ask.text({
      message: 'Message TTL',
      flag: '--max-age',
      default: '-1',
      check: (typed) => durationFault(typed),
    });
    return ageOf(text, 'Message TTL');
  }

  async #messageSize(): Promise<number> {
    const given = this.#options.flags.maxMsgSize ?? 0;
    let size = given;
    if (given === 0 && !this.#takesDefaults) {
      size = sizeOf(
        await this.#session.ask.text({
          message: 'Max Message Size',
          flag: '--max-msg-size',
          default: '-1',
          check: (typed) => {
            const read = parseSize(typed);
            return read.ok ? null : read.error;
          },
        }),
      );
    }
    if (size > MESSAGE_SIZE_MAX) {
      throw new UsageError(`--max-msg-size ${size} is too big, the most is ${MESSAGE_SIZE_MAX}`);
    }
    return size <= 0 ? -1 : size;
  }

  async #duplicates(ageNs: number): Promise<number> {
    const { dupeWindow, mirror } = this.#options.flags;
    if (dupeWindow !== undefined) return ageOf(dupeWindow, '--dupe-window');
    if (mirror !== undefined) return 0;
    const initial = ageNs > 0 && ageNs < DUPLICATES_NS ? ageNs : DUPLICATES_NS;
    if (this.#takesDefaults) return initial;
    const text = await this.#session.ask.text({
      message: 'Duplicate tracking time window',
      flag: '--dupe-window',
      default: durationGo(initial),
      check: (typed) => durationFault(typed),
    });
    return ageOf(text, 'Duplicate tracking time window');
  }

  async #mirror(): Promise<Record<string, unknown> | null> {
    const { mirror } = this.#options.flags;
    if (mirror === undefined || mirror === '') return null;
    if (isSourceObject(mirror)) return sourceObject(mirror, '--mirror');
    return this.#takesDefaults ? { name: mirror } : await askMirror(this.#session, mirror);
  }

  async #sources(): Promise<Record<string, unknown>[]> {
    const sources: Record<string, unknown>[] = [];
    for (const source of this.#options.flags.source) {
      if (isSourceObject(source)) sources.push(sourceObject(source, '--source'));
      else sources.push(this.#takesDefaults ? { name: source } : await askSource(this.#session, source));
    }
    return sources;
  }

  async #choice(message: string, flag: string, choices: readonly string[], initial: string): Promise<string> {
    if (this.#takesDefaults) return initial;
    return await this.#session.ask.choice({ message, flag, choices, default: initial });
  }

  async #integer(message: string, flag: string, initial: string, min?: number): Promise<number> {
    if (this.#takesDefaults) return Number(initial);
    const range = min === undefined ? {} : { min };
    const text = await this.#session.ask.text({
      message,
      flag,
      default: initial,
      check: (typed) => {
        const read = parseInteger(typed, range);
        return read.ok ? null : read.error;
      },
    });
    return Number(text);
  }

  async #yesOrNo(message: string, initial: boolean): Promise<boolean> {
    return this.#takesDefaults ? initial : await this.#session.ask.yesOrNo(message, initial);
  }
}

function sizeOf(text: string): number {
  const read = parseSize(text);
  return read.ok && read.value > 0 ? read.value : -1;
}

function durationFault(text: string): string | null {
  if (text === '-1') return null;
  const read = parseDuration(text);
  return read.ok ? null : read.error;
}

/** Nanoseconds; -1 and 0 stand for unlimited. */
export function ageOf(text: string, where: string): number {
  if (text === '-1' || text === '') return 0;
  const read = parseDuration(text);
  if (!read.ok) throw new UsageError(`${where} ${read.error}`);
  return read.value;
}
