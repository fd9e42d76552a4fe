// Every fuzz target by name.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiJsonTarget } from './api_json_target.ts';
import { ApiTarget } from './api_target.ts';
import { ConfigTarget } from './config_target.ts';
import type { FuzzTarget } from './fuzz_target.ts';
import { HeadersTarget } from './headers_target.ts';
import { JsonTarget } from './json_target.ts';
import { NkeysTarget } from './nkeys_target.ts';
import { ParserTarget } from './parser_target.ts';
import { SublistTarget } from './sublist_target.ts';

/** This file runs as dist/tools/fuzz/fuzz_targets.js. */
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Configuration files that are no part of the project; it goes without where they are missing. */
function corpusFolder(): string {
  return join(process.env['CONTRAIL_SHARED'] ?? join(root, '..', 'shared'), 'data', 'conf');
}

/** New ones, in the order in which all are run. */
export function fuzzTargets(): readonly FuzzTarget[] {
  return [
    new ParserTarget(),
    new HeadersTarget(),
    new JsonTarget(),
    new ApiJsonTarget(),
    new ApiTarget(),
    new ConfigTarget(corpusFolder()),
    new SublistTarget(),
    new NkeysTarget(),
  ];
}
