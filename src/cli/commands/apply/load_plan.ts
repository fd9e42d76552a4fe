// The plan for the documents that -f names: read, checked and compared with the server. For `apply` and `diff`.
import { ownershipOf } from '../../apply/ownership.ts';
import { makePlan } from '../../apply/plan.ts';
import { withServerOpinion } from '../../apply/server_opinion.ts';
import type { Plan } from '../../apply/step.ts';
import { readWorld } from '../../apply/world.ts';
import { flag, type ValuesOf } from '../../command.ts';
import { readAssets, type WantedAsset } from '../../documents/asset_document.ts';
import { readDocumentFiles } from '../../documents/document_files.ts';
import { CommandError, UsageError } from '../../errors.ts';
import type { Session } from '../../session.ts';

export const PLAN_FLAGS = {
  file: flag.texts('File or folder of documents, - for standard input', { short: 'f', placeholder: 'FILE' }),
  recursive: flag.switch('Look into folders of folders', { short: 'R' }),
  set: flag.text('The name under which these documents belong together, for --prune', { placeholder: 'NAME' }),
  prune: flag.switch('Remove what belongs to the set and is in its documents no more'),
  pruneNonempty: flag.switch('Also prune streams that hold messages or have consumers of others'),
  takeOver: flag.switch('Also change what belongs to another set, and make it part of this one'),
  account: flag.text('Only documents of this account of NACK, and those that name none', { placeholder: 'NAME' }),
} as const;

export type PlanFlags = ValuesOf<typeof PLAN_FLAGS>;

const SET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export async function loadPlan(session: Session, flags: PlanFlags): Promise<Plan> {
  const set = flags.set ?? null;
  if (set !== null && !SET_NAME.test(set)) {
    throw new UsageError(`--set '${set}' is no name of a set: use letters, digits, dots, _ and -, at most 64`);
  }
  if ((flags.prune || flags.pruneNonempty) && set === null) {
    throw new UsageError('--prune requires --set: it removes what an earlier apply with the same set has made');
  }
  const documents = await readDocumentFiles(session, flags.file, { isRecursive: flags.recursive });
  const { assets, notes } = readAssets(documents);
  const chosen = assets.filter(({ account }) => account === null || (flags.account ?? account) === account);
  if (chosen.length === 0)
    throw new CommandError('The documents ask for no stream, consumer or bucket: nothing was done');
  checkDomains(session, chosen);
  const wanted = new Set(chosen.map(({ stream }) => stream));
  const prune = flags.prune || flags.pruneNonempty;
  const world = await readWorld(await session.api(), ({ config }) => {
    if (prune || wanted.has(config.name)) return true;
    return set !== null && ownershipOf(config.metadata, config.name)?.set === set;
  });
  const { takeOver, pruneNonempty } = flags;
  const options = { set, takeOver, prune, pruneNonempty, nowMs: session.nowMs() };
  return await withServerOpinion(session, makePlan({ assets: chosen, notes }, world, options));
}

function checkDomains(session: Session, assets: readonly WantedAsset[]): void {
  const own = session.settings.jetstream_domain;
  const other = assets.find(({ domain }) => domain !== null && domain !== own);
  if (other === undefined) return;
  const { file, line } = other.place;
  throw new CommandError(
    `${file}:${line}: jsDomain is '${other.domain}', but this command speaks to ` +
      `${own === '' ? 'no domain' : `the domain '${own}'`}: say --js-domain ${other.domain}, and apply other domains apart`,
  );
}
