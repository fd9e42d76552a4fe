// What documents can ask for.

export type BucketKind = 'KeyValue' | 'ObjectStore';
export type AssetKind = 'Stream' | 'Consumer' | BucketKind;

export const ASSET_KINDS: readonly AssetKind[] = ['Stream', 'Consumer', 'KeyValue', 'ObjectStore'];
