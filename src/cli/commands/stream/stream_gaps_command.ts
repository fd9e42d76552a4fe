// `contrail stream gaps`: the sequences that are missing. Compat: natscli cli/stream_command.go, detectGaps.
import { argument, defineCommand, flag } from '../../command.ts';
import { countText, sizeText } from '../../output/human.ts';
import { startProgress } from '../../output/progress.ts';
import { TextTable } from '../../output/table.ts';
import { loadStream, pickStreamName } from '../../streams/pick_stream.ts';
import { findGaps } from '../../streams/stream_gaps.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

export const STREAM_GAPS = defineCommand({
  name: 'gaps',
  summary: 'Detect gaps in the stream content that would be reported as deleted messages',
  args: { stream: argument.optional('Stream to act on') },
  flags: {
    force: flag.switch('Act without prompting', { short: 'f' }),
    progress: flag.toggle('Enable progress bar', { default: true }),
    ...ALL_FLAG,
  },
  examples: [{ text: 'Which messages have been removed in between', command: 'contrail stream gaps EVENTS --force' }],
  json: 'A list of gaps, each a pair of the first and the last missing sequence.',
  run: async (session, { stream }, { force, progress, all }) => {
    const name = await pickStreamName(session, stream, { all });
    const { state: counted } = (await loadStream(session, name)).value;
    // The list of an empty stream is not always empty; its count is.
    const hasGaps = (counted.num_deleted ?? 0) > 0;
    const { value } = await loadStream(session, name, hasGaps ? { deleted_details: true } : undefined);
    const { state } = value;
    const isLong = (state.num_deleted ?? 0) > (state.deleted ?? []).length;
    if (isLong && !force) {
      session.log(
        'WARNING: Detecting gaps in a stream consumes the entire stream and can be resource intensive on the Server, Client and Network.',
      );
      const size = `${countText(state.messages)} messages and ${sizeText(state.bytes)} bytes`;
      if (!(await session.ask.confirm(`Really detect gaps in stream ${name} with ${size}`))) return;
    }
    const bar = progress && isLong ? startProgress(session, { total: state.last_seq, text: countText }) : null;
    const gaps = await findGaps(session, { info: value, progress: (seq) => bar?.set(seq) });
    bar?.stop();
    if (session.isJson) session.json(gaps);
    else if (gaps.length === 0) session.print(`No deleted messages in ${name}`);
    else {
      const found = gaps.length === 1 ? '1 gap' : `${countText(gaps.length)} gaps`;
      const table = new TextTable(`${found} found in Stream ${name}`, ['First Message', 'Last Message']);
      for (const [first, last] of gaps) table.row(countText(first), countText(last));
      session.table(table);
    }
  },
});
