// /debug/vars: the command line, without its secrets, and the memory of the process in the names of Go's runtime, as far
// as Node.js has such numbers; the others are 0. Compat: Go expvar; opts.go, RedactArgs (advisory 2026-14).
import { type GoJsonStruct, goJson } from '../base/go_json.ts';
import type { Host } from '../ports/host.ts';

const SECRET = /^-{1,2}(user|pass|auth)(=.*)?$/s;
const URL_LIST = /^-{1,2}routes(=.*)?$/s;
const URL = /^-{1,2}(cluster|cluster_listen)(=.*)?$/s;
const REDACTED = '[REDACTED]';
/** Elements of Go's ring of pauses, all 0 here. */
const PAUSES = 256;

/** Two members on lines of their own, as Go prints them. */
export function expvarText(host: Host): string {
  return `{\n"cmdline": ${goJson(redactedArguments(host.commandLine))},\n"memstats": ${goJson(memoryStats(host))}\n}\n`;
}

export function expvarz(host: Host): GoJsonStruct {
  return { memstats: memoryStats(host), cmdline: redactedArguments(host.commandLine) };
}

export function redactedArguments(words: readonly string[]): string[] {
  const shown = [...words];
  for (let i = 0; i < shown.length; i++) {
    const word = shown[i] as string;
    if (SECRET.test(word)) redactValue(shown, i, () => REDACTED);
    else if (URL_LIST.test(word)) redactValue(shown, i, (list) => list.split(',').map(redactedUrl).join(','));
    else if (URL.test(word)) redactValue(shown, i, redactedUrl);
  }
  return shown;
}

/** Of `--flag=value`, or of the word that follows. */
function redactValue(words: string[], at: number, redact: (value: string) => string): void {
  const word = words[at] as string;
  const sign = word.indexOf('=');
  if (sign >= 0) words[at] = word.slice(0, sign + 1) + redact(word.slice(sign + 1));
  else if (at + 1 < words.length) words[at + 1] = redact(words[at + 1] as string);
}

/** Who is named in front of the last `@` of the authority is nobody's business. */
function redactedUrl(text: string): string {
  return text.replace(/^(\s*[a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${REDACTED}@`);
}

function memoryStats(host: Host): GoJsonStruct {
  const { heapUsedBytes, heapTotalBytes, externalBytes, residentBytes } = host.usage();
  return {
    Alloc: heapUsedBytes,
    TotalAlloc: heapUsedBytes,
    Sys: residentBytes,
    Lookups: 0,
    Mallocs: 0,
    Frees: 0,
    HeapAlloc: heapUsedBytes,
    HeapSys: heapTotalBytes,
    HeapIdle: Math.max(heapTotalBytes - heapUsedBytes, 0),
    HeapInuse: heapUsedBytes,
    HeapReleased: 0,
    HeapObjects: 0,
    StackInuse: 0,
    StackSys: 0,
    MSpanInuse: 0,
    MSpanSys: 0,
    MCacheInuse: 0,
    MCacheSys: 0,
    BuckHashSys: 0,
    GCSys: 0,
    OtherSys: externalBytes,
    NextGC: 0,
    LastGC: 0,
    PauseTotalNs: 0,
    PauseNs: new Array<number>(PAUSES).fill(0),
    PauseEnd: new Array<number>(PAUSES).fill(0),
    NumGC: 0,
    NumForcedGC: 0,
    GCCPUFraction: 0,
    EnableGC: true,
    DebugGC: false,
    BySize: [{ Size: 0, Mallocs: 0, Frees: 0 }],
  };
}
