import { expect, test } from 'vitest';
import { publicAddresses } from '../../src/http/public-address.ts';

const isPublic = publicAddresses();

test.each(['93.184.215.14', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:2800:21f:cb07::1', '2a00:1450:4001::5e'])(
  'case 69: %s is on the open internet',
  (address) => expect(isPublic(address)).toBe(true),
);

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1', // carrier-grade NAT
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16', // Azure's host
  '169.254.169.254', // the cloud's metadata
  '169.254.170.2', // credentials of a container
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '64:ff9b::7f00:1', // NAT64
  '2001::1', // Teredo
  '2001:db8::1',
  '2002:7f00:1::', // 6to4
  '3fff::1',
  '3fff:fff:ffff::1',
  'fc00::1',
  'fd00:ec2::254', // the cloud's metadata
  'fe80::1',
  'fe80::1%eth0',
  '2606:2800::1%1',
  'ff02::1',
  '',
  'localhost',
  '0x7f.1',
  '2130706433',
])('case 69: %s is not', (address) => expect(isPublic(address)).toBe(false));

test('case 69: what is on a network of this machine is not, though the address is one of the open internet', () => {
  const near = { mac: '', netmask: '', internal: false };
  const v4 = { ...near, address: '93.184.215.14', cidr: '93.184.215.14/24', family: 'IPv4' as const };
  const v6 = { ...near, address: '2a00:1450:1:2::9', cidr: '2a00:1450:1:2::9/64', family: 'IPv6' as const, scopeid: 0 };
  let connected = true;
  const isFar = publicAddresses(() => (connected ? { eth0: [v4, v6], tun0: [{ ...v4, cidr: null }] } : {}));
  for (const address of ['93.184.215.14', '93.184.215.200', '2a00:1450:1:2::9', '2a00:1450:1:2:3::1']) {
    expect(isFar(address), address).toBe(false);
  }
  for (const address of ['93.184.216.14', '2a00:1450:1:3::9']) expect(isFar(address), address).toBe(true);
  connected = false;
  expect(isFar('93.184.215.200')).toBe(true);
});
