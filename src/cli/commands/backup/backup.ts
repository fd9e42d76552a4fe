// `contrail backup`: streams and accounts to folders and back.
import { defineGroup, defineLater } from '../../command.ts';
import { accountBackupCommand, accountRestoreCommand } from './backup_account.ts';
import { streamBackupCommand, streamRestoreCommand } from './backup_stream.ts';

const RESTORE = defineGroup({
  name: 'restore',
  summary: 'Restores backups over the NATS network',
  commands: [
    streamRestoreCommand({ name: 'stream', path: 'contrail backup restore stream' }),
    accountRestoreCommand({ name: 'account', path: 'contrail backup restore account' }),
  ],
});

function offline(name: string, summary: string) {
  return defineLater({
    name,
    summary,
    meanwhile: `the reference reads the same directories, use 'nats backup ${name}'`,
  });
}

export const BACKUP = defineGroup({
  name: 'backup',
  summary: 'Backup, restore, inspect and edit JetStream streams',
  description:
    'Backups are taken over the NATS network into a directory; the reference command reads and writes the same.',
  commands: [
    streamBackupCommand({ name: 'stream', path: 'contrail backup stream' }),
    accountBackupCommand({ name: 'account', path: 'contrail backup account' }),
    RESTORE,
    offline('edit', 'Creates an edited copy of a stream backup'),
    offline('info', 'Stream backup information'),
    offline('validate', 'Validates that a stream backup is complete and restorable'),
    offline('lookup', 'Looks up obfuscated values in a key file'),
  ],
});
