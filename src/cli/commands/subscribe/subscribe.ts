// `contrail subscribe`: shows what arrives on subjects or is stored in a stream. Here are its flags, which of them go
// together, and the loop over what arrives; where messages come from is core_source.ts and stream_source.ts.
// Compat: natscli cli/sub_command.go.
import { argument, defineCommand } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import { checkGroup, checkSubject, splitSubjects } from '../../input/subjects.ts';
import { ArrivalQueue } from '../../messages/arrival_queue.ts';
import type { Received } from '../../messages/received.ts';
import type { Session } from '../../session.ts';
import { CoreSource } from './core_source.ts';
import { DirectSource } from './direct_source.ts';
import { MessagePrinter } from './message_printer.ts';
import { RateGraph } from './rate_graph.ts';
import type { Source } from './source.ts';
import { StreamSource, streamOf } from './stream_source.ts';
import { SubjectReport } from './subject_report.ts';
import { SUBSCRIBE_FLAGS, type SubscribeFlags } from './subscribe_flags.ts';
import { SubscribeRun } from './subscribe_run.ts';

export const SUBSCRIBE = defineCommand({
  name: 'subscribe',
  aliases: ['sub'],
  summary: 'Generic subscription client',
  description: `JetStream will be activated when related options like --stream, --durable, --direct or --all are supplied.

  contrail sub <subject that is bound to a stream> --all

Uses an ephemeral consumer without ack by default. For specific consumer options please pre-create a consumer using
'contrail consumer add', for example when explicit acknowledgement is required.

Use 'contrail stream view <stream>' for inspecting messages.`,
  args: { subjects: argument.rest('Subjects to subscribe to') },
  flags: SUBSCRIBE_FLAGS,
  examples: [
    { text: 'What happens now', command: 'contrail sub "events.>"' },
    {
      text: 'The first five messages of a stream, as JSON',
      command: 'contrail sub --stream EVENTS --all --count 5 --json',
    },
    { text: 'Everything that is stored, then stop', command: 'contrail sub "orders.>" --all --terminate-at-end' },
  ],
  json: 'One object per message and line: count, subject, reply, headers (name to list of values), data (or data_base64 where the bytes are no text); from a stream also stream, seq, pending, time. With --report-subjects one object per second: subjects (list of subject, messages, bytes).',
  run: subscribe,
});

async function subscribe(
  session: Session,
  args: { readonly subjects: readonly string[] },
  flags: SubscribeFlags,
): Promise<void> {
  const usesStream = usesJetStream(flags);
  const subjects = [...args.subjects];
  check(subjects, flags, usesStream);
  for (const subject of subjects) checkSubject(subject, 'the subject');
  if (flags.dump !== undefined && flags.dump !== '-') session.doors.files.makeDirectory(flags.dump);
  const queue = new ArrivalQueue<Received>();
  const source = usesStream
    ? await openStreamSource(session, subjects, flags)
    : await CoreSource.open(session, { subjects, flags });
  const view = viewOf(session, source.patterns, flags);
  const run = new SubscribeRun(session, { flags, source, queue, view });
  await run.run();
}

async function openStreamSource(session: Session, subjects: readonly string[], flags: SubscribeFlags): Promise<Source> {
  const stream = await streamOf(session, { subject: subjects[0], name: flags.stream });
  const isConsumed = stream.retention !== 'limits';
  const isDirect = flags.durable === undefined && (flags.direct || isConsumed);
  const options = { stream, subject: subjects[0], flags };
  return isDirect ? await DirectSource.open(session, options) : await StreamSource.open(session, options);
}

function viewOf(
  session: Session,
  patterns: readonly string[],
  flags: SubscribeFlags,
): SubjectReport | RateGraph | MessagePrinter {
  if (flags.graph) return new RateGraph(session, patterns);
  if (flags.reportSubjects || flags.reportSubscriptions) {
    return new SubjectReport(session, { top: flags.reportTop, bySubscription: flags.reportSubscriptions });
  }
  return new MessagePrinter(session, flags);
}

function usesJetStream(flags: SubscribeFlags): boolean {
  const { startSequence, durable, since, stream } = flags;
  const isNamed = [durable, since, stream].some((text) => text !== undefined && text !== '');
  return (
    (startSequence ?? 0) > 0 || isNamed || flags.all || flags.new || flags.last || flags.lastPerSubject || flags.direct
  );
}

/** Refuses what does not go together, in the reference's words. */
function check(subjects: readonly string[], flags: SubscribeFlags, usesStream: boolean): void {
  const refuse = (isWrong: boolean, text: string): void => {
    if (isWrong) throw new UsageError(text);
  };
  const reports = flags.reportSubjects || flags.reportSubscriptions;
  refuse(
    subjects.length === 0 && !flags.inbox && (flags.stream ?? '') === '',
    'subject is required: name subjects, or a stream with --stream',
  );
  refuse(subjects.length > 0 && flags.durable !== undefined, 'cannot specify both subjects and a durable consumer');
  refuse(subjects.length > 1 && usesStream, 'streams subscribe support only 1 subject');
  refuse(flags.terminateAtEnd && !usesStream, '--terminate-at-end is only supported for JetStream subscriptions');
  refuse(flags.inbox && usesStream, 'generating inboxes is not compatible with JetStream subscriptions');
  refuse(flags.queue !== undefined && usesStream, 'queue group subscriptions are not supported with JetStream');
  refuse(
    flags.dump === '-' && flags.inbox,
    'generating inboxes is not compatible with dumping to stdout using null terminated strings',
  );
  refuse(reports && flags.reportTop < 1, 'subject count must be at least one');
  refuse(flags.timestamp && flags.deltaTime, 'timestamp and delta-time flags are mutually exclusive');
  refuse(flags.matchReplies && usesStream, 'cannot enable --match-replies for JetStream streams');
  refuse(flags.direct && flags.durable !== undefined, 'cannot use direct get when a durable name is supplied');
  refuse(flags.quiet && flags.backup === undefined, '--quiet requires --backup');
  refuse(
    flags.backup !== undefined,
    "--backup is not in this version yet: use 'nats sub --backup', which works with this server",
  );
  if (flags.since !== undefined) {
    const since = parseDuration(flags.since);
    refuse(!since.ok, `--since ${since.ok ? '' : since.error}`);
  }
  for (const subject of splitSubjects(flags.ignoreSubject)) checkSubject(subject, '--ignore-subject');
  checkGroup(flags.queue, '--queue');
}
