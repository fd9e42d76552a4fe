// `contrail serve`: a server with the defaults of a person's machine.
import type { Options } from '../config/options.ts';
import { isStandardErrorTerminal } from '../node/node_standard_error.ts';
import type { Contrail } from './compose.ts';
import { runDaemon } from './daemon.ts';

/** What `serve` means where nothing else is said: this machine only, JetStream in ./contrail-data, monitoring. */
const SERVE_DEFAULTS = ['-a', '127.0.0.1', '-p', '4222', '-m', '8222', '-js', '-sd', './contrail-data'];

export async function serve(words: readonly string[]): Promise<void> {
  await runDaemon(serveArguments(words), { started: sayWhatIsNext });
}

/** A configuration file says everything itself: flags of ours would win over it. */
function serveArguments(args: readonly string[]): string[] {
  const hasFile = args.some((argument) => /^--?(c|config)(=|$)/.test(argument));
  return hasFile ? [...args] : [...SERVE_DEFAULTS, ...args];
}

/** Only for people: in containers and pipelines there is the log. */
function sayWhatIsNext(contrail: Contrail, options: Options, isRunByNpm: boolean): void {
  const program = isRunByNpm ? 'npx contrail' : 'contrail';
  const { address, monitorAddress } = contrail;
  const { jetstream, authorization } = options;
  const access =
    authorization.token === null && authorization.user === null ? 'no authentication' : 'authentication required';
  const sync = jetstream.sync === 'always' ? 'synced before every acknowledgement' : 'synced every now and then';
  const lines = [
    `  Client      nats://${address.host}:${address.port}        (${access})`,
    monitorAddress === null
      ? null
      : `  Monitoring  ${options.monitor?.isSecure === true ? 'https' : 'http'}://${monitorAddress.host}:${monitorAddress.port}/varz, /jsz, /healthz`,
    jetstream.isEnabled ? `  JetStream   ${jetstream.storeDirectory ?? 'temporary'}  file store, ${sync}` : null,
    `  Next        ${program} stream add EVENTS --subjects "events.>" --defaults`,
    `              ${program} pub events.hello "first message"`,
    `              ${program} stream view EVENTS`,
  ].filter((line) => line !== null);
  if (isStandardErrorTerminal()) process.stderr.write(`\n${lines.join('\n')}\n\n`);
  else for (const line of lines) contrail.server.log.info(line.slice(2));
}
