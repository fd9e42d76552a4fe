// `contrail stream copy`: a new stream with the configuration of another, changed by flags. No message is copied.
import { argument, defineCommand } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { checkStreamName, loadStream } from '../../streams/pick_stream.ts';
import { draftOf } from '../../streams/stream_config_file.ts';
import { createStream, showCreated } from './stream_add.ts';
import { changedConfig } from './stream_config_change.ts';
import { COPY_FLAGS } from './stream_config_flags.ts';

export const STREAM_COPY = defineCommand({
  name: 'copy',
  aliases: ['cp'],
  summary: 'Creates a new stream based on the configuration of another, does not copy data',
  args: {
    source: argument.required('Source stream to copy'),
    destination: argument.required('New stream to create'),
  },
  flags: COPY_FLAGS,
  examples: [
    {
      text: 'The same limits for other subjects',
      command: 'contrail stream copy EVENTS EVENTS2 --subjects "events2.>"',
    },
  ],
  json: "The server's answer for the new stream, as for stream info.",
  run: async (session, { source, destination }, flags) => {
    if (source === destination) throw new UsageError('source and destination Stream names cannot be the same');
    checkStreamName(destination);
    const { exact } = await loadStream(session, source);
    const changes = { ...flags, noMirror: false, noTransform: false, noRepublish: false };
    const config = changedConfig(session, draftOf(exact), changes);
    showCreated(session, await createStream(session, { ...config, name: destination }));
  },
});
