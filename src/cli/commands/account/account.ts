// `contrail account`: who one is, what one may use, who else is connected.
import { defineGroup } from '../../command.ts';
import { accountBackupCommand, accountRestoreCommand } from '../backup/backup_account.ts';
import { ACCOUNT_INFO } from './account_info.ts';
import { ACCOUNT_REPORT } from './account_report.ts';
import { ACCOUNT_TLS } from './account_tls.ts';

// The reference hides these too, in favour of `backup`.
const BACKUP = accountBackupCommand({
  name: 'backup',
  aliases: ['snapshot'],
  isHidden: true,
  path: 'contrail account backup',
});

const RESTORE = accountRestoreCommand({ name: 'restore', isHidden: true, path: 'contrail account restore' });

export const ACCOUNT = defineGroup({
  name: 'account',
  aliases: ['a'],
  summary: 'Account information and status',
  commands: [ACCOUNT_INFO, ACCOUNT_REPORT, BACKUP, RESTORE, ACCOUNT_TLS],
});
