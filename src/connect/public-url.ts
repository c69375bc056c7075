import { isIP } from 'node:net';

/** What is wrong with an address for Cursor, and what would be right. */
export type UrlFault = { what: string; cause: string; fix: string };

/** The faults of a base URL as a person typed it into Cursor; `tunnelUrl` is the name that really leads here. */
export function faultsOfTypedUrl(typed: string, tunnelUrl?: string): UrlFault[] {
  const url = parse(typed);
  const install = 'claude-bedrock cursor install';
  if (!url) return [{ what: `${typed} is not a URL`, cause: 'it needs https:// and a host name', fix: install }];
  const right = tunnelUrl === undefined ? install : `type ${tunnelUrl}/v1 into Cursor`;
  const faults: UrlFault[] = [];
  if (isPrivateHost(url.hostname)) {
    faults.push({
      what: `Cursor cannot reach ${url.host}`,
      cause: 'Cursor’s servers make the call, and they refuse private addresses (ssrf_blocked)',
      fix: right,
    });
  } else if (url.protocol !== 'https:') {
    faults.push({
      what: `${typed} is not https`,
      cause: 'the key and your prompts would travel unencrypted',
      fix: right,
    });
  } else if (tunnelUrl !== undefined && url.host !== new URL(tunnelUrl).host) {
    faults.push({
      what: `${url.host} is not where the tunnel is now`,
      cause: `the tunnel’s name is ${new URL(tunnelUrl).host}; a quick tunnel gets a new name at each start`,
      fix: right,
    });
  }
  if (!/\/v1\/?$/.test(url.pathname)) {
    const base = `${url.origin}/v1`;
    faults.push({
      what: `the base URL does not end in /v1`,
      cause:
        url.pathname === '/' || url.pathname === '/cursor'
          ? 'claude-bedrock forgives it; other tools do not'
          : `Cursor would call ${url.pathname.replace(/\/$/, '')}/chat/completions`,
      fix: `type ${base}`,
    });
  }
  return faults;
}

/** A person's own public address, without path; throws nothing: the fault says what is wrong. */
export function ownAddress(given: string): { publicUrl: string } | { fault: UrlFault } {
  const url = parse(given);
  const fix = 'claude-bedrock cursor install --url https://proxy.example.com';
  if (!url) return { fault: { what: `${given} is not a URL`, cause: 'it needs https:// and a host name', fix } };
  if (isPrivateHost(url.hostname)) {
    const cause = 'Cursor’s servers make the call, and they refuse private addresses';
    return { fault: { what: `${url.hostname} is not reachable from the internet`, cause, fix } };
  }
  if (url.protocol !== 'https:') {
    return { fault: { what: `${given} is not https`, cause: 'the key would travel unencrypted', fix } };
  }
  return { publicUrl: url.origin };
}

/** Loopback, private and link-local addresses, and names that only a local network knows. */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(host) === 6)
    return host === '::1' || host === '::' || /^(f[cd]|fe[89ab])/.test(host) || host.startsWith('::ffff:');
  if (isIP(host) === 4) {
    return /^(0|10|127)\.|^169\.254\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
      host,
    );
  }
  return host === 'localhost' || !host.includes('.') || /\.(local|localhost|internal|lan|home\.arpa)$/.test(host);
}

function parse(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
}
