import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** IPv4 blocks that are nobody's on the open internet (IANA special-purpose registry, RFC 6890), multicast among them. */
const closedIPv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // Azure's own, for its virtual machines
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Inside 2000::/3, the only block of public unicast: protocol assignments with Teredo, documentation, 6to4. */
const closedIPv6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/**
 * A test whether an address belongs to a machine on the open internet: not to this one, its network, the cloud's metadata
 * or anything that embeds another address (IPv4-mapped, NAT64, 6to4). Whatever is not surely public is not. With IPv6 a
 * home's own machines have addresses of the open internet: what is on a network of this machine's interfaces is out too.
 */
export function publicAddresses(interfaces = networkInterfaces): (address: string) => boolean {
  const closed = new BlockList();
  for (const [net, prefix] of closedIPv4) closed.addSubnet(net, prefix, 'ipv4');
  for (const [net, prefix] of closedIPv6) closed.addSubnet(net, prefix, 'ipv6');
  const unicast = new BlockList();
  unicast.addSubnet('2000::', 3, 'ipv6');
  /** Looked up each time: a laptop changes its networks. */
  const isNear = (address: string, type: 'ipv4' | 'ipv6'): boolean => {
    const near = new BlockList();
    for (const { cidr, family } of Object.values(interfaces()).flatMap((known) => known ?? [])) {
      const [net, prefix] = cidr?.split('/') ?? [];
      if (net !== undefined) near.addSubnet(net, Number(prefix), family === 'IPv6' ? 'ipv6' : 'ipv4');
    }
    return near.check(address, type);
  };
  return (address) => {
    switch (isIP(address)) {
      case 4:
        return !closed.check(address, 'ipv4') && !isNear(address, 'ipv4');
      case 6:
        if (address.includes('%') || !unicast.check(address, 'ipv6') || closed.check(address, 'ipv6')) return false;
        return !isNear(address, 'ipv6');
      default:
        return false;
    }
  };
}
