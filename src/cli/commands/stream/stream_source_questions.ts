// Where a mirror or a source begins, what of it is taken and from where: JSON on the command line, or questions.
// Compat: natscli cli/stream_command.go, askMirror and askSource.
import { UsageError } from '../../errors.ts';
import { parseInteger } from '../../input/number.ts';
import type { Session } from '../../session.ts';

type Source = Record<string, unknown>;

export function isSourceObject(text: string): boolean {
  return /^\s*\{.*\}\s*$/s.test(text);
}

/** `flag` is said in refusals. */
export function sourceObject(text: string, flag: string): Source {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${flag} is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  // What begins and ends with braces is an object.
  const source = value as Source;
  if (typeof source['name'] !== 'string' || source['name'] === '') throw new UsageError(`${flag}: name is required`);
  return source;
}

export async function askMirror(session: Session, name: string): Promise<Source> {
  const { ask } = session;
  const source: Source = { name };
  const isDurable = await ask.yesOrNo('Configure a custom durable consumer', false);
  if (isDurable) source['consumer'] = await askConsumer(session);
  else if (await ask.yesOrNo('Adjust mirror start', false)) {
    const seq = await askSequence(session, 'Mirror Start Sequence');
    if (seq > 0) source['opt_start_seq'] = seq;
    else {
      const time = await askTime(session, 'Mirror Start Time (YYYY:MM:DD HH:MM:SS)');
      if (time !== null) source['opt_start_time'] = time;
    }
  }
  if (await ask.yesOrNo('Adjust mirror filter and transform', false)) {
    source['subject_transforms'] = await askTransforms(session, 'mirror');
  }
  const external = await askExternal(session, { isDurable, what: 'mirror', prefix: '' });
  return external === null ? source : { ...source, external };
}

export async function askSource(session: Session, name: string): Promise<Source> {
  const { ask } = session;
  const source: Source = { name };
  const isDurable = await ask.yesOrNo(`Configure a custom durable consumer for "${name}"`, false);
  if (isDurable) source['consumer'] = await askConsumer(session);
  else if (await ask.yesOrNo(`Adjust source "${name}" start`, false)) {
    const seq = await askSequence(session, `${name} Source Start Sequence`);
    if (seq > 0) source['opt_start_seq'] = seq;
    const time = await askTime(session, `${name} Source UTC Time Stamp (YYYY:MM:DD HH:MM:SS)`);
    if (time !== null) source['opt_start_time'] = time;
  }
  if (await ask.yesOrNo(`Adjust source "${name}" filter and transform`, false)) {
    source['subject_transforms'] = await askTransforms(session, 'source');
  }
  const external = await askExternal(session, { isDurable, what: `"${name}"`, prefix: `${name} Source ` });
  return external === null ? source : { ...source, external };
}

async function askConsumer(session: Session): Promise<Source> {
  return {
    name: await session.ask.text({ message: 'Durable consumer name', flag: '--source' }),
    deliver_subject: await session.ask.text({ message: 'Delivery subject', flag: '--source' }),
  };
}

async function askSequence(session: Session, message: string): Promise<number> {
  const text = await session.ask.text({
    message,
    flag: '--source',
    default: '0',
    check: (typed) => {
      const read = parseInteger(typed, { min: 0 });
      return read.ok ? null : read.error;
    },
  });
  return Number(text);
}

/** RFC 3339; null where nothing was typed. */
async function askTime(session: Session, message: string): Promise<string | null> {
  const form = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)$/;
  const text = await session.ask.text({
    message,
    flag: '--source',
    default: '',
    check: (typed) => (typed === '' || form.test(typed) ? null : 'write it like 2026:11:23 10:00:00'),
  });
  const [, year, month, day, hour, minute, second] = form.exec(text) ?? [];
  return year === undefined ? null : `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

async function askTransforms(session: Session, what: string): Promise<Source[]> {
  const transforms: Source[] = [];
  while (true) {
    const src = await session.ask.text({
      message: `Filter ${what} by subject (hit enter to finish)`,
      flag: '--source',
      default: '',
    });
    if (src === '') return transforms;
    const dest = await session.ask.text({ message: 'Subject transform destination', flag: '--source', default: '' });
    transforms.push({ src, dest });
  }
}

interface ExternalOptions {
  readonly isDurable: boolean;
  readonly what: string;
  /** In front of questions, where there may be several sources. */
  readonly prefix: string;
}

async function askExternal(session: Session, { isDurable, what, prefix }: ExternalOptions): Promise<Source | null> {
  const { ask } = session;
  const text = async (message: string, initial?: string): Promise<string> =>
    await ask.text({
      message: prefix === '' ? message : prefix + message.charAt(0).toLowerCase() + message.slice(1),
      flag: '--source',
      ...(initial === undefined ? {} : { default: initial }),
    });
  if (await ask.yesOrNo(`Import ${what} from a different JetStream domain`, false)) {
    const api = `$JS.${await text('Foreign JetStream domain name')}.API`;
    const deliver = isDurable ? '' : await text('Delivery prefix', '');
    return deliver === '' ? { api } : { api, deliver };
  }
  if (!(await ask.yesOrNo(`Import ${what} from a different account`, false))) return null;
  const api = await text('Foreign account API prefix');
  return isDurable ? { api } : { api, deliver: await text('Foreign account delivery prefix') };
}
