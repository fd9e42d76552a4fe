// `contrail stream`: everything about streams.
import { defineGroup } from '../../command.ts';
import { streamBackupCommand, streamRestoreCommand } from '../backup/backup_stream.ts';
import { STREAM_ADD } from './stream_add.ts';
import { ALL_FLAG } from './stream_all_flag.ts';
import { STREAM_CLUSTER } from './stream_cluster.ts';
import { STREAM_COPY } from './stream_copy.ts';
import { STREAM_EDIT } from './stream_edit.ts';
import { STREAM_FIND } from './stream_find.ts';
import { STREAM_GAPS } from './stream_gaps_command.ts';
import { STREAM_GET } from './stream_get.ts';
import { STREAM_GRAPH } from './stream_graph.ts';
import { STREAM_INFO, STREAM_STATE } from './stream_info.ts';
import { STREAM_LS } from './stream_ls.ts';
import { STREAM_PURGE, STREAM_RM, STREAM_RMM, STREAM_SEAL } from './stream_remove.ts';
import { STREAM_REPORT } from './stream_report.ts';
import { STREAM_SUBJECTS } from './stream_subjects_command.ts';
import { STREAM_VIEW } from './stream_view.ts';

// The reference hides these too, in favour of `backup`.
const BACKUP = streamBackupCommand({
  name: 'backup',
  aliases: ['snapshot'],
  isHidden: true,
  path: 'contrail stream backup',
});

const RESTORE = streamRestoreCommand({ name: 'restore', isHidden: true, path: 'contrail stream restore' });

export const STREAM = defineGroup({
  name: 'stream',
  aliases: ['str', 'st', 'ms', 's'],
  summary: 'JetStream stream management',
  // Each command has it too, where its type is known.
  flags: ALL_FLAG,
  commands: [
    STREAM_ADD,
    STREAM_LS,
    STREAM_REPORT,
    STREAM_FIND,
    STREAM_INFO,
    STREAM_STATE,
    STREAM_SUBJECTS,
    STREAM_EDIT,
    STREAM_RM,
    STREAM_PURGE,
    STREAM_COPY,
    STREAM_RMM,
    STREAM_VIEW,
    STREAM_GET,
    BACKUP,
    RESTORE,
    STREAM_SEAL,
    STREAM_GAPS,
    STREAM_GRAPH,
    STREAM_CLUSTER,
  ],
});
