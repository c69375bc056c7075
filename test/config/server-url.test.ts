import { expect, test } from 'vitest';
import type { Settings } from '../../src/config/schema.ts';
import { configuredUrl } from '../../src/config/server-url.ts';

const at = (host: string, tls: Partial<Settings['listen']> = {}): string =>
  configuredUrl({ listen: { host, port: 4141, tlsSelfSigned: false, ...tls } as Settings['listen'] });

test('an address of IPv6 stands in brackets, and TLS changes the scheme', () => {
  expect(at('127.0.0.1')).toBe('http://127.0.0.1:4141');
  expect(at('::1')).toBe('http://[::1]:4141');
  expect(at('localhost', { tlsSelfSigned: true })).toBe('https://localhost:4141');
  expect(at('::1', { tlsCert: 'cert.pem' })).toBe('https://[::1]:4141');
});
