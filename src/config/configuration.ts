// A configuration file as a whole: language, digest, and what its keys say, with everything there is to find about them.
// Decides nothing about flags and starting: app/command_line.ts does.
import { SERVER_BLOCK } from './blocks/server.ts';
import type { ConfigSource } from './config_source.ts';
import { configDigest } from './digest.ts';
import { Findings } from './findings.ts';
import type { OptionsDraft } from './options_draft.ts';
import { parseConfigFile } from './parser.ts';
import { readBlock } from './schema.ts';

export interface Configuration {
  readonly digest: string;
  readonly findings: Findings;
}

/** Writes what the file says into `draft`. Throws ConfigError when the language itself is wrong. */
export function readConfiguration(
  path: string,
  draft: OptionsDraft,
  source: ConfigSource,
  { expandsEnvironment = false } = {},
): Configuration {
  const findings = new Findings();
  const map = parseConfigFile(
    path,
    source,
    expandsEnvironment ? { kind: 'expanded' } : { kind: 'stay', found: (...where) => findings.literalName(...where) },
  );
  const digest = configDigest(map, source);
  if (map.entries.size === 0) findings.warning(null, `${path}: config has no values or is empty`);
  readBlock(SERVER_BLOCK, map, draft, findings);
  findings.lookAround(source);
  return { digest, findings };
}
