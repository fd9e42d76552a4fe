// `contrail server mappings`: what a mapping makes of subjects, tried out here and by no server.
// Compat: natscli cli/server_mapping_command.go.
import { subjectMatches } from '../../../subject/subject.ts';
import { SubjectTransform } from '../../../subject/transform.ts';
import { argument, defineCommand } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import type { Session } from '../../session.ts';

export const SERVER_MAPPINGS = defineCommand({
  name: 'mappings',
  aliases: ['mapping'],
  summary: 'Test subject mapping patterns',
  args: {
    source: argument.optional('Source subject pattern'),
    dest: argument.optional('Destination subject pattern'),
    subject: argument.optional('Subject to transform'),
  },
  examples: [
    {
      text: 'Five partitions by customer',
      command: "contrail server mappings 'orders.*' 'orders.{{partition(5,1)}}.{{wildcard(1)}}' orders.ann",
    },
  ],
  json: 'An object: source, destination, subject, result.',
  run: async (session, args) => {
    const source = args.source ?? (await ask(session, 'Source subject pattern', '<source>'));
    const dest = args.dest ?? (await ask(session, 'Destination subject pattern', '<dest>'));
    const made = SubjectTransform.make(source, dest);
    if (!made.ok) throw new CommandError(`'${source}' cannot be mapped to '${dest}': ${made.error}`);
    if (args.subject !== undefined) {
      const result = applied(session, made.value, args.subject);
      if (session.isJson) session.json({ source, destination: dest, subject: args.subject, result });
      else session.print(`${result}\n`);
      return;
    }
    await tryOut(session, made.value);
  },
});

async function ask(session: Session, message: string, flag: string): Promise<string> {
  return await session.ask.text({ message, flag });
}

function applied(session: Session, transform: SubjectTransform, subject: string): string {
  if (!subjectMatches(subject, transform.source)) {
    throw new CommandError(`no matching transforms available: '${subject}' does not match '${transform.source}'`);
  }
  return transform.apply(subject, (count) => picked(session, count));
}

/** For {{random()}}. */
function picked(session: Session, count: number): number {
  const bytes = new Uint8Array(4);
  session.doors.entropy.fill(bytes);
  return new DataView(bytes.buffer).getUint32(0) % count;
}

/** Subject after subject, until an empty one. */
async function tryOut(session: Session, transform: SubjectTransform): Promise<void> {
  if (!session.ask.isPossible) await session.ask.text({ message: 'Subject', flag: '<subject>' });
  session.print('Enter subjects to test, empty subject terminates.\n');
  session.print('NOTE: This only tests mappings, it does not add them to the server\n');
  while (true) {
    const subject = await session.ask.text({ message: 'Subject', flag: '<subject>', default: '' });
    if (subject === '') return;
    try {
      session.print(`${applied(session, transform, subject)}\n`);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      session.print(`Error: ${error.message}\n`);
    }
  }
}
