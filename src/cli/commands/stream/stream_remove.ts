// What takes something away for good: `contrail stream rm`, `purge`, `rmm` and `seal`. Each asks first, says what it has
// removed, and with --dry-run only what it would.
import type { StreamInfo } from '../../client/js_types.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countedText, countText, sizeText } from '../../output/human.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { isBucketStream, loadStream, pickStream } from '../../streams/pick_stream.ts';
import { streamPage } from '../../streams/stream_page.ts';
import { confirmBucket } from './bucket_warning.ts';
import { purgeCount } from './purge_count.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

const FORCE = flag.switch('Force removal without prompting', { short: 'f' });
const DRY_RUN = flag.switch('Only say what would be removed');

export const STREAM_RM = defineCommand({
  name: 'rm',
  aliases: ['delete', 'del'],
  summary: 'Removes a stream',
  args: { stream: argument.optional('Stream name') },
  flags: { force: FORCE, dryRun: DRY_RUN, ...ALL_FLAG },
  examples: [
    { text: 'How much would be lost', command: 'contrail stream rm EVENTS --dry-run' },
    { text: 'Without being asked', command: 'contrail stream rm EVENTS --force' },
  ],
  json: 'An object: stream, removed (1 or 0), messages, bytes, consumers (of the stream), dry_run.',
  run: async (session, { stream }, { force, dryRun, all }) => {
    if (force && stream === undefined) throw new UsageError('--force requires a stream name');
    const { value } = await pickStream(session, stream, { all });
    const { name } = value.config;
    const { messages, bytes, consumer_count: consumers } = value.state;
    const lost = `${countedText(messages, 'message')} (${sizeText(bytes)}) and ${countedText(consumers, 'consumer')}`;
    if (!dryRun) {
      if (!force && !(await session.ask.confirm(`Really delete Stream ${name}`))) return;
      const api = await session.api();
      await session.during(`stream ${name} may or may not have been removed`, () =>
        api.request(`STREAM.DELETE.${name}`),
      );
    }
    const report = { stream: name, removed: dryRun ? 0 : 1, messages, bytes, consumers, dry_run: dryRun };
    if (session.isJson) session.json(report);
    else session.print(`${dryRun ? 'Would remove' : 'Removed'} Stream ${name} with ${lost}`);
  },
});

interface PurgeFlags {
  readonly subject: string | undefined;
  readonly seq: number;
  readonly keep: number;
}

export const STREAM_PURGE = defineCommand({
  name: 'purge',
  summary: 'Bulk removes messages from a stream',
  args: { stream: argument.optional('Stream name') },
  flags: {
    force: FORCE,
    dryRun: DRY_RUN,
    subject: flag.text('Limits the purge to a specific subject', { placeholder: 'SUBJECT' }),
    seq: flag.integer('Purge up to but not including a specific message sequence', {
      placeholder: 'SEQUENCE',
      min: 0,
      default: 0,
    }),
    keep: flag.integer('Keeps a certain number of messages after the purge', {
      placeholder: 'MESSAGES',
      min: 0,
      default: 0,
    }),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'Everything, without being asked', command: 'contrail stream purge EVENTS --force' },
    {
      text: 'One subject, as a rehearsal',
      command: 'contrail stream purge EVENTS --subject "events.test.>" --dry-run',
    },
  ],
  json: 'An object: stream, purged, dry_run, and the stream afterwards under info (as for stream info).',
  run: async (session, { stream }, flags) => {
    const { force, dryRun, all, subject, seq, keep } = flags;
    if (seq > 0 && keep > 0) throw new UsageError('sequence and keep cannot be combined when purging');
    if (subject !== undefined) checkSubject(subject, '--subject');
    const { value } = await pickStream(session, stream, { all });
    if (dryRun) {
      await showPurge(session, { info: value, purged: await purgeCount(session, value, flags), dryRun });
      return;
    }
    const { name } = value.config;
    if (!force && !(await session.ask.confirm(`Really purge Stream ${name}`))) return;
    if (isBucketStream(name)) await confirmBucket(session, { isForced: force });
    const purged = await purge(session, name, { subject, seq, keep });
    await showPurge(session, { info: value, purged, dryRun });
  },
});

