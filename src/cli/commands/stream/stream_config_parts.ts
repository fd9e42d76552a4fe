// Parts of a stream's configuration that flags describe in the same way for new streams and for changed ones.
import { UsageError } from '../../errors.ts';
import { checkSubject } from '../../input/subjects.ts';
import type { CommonFlags } from './stream_config_flags.ts';

export function storageOf(text: string): string {
  return text === 'm' || text === 'memory' ? 'memory' : 'file';
}

export function retentionOf(text: string): string {
  const lower = text.toLowerCase();
  return lower === 'work queue' || lower === 'workq' || lower === 'work' ? 'workqueue' : lower;
}

/** Null where no flag said anything; empty where one took all tags away. */
export function tagsOf(flags: Pick<CommonFlags, 'tag' | 'tags'>): string[] | null {
  const tags = [...flags.tag, ...flags.tags];
  if (tags.length === 0) return null;
  return tags.flatMap((tag) => tag.split(',')).filter((tag) => tag !== '');
}

/** Null where no flag asks for it. */
export function republishOf(flags: CommonFlags): Record<string, unknown> | null {
  const { republishSource: src, republishDestination: dest, republishHeaders: isHeadersOnly } = flags;
  if (src === undefined && dest === undefined && !isHeadersOnly) return null;
  if (src === undefined || dest === undefined) {
    throw new UsageError(
      `must specify both --republish-source and --republish-destination${isHeadersOnly ? ' when using --republish-headers' : ''}`,
    );
  }
  checkSubject(src, '--republish-source');
  return { src, dest, ...(isHeadersOnly ? { headers_only: true } : {}) };
}

/** Null where no flag asks for it. */
export function transformOf(flags: CommonFlags): Record<string, unknown> | null {
  const { transformSource: src, transformDestination: dest } = flags;
  if (src === undefined && dest === undefined) return null;
  if (src === undefined || dest === undefined) {
    throw new UsageError('must specify both --transform-source and --transform-destination');
  }
  checkSubject(src, '--transform-source');
  return { src, dest };
}
