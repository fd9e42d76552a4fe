// `contrail stream subjects`: which subjects a stream holds, and how many messages of each.
import { argument, defineCommand, flag } from '../../command.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countText } from '../../output/human.ts';
import { TextTable } from '../../output/table.ts';
import { pickStreamName } from '../../streams/pick_stream.ts';
import { columnGroups } from '../../streams/stream_list.ts';
import { subjectCounts } from '../../streams/stream_subjects.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

export const STREAM_SUBJECTS = defineCommand({
  name: 'subjects',
  aliases: ['subj'],
  summary: 'Query subjects held in a stream',
  args: {
    stream: argument.optional('Stream name'),
    filter: argument.optional('Limit the subjects to those matching a filter'),
  },
  flags: {
    sort: flag.choice('Adjusts the sorting order (name, messages)', ['name', 'subjects', 'messages', 'count'], {
      default: 'messages',
    }),
    reverse: flag.switch('Reverse sort servers', { short: 'R' }),
    names: flag.toggle('List only subject names'),
    ...ALL_FLAG,
  },
  examples: [{ text: 'The busiest last', command: 'contrail stream subjects EVENTS "events.eu.>"' }],
  json: 'An object with a count of messages for each subject.',
  run: async (session, { stream, filter = '>' }, { sort, reverse, names, all }) => {
    checkSubject(filter, '<filter>');
    const name = await pickStreamName(session, stream, { all });
    const counts = await subjectCounts(await session.api(), name, filter);
    const byName = sort === 'name' || sort === 'subjects';
    const subjects = [...counts.keys()].sort((a, b) => {
      const order = byName ? 0 : (counts.get(a) ?? 0) - (counts.get(b) ?? 0);
      return (order === 0 ? (a < b ? -1 : 1) : order) * (reverse ? -1 : 1);
    });
    if (session.isJson) session.json(Object.fromEntries(subjects.map((subject) => [subject, counts.get(subject)])));
    else if (subjects.length === 0) session.print(`No subjects found matching ${filter}`);
    else if (names === true) for (const subject of subjects) session.print(subject);
    else session.table(subjectsTable(`${subjects.length} Subjects in stream ${name}`, subjects, counts));
  },
});

/** In up to three pairs of columns, as many as the longest subject leaves room for. */
function subjectsTable(title: string, subjects: readonly string[], counts: ReadonlyMap<string, number>): TextTable {
  const longest = Math.max(...subjects.map((subject) => subject.length));
  const width = longest + countText(Math.max(...counts.values())).length;
  const columns = width < 20 ? 3 : width < 30 ? 2 : 1;
  const table = new TextTable(title, Array.from({ length: columns }, () => ['Subject', 'Count']).flat());
  for (const group of columnGroups(subjects, columns)) {
    table.row(...group.flatMap((subject) => [subject, subject === '' ? '' : countText(counts.get(subject) ?? 0)]));
  }
  return table;
}
