// `contrail server passwd`: the bcrypt hash of a password, for configuration files.
// Compat: natscli cli/server_mkpasswd_command.go; the form of hash is Go's, `$2a$`.
import { defineCommand, flag } from '../../command.ts';
import { CommandError, UsageError } from '../../errors.ts';
import type { Session } from '../../session.ts';

const LENGTH_MIN = 10;
/** Of bcrypt: it would not look at the rest. */
const BYTES_MAX = 72;
const GENERATED_LENGTH = 22;
const SALT_BYTES = 16;
const COST = { min: 4, max: 31, default: 11 } as const;
/** Nothing that a shell or a configuration file takes for more than itself, and nothing that looks like something else. */
const LETTERS = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789_-+=@%^';

export const SERVER_PASSWD = defineCommand({
  name: 'passwd',
  aliases: ['mkpasswd', 'pass', 'password'],
  summary: 'Creates encrypted passwords for use in NATS Server',
  flags: {
    pass: flag.text('The password to encrypt', { short: 'p', environment: 'PASSWORD' }),
    cost: flag.integer('The cost to use in the bcrypt argument', { short: 'c', ...COST }),
    generate: flag.switch('Generates a secure passphrase and encrypt it', { short: 'g' }),
  },
  examples: [
    { text: 'Asks for the password', command: 'contrail server passwd' },
    { text: 'A new one', command: 'contrail server passwd --generate' },
  ],
  json: 'An object: hash, password (where it was generated, or null).',
  run: async (session, _args, { pass, cost, generate }) => {
    const isGiven = pass !== undefined && pass !== '';
    const password = isGiven ? pass : generate ? generated(session) : await asked(session);
    const fault = faultOf(password);
    if (fault !== null) throw new CommandError(fault);
    const { encodeBase64, hash } = await import('bcryptjs');
    const salt = new Uint8Array(SALT_BYTES);
    session.doors.entropy.fill(salt);
    const text = await hash(password, `$2a$${String(cost).padStart(2, '0')}$${encodeBase64(salt, SALT_BYTES)}`);
    const isNew = generate && !isGiven;
    if (session.isJson) session.json({ hash: text, password: isNew ? password : null });
    else if (isNew) session.print(`Generated password: ${password}\n       bcrypt hash: ${text}`);
    else session.print(generate ? `       bcrypt hash: ${text}` : text);
  },
});

function faultOf(password: string): string | null {
  if (password.length < LENGTH_MIN) return `password should be at least ${LENGTH_MIN} characters long`;
  const bytes = Buffer.byteLength(password);
  return bytes > BYTES_MAX ? `password is ${bytes} bytes long: bcrypt takes ${BYTES_MAX} at most` : null;
}

async function asked(session: Session): Promise<string> {
  const flag = '--pass, PASSWORD or --generate';
  const check = faultOf;
  const password = await session.ask.secret({ message: 'Enter password', flag, check });
  const again = await session.ask.secret({ message: 'Re-enter password', flag, check });
  if (password !== again) throw new UsageError('entered and re-entered passwords do not match');
  return password;
}

/** Every letter as likely as any other: bytes that would favour some are not used. */
function generated(session: Session): string {
  const fair = 256 - (256 % LETTERS.length);
  let password = '';
  while (password.length < GENERATED_LENGTH) {
    const bytes = new Uint8Array(GENERATED_LENGTH);
    session.doors.entropy.fill(bytes);
    for (const byte of bytes) if (byte < fair) password += LETTERS.charAt(byte % LETTERS.length);
  }
  return password.slice(0, GENERATED_LENGTH);
}
