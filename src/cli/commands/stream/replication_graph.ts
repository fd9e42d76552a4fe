// Which streams feed which, in GraphViz's language.
import type { StreamInfo } from '../../client/js_types.ts';

export function replicationGraph(streams: readonly StreamInfo[]): string {
  const lines = ['digraph {', '  label="Stream Replication Structure";'];
  for (const { config } of streams) {
    for (const { name, filter_subject: filter = '', subject_transforms: transforms = [] } of config.sources ?? []) {
      const [transform] = transforms;
      const label = transforms.length === 1 ? `${transform?.src} to ${transform?.dest}` : filter;
      lines.push(edge(name, config.name, { color: 'green', ...(label === '' ? {} : { label }) }));
    }
    if (config.mirror !== undefined) {
      lines.push(edge(config.mirror.name, config.name, { color: 'blue', label: 'Mirror' }));
    }
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

function edge(from: string, to: string, attributes: Readonly<Record<string, string>>): string {
  const list = Object.entries(attributes).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `  ${JSON.stringify(from)} -> ${JSON.stringify(to)} [${list.join(', ')}];`;
}
