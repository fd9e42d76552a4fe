// One operation of the simulated disk, as tests and faults see it, and how it acts, as the disk sees it.

export type DiskOperationKind =
  | 'open'
  | 'create'
  | 'write'
  | 'read'
  | 'sync'
  | 'truncate'
  | 'close'
  | 'list'
  | 'stat'
  | 'make directory'
  | 'rename'
  | 'remove'
  | 'sync directory'
  | 'space'
  | 'lock'
  | 'unlock';

export interface DiskOperation {
  readonly index: number;
  readonly kind: DiskOperationKind;
  readonly path: string;
  /** For `write`, `read` and `truncate`: where, and how much. */
  readonly position: number;
  readonly length: number;
}

const MUTATIONS: ReadonlySet<DiskOperationKind> = new Set([
  'create',
  'write',
  'sync',
  'truncate',
  'make directory',
  'rename',
  'remove',
  'sync directory',
  'lock',
  'unlock',
]);

/** Whether a crash at this operation can be told from one before it. */
export function isMutation(operation: DiskOperation): boolean {
  return MUTATIONS.has(operation.kind);
}

export function operationText({ index, kind, path, position, length }: DiskOperation): string {
  return `disk ${index} ${kind} ${path} ${position}+${length}`;
}