async function purge(session: Session, name: string, { subject, seq, keep }: PurgeFlags): Promise<number> {
  const api = await session.api();
  const body = {
    ...(seq > 0 ? { seq } : {}),
    ...(subject === undefined ? {} : { filter: subject }),
    ...(keep > 0 ? { keep } : {}),
  };
  const hasBody = Object.keys(body).length > 0;
  const { value } = await session.during(`stream ${name} may be purged in part, or not at all`, () =>
    api.request<{ readonly purged: number }>(`STREAM.PURGE.${name}`, hasBody ? body : undefined),
  );
  return value.purged;
}

interface Purged {
  readonly info: StreamInfo;
  readonly purged: number;
  readonly dryRun: boolean;
}

async function showPurge(session: Session, { info, purged, dryRun }: Purged): Promise<void> {
  const { name } = info.config;
  if (dryRun) {
    if (session.isJson) session.json({ stream: name, purged, dry_run: true });
    else session.print(`Would purge ${countedText(purged, 'message')} from ${name}`);
    return;
  }
  const { value, exact } = await loadStream(session, name);
  if (session.isJson) {
    session.json({ stream: name, purged, dry_run: false, info: withoutApiKeys(exact) });
    return;
  }
  session.print(`Purged ${countedText(purged, 'message')} from ${name}\n`);
  session.page(streamPage(session, value, { isStateOnly: true }));
}

export const STREAM_RMM = defineCommand({
  name: 'rmm',
  summary: 'Securely removes an individual message from a stream',
  args: {
    stream: argument.optional('Stream name'),
    id: argument.integer('Message Sequence to remove', { min: 1 }),
  },
  flags: { force: FORCE, dryRun: DRY_RUN, ...ALL_FLAG },
  examples: [{ text: 'The message with the sequence 12', command: 'contrail stream rmm EVENTS 12 --force' }],
  json: 'An object: stream, seq, removed (1 or 0), dry_run.',
  run: async (session, { stream, id }, { force, dryRun, all }) => {
    const { value } = await pickStream(session, stream, { all });
    const { name } = value.config;
    const seq = id ?? (await askSequence(session));
    if (isBucketStream(name) && !dryRun) await confirmBucket(session, { isForced: force });
    if (!dryRun && !force && !(await session.ask.confirm(`Really remove message ${seq} from Stream ${name}`))) return;
    const api = await session.api();
    // Also the rehearsal learns whether there is such a message.
    if (dryRun) await api.request(`STREAM.MSG.GET.${name}`, { seq });
    else await api.request(`STREAM.MSG.DELETE.${name}`, { seq });
    if (session.isJson) session.json({ stream: name, seq, removed: dryRun ? 0 : 1, dry_run: dryRun });
    else session.print(`${dryRun ? 'Would remove' : 'Removed'} message ${countText(seq)} from ${name}`);
  },
});

async function askSequence(session: Session): Promise<number> {
  const text = await session.ask.text({
    message: 'Message Sequence to remove',
    flag: '<id>',
    check: (typed) => (/^[1-9]\d*$/.test(typed) ? null : 'positive message ID required'),
  });
  return Number(text);
}

export const STREAM_SEAL = defineCommand({
  name: 'seal',
  summary: 'Seals a stream preventing further updates',
  args: { stream: argument.required('The name of the stream to seal') },
  flags: { force: flag.switch('Force sealing without prompting', { short: 'f' }), ...ALL_FLAG },
  examples: [{ text: 'For good: a sealed stream cannot be unsealed', command: 'contrail stream seal ARCHIVE --force' }],
  json: "The server's answer, as for stream info.",
  run: async (session, { stream }, { force, all }) => {
    const { value } = await pickStream(session, stream, { all });
    const { config } = value;
    const question = `Really seal Stream ${config.name}, sealed streams can not be unsealed or modified`;
    if (!force && !(await session.ask.confirm(question))) return;
    const api = await session.api();
    const answer = await api.request<StreamInfo>(`STREAM.UPDATE.${config.name}`, { ...config, sealed: true });
    if (session.isJson) session.json(withoutApiKeys(answer.exact));
    else session.page(streamPage(session, answer.value));
  },
});
