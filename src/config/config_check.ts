// A configuration file looked at without starting anything: everything that there is to say about it, the language's first
// fault included. For `-t` of the server and `contrail server config check`.
import { ConfigError } from './config_error.ts';
import type { ConfigSource } from './config_source.ts';
import { readConfiguration } from './configuration.ts';
import { Findings } from './findings.ts';
import type { OptionsDraft } from './options_draft.ts';

export interface ConfigCheck {
  /** Null where the language itself is wrong: then there is that one error. */
  readonly digest: string | null;
  readonly findings: Findings;
}

export interface ConfigCheckOptions {
  readonly expandsEnvironment: boolean;
}

/** Writes what the file says into `draft`, as far as it can be read. */
export function checkConfiguration(
  file: string,
  draft: OptionsDraft,
  source: ConfigSource,
  options: ConfigCheckOptions,
): ConfigCheck {
  try {
    return readConfiguration(file, draft, source, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = new Findings();
    findings.error(error.position, error.message);
    return { digest: null, findings };
  }
}
