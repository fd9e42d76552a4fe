// `/`: a page for people with a link to every other page. Compat: monitor.go, HandleRoot, in what it links to.

const LINKS: readonly (readonly [path: string, name: string])[] = [
  ['/varz', 'General'],
  ['/jsz', 'JetStream'],
  ['/connz', 'Connections'],
  ['/accountz', 'Accounts'],
  ['/accstatz', 'Account Stats'],
  ['/subsz', 'Subscriptions'],
  ['/routez', 'Routes'],
  ['/leafz', 'LeafNodes'],
  ['/gatewayz', 'Gateways'],
  ['/raftz', 'Raft Groups'],
  ['/healthz', 'Health Probe'],
  ['/debug/vars', 'Expvar'],
];

const STYLE =
  'body{font-family:system-ui,sans-serif;margin:2em}li{list-style:none;margin:.4em 0}a{text-decoration:none}';

/** `prefix` is what the base path puts in front of every page, without a slash at its end. */
export function indexPage(prefix: string, version: string, contrailVersion: string): string {
  const links = LINKS.map(([path, name]) => `<li><a href=".${prefix}${path}">${name}</a></li>`).join('\n');
  return `<!doctype html>
<html lang="en">
<head><title>Contrail</title><style>${STYLE}</style></head>
<body>
<h1>Contrail ${contrailVersion}</h1>
<p>Compatible with nats-server ${version}</p>
<ul>
${links}
</ul>
</body>
</html>
`;
}
