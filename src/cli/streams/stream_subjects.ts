// The subjects of a stream's messages with their counts, page by page.
import type { JsApi } from '../client/js_api.ts';
import type { StreamInfo } from '../client/js_types.ts';

type Page = StreamInfo & { readonly total?: number; readonly limit?: number };

export async function subjectCounts(api: JsApi, stream: string, filter: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  while (true) {
    const body = { subjects_filter: filter, offset: counts.size };
    const { value } = await api.request<Page>(`STREAM.INFO.${stream}`, body);
    const before = counts.size;
    for (const [subject, count] of Object.entries(value.state.subjects ?? {})) counts.set(subject, count);
    if (counts.size === before || counts.size >= (value.total ?? 0)) return counts;
  }
}
