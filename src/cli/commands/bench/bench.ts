// `contrail bench`: how much a server takes and gives, measured from the outside.
import { defineGroup, defineLater } from '../../command.ts';
import { BENCH_PUB, BENCH_SUB } from './bench_core.ts';
import { BENCH_JS } from './bench_js.ts';
import { BENCH_KV } from './bench_kv.ts';
import { BENCH_SERVICE } from './bench_service.ts';

const OLD_JS = defineLater({
  name: 'oldjs',
  summary: 'JetStream benchmark commands using the old JS API',
  isHidden: true,
  meanwhile: "consumers of today are measured by 'contrail bench js'",
});

export const BENCH = defineGroup({
  name: 'bench',
  summary: 'Benchmark utility',
  commands: [BENCH_PUB, BENCH_SUB, BENCH_SERVICE, BENCH_JS, BENCH_KV, OLD_JS],
});
