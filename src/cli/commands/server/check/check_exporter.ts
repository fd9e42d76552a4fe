// `contrail server check exporter`: a page for Prometheus whose numbers are those of checks that a file names.
import { Exporter } from '../../../checks/exporter/exporter.ts';
import { readExporterFile } from '../../../checks/exporter/exporter_file.ts';
import { defineCommand, flag } from '../../../command.ts';
import { UsageError } from '../../../errors.ts';
import { requiredFlag } from '../../../input/required_flag.ts';
import type { Session } from '../../../session.ts';
import { CHECK_FLAGS, checkNamespace } from './check_flags.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export const CHECK_EXPORTER = defineCommand({
  name: 'exporter',
  summary: 'Prometheus exporter for server checks',
  description: `
The file names checks, with the options of their kind:

  context: production
  checks:
    - name: orders
      kind: stream
      properties:
        stream_name: ORDERS
        cluster_expected_peers: 3

Every request for /metrics runs them. Times are seconds, or durations like 5m.`,
  flags: {
    ...CHECK_FLAGS,
    config: flag.text('Exporter configuration', { placeholder: 'FILE' }),
    port: flag.integer('Port to listen on', { default: 8080, min: 0, max: 65_535 }),
    httpsKey: flag.text('Key for HTTPS', { placeholder: 'FILE' }),
    httpsCertificate: flag.text('Certificate for HTTPS', { placeholder: 'FILE' }),
  },
  examples: [{ text: '', command: 'contrail server check exporter --config checks.yaml --port 9100' }],
  json: "Nothing: what it serves is Prometheus's own format.",
  run: async (session, _, flags) => {
    checkNamespace(flags);
    const checks = await readExporterFile(session, requiredFlag(flags.config, '--config'));
    const exporter = new Exporter(session, checks);
    const certificate = certificateOf(session, flags);
    const web = await session.doors.web();
    const listener = await web.serve(
      async ({ path }) => {
        if (path !== '/metrics')
          return { status: 404, contentType: 'text/plain', body: 'The numbers are at /metrics\n' };
        return { status: 200, contentType: CONTENT_TYPE, body: await exporter.metrics(flags.namespace) };
      },
      { port: flags.port, certificate },
    );
    session.onClose(() => listener.close());
    const scheme = certificate === null ? 'http' : 'https';
    session.log(`Prometheus exporter listening on ${scheme}://0.0.0.0:${listener.port}/metrics`);
    await session.interrupted;
  },
});

interface CertificateFlags {
  readonly httpsKey: string | undefined;
  readonly httpsCertificate: string | undefined;
}

function certificateOf(session: Session, { httpsKey: keyFile, httpsCertificate: certFile }: CertificateFlags) {
  if (keyFile === undefined && certFile === undefined) return null;
  if (keyFile === undefined || certFile === undefined) {
    throw new UsageError('--https-key and --https-certificate go together: give both');
  }
  const missing = [keyFile, certFile].find((path) => !session.doors.files.isFile(path));
  if (missing !== undefined) throw new UsageError(`there is no file '${missing}'`);
  return { keyFile, certFile };
}
