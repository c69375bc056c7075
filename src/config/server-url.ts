import type { Settings } from './schema.ts';

/** A server's address without a path, as clients write it: a number of IPv6 stands in brackets (RFC 3986, section 3.2.2). */
export function serverUrl(host: string, port: number, isTls: boolean): string {
  return `${isTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Where a server of these settings answers. */
export function configuredUrl({ listen }: Pick<Settings, 'listen'>): string {
  const { host, port, tlsCert, tlsSelfSigned } = listen;
  return serverUrl(host, port, tlsCert !== undefined || tlsSelfSigned);
}
