// What connects servers with each other: `cluster`, `gateway`, `leafnodes`. Their shape is judged as by the reference; a start
// with one of them is refused.
import type { OptionsDraft } from '../options_draft.ts';
import { type BlockRule, blockKey, type KeyRule, later } from '../schema.ts';
import { CLUSTER_BLOCK } from './cluster.ts';
import { GATEWAY_BLOCK } from './gateway.ts';
import { LEAFNODES_BLOCK } from './leafnodes.ts';

export const LINK_KEYS: readonly KeyRule<OptionsDraft>[] = [
  linkKey(['cluster'], CLUSTER_BLOCK, 'Expected map to define cluster'),
  linkKey(['gateway'], GATEWAY_BLOCK, 'Expected gateway to be a map'),
  linkKey(['leafnodes', 'leaf'], LEAFNODES_BLOCK, 'Expected map to define a leafnode'),
];

function linkKey(names: readonly string[], block: BlockRule<null>, expected: string): KeyRule<OptionsDraft> {
  return later(blockKey(names, block, () => null, expected));
}
