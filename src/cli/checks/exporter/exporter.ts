// Runs configured checks each time somebody asks for the numbers, and writes them as Prometheus reads them.
import { errorText } from '../../../base/errors.ts';
import { Session } from '../../session.ts';
import { CHECK_KINDS } from '../check_kinds.ts';
import { CheckResult } from '../check_result.ts';
import { nagiosText } from '../nagios_text.ts';
import { prometheusText } from '../prometheus_text.ts';
import type { ConfiguredCheck } from './exporter_file.ts';

export class Exporter {
  readonly #session: Session;
  readonly #checks: readonly ConfiguredCheck[];
  /** Sessions of checks that keep their connection, while it is good. */
  readonly #kept: Map<ConfiguredCheck, Session>;
  #isOver: boolean;

  constructor(session: Session, checks: readonly ConfiguredCheck[]) {
    this.#session = session;
    this.#checks = checks;
    this.#kept = new Map();
    this.#isOver = false;
    session.onClose(() => this.#closeAll());
  }

  async metrics(namespace: string): Promise<string> {
    const results = await Promise.all(this.#checks.map((check) => this.#run(check)));
    for (const result of results) this.#session.log(nagiosText(result));
    return prometheusText(results, namespace);
  }

  async #run(check: ConfiguredCheck): Promise<CheckResult> {
    const { name, kind, options } = check;
    const result = new CheckResult(kind, name);
    // Connecting is what the check of a connection is about.
    const keeps = check.keepsConnection && kind !== 'connection';
    const session = this.#kept.get(check) ?? this.#sessionFor(check);
    try {
      await CHECK_KINDS[kind]?.run(session, result, options);
    } catch (error) {
      result.critical(`check failed: ${errorText(error)}`);
    }
    await this.#keepOrClose(check, session, keeps);
    return result;
  }

  /** Whoever asks for the numbers at the same time has a session of its own: one of them is kept. */
  async #keepOrClose(check: ConfiguredCheck, session: Session, keeps: boolean): Promise<void> {
    const isGood = keeps && (await isConnected(session));
    const kept = this.#kept.get(check) ?? session;
    if (isGood && kept === session && !this.#isOver) {
      this.#kept.set(check, session);
      return;
    }
    if (kept === session) this.#kept.delete(check);
    await session.close();
  }

  /** A context of its own stands for all that flags say about whom to ask and as whom. */
  #sessionFor({ context }: ConfiguredCheck): Session {
    const { doors, flags, version } = this.#session;
    if (context === null) return new Session({ doors, flags, version });
    const none = undefined;
    const nobody = { server: none, user: none, password: none, token: none };
    const noKeys = { creds: none, nkey: none, jwt: none, seed: none };
    return new Session({ doors, version, flags: { ...flags, ...nobody, ...noKeys, context, noContext: false } });
  }

  async #closeAll(): Promise<void> {
    this.#isOver = true;
    for (const session of this.#kept.values()) await session.close();
    this.#kept.clear();
  }
}

/** Why it is not, the check has said already. */
async function isConnected(session: Session): Promise<boolean> {
  const connection = await session.connect().catch(() => null);
  return connection !== null && !connection.isClosed();
}
