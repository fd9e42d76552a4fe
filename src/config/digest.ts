// The fingerprint of a configuration: what it says after includes and variables, whatever its layout. The same bytes as the
// reference's, so that `-t` and /varz show the same for the same file; only bytes that are not UTF-8 show differently.
// Compat: conf/parse.go, configDigest.
import { goJsonString } from '../base/go_json.ts';
import { compareText } from '../base/text_order.ts';
import { ConfigError } from './config_error.ts';
import { CONFIG_DIGEST_CHARS_MAX } from './config_limits.ts';
import type { ConfigMap, ConfigValue } from './config_node.ts';
import type { ConfigSource } from './config_source.ts';

/** `sha256:` and 64 hexadecimal digits. */
export function configDigest(map: ConfigMap, source: ConfigSource): string {
  return `sha256:${source.sha256(canonicalText(map))}`;
}

/** JSON on one line with sorted keys, and a line feed. Exported for its test. */
export function canonicalText(map: ConfigMap): string {
  const parts: string[] = [];
  let chars = 0;
  const write = (text: string) => {
    chars += text.length;
    // A variable that stands for a map writes it again at each place: a few lines can say very much.
    if (chars > CONFIG_DIGEST_CHARS_MAX) throw new ConfigError(null, 'the configuration is too large for a digest');
    parts.push(text);
  };
  writeValue(map, write);
  write('\n');
  return parts.join('');
}

function writeValue(value: ConfigValue, write: (text: string) => void): void {
  switch (value.kind) {
    case 'string':
    case 'datetime':
      return write(goJsonString(value.value));
    case 'boolean':
    case 'integer':
      return write(String(value.value));
    case 'float':
      return write(Object.is(value.value, -0) ? '-0' : String(value.value));
    case 'array':
      value.items.forEach((item, index) => {
        write(index === 0 ? '[' : ',');
        writeValue(item.value, write);
      });
      return write(value.items.length === 0 ? '[]' : ']');
    case 'map':
      return writeMap(value, write);
  }
}

function writeMap(map: ConfigMap, write: (text: string) => void): void {
  const entries = [...map.entries].sort(([a], [b]) => compareText(a, b));
  entries.forEach(([key, node], index) => {
    write(`${index === 0 ? '{' : ','}${goJsonString(key)}:`);
    writeValue(node.value, write);
  });
  write(entries.length === 0 ? '{}' : '}');
}
