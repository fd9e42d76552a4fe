// Results of checks as Prometheus reads them: a gauge for every number, and one with the status. Metrics of one name
// stand together under one help, whatever number of checks has them.
import { type CheckResult, statusCode } from './check_result.ts';

interface Family {
  readonly help: string;
  readonly lines: string[];
}

export function prometheusText(results: readonly CheckResult[], namespace: string): string {
  const families = new Map<string, Family>();
  const add = (name: string, help: string, line: string): void => {
    const family = families.get(name) ?? { help, lines: [] };
    families.set(name, family);
    if (!family.lines.includes(line)) family.lines.push(line);
  };
  for (const result of results) {
    const item = labelText(result.name.replaceAll('"', '.'));
    for (const { name, value, help } of result.perf) {
      const metric = metricName(namespace, result.suite, name);
      add(
        metric,
        help === '' ? `Data about the NATS CLI check ${result.suite}` : help,
        `${metric}{item="${item}"} ${value}`,
      );
    }
    const { status, suite } = result;
    const metric = metricName(namespace, suite, 'status_code');
    add(
      metric,
      `Nagios compatible status code for ${suite}`,
      `${metric}{item="${item}",status="${status}"} ${statusCode(status)}`,
    );
  }
  const names = [...families.keys()].sort();
  return names
    .map((name) => {
      const { help, lines } = families.get(name) ?? { help: '', lines: [] };
      const head = `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} gauge\n`;
      return `${head}${lines.join('\n')}\n`;
    })
    .join('');
}

function metricName(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('_');
}

function labelText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
