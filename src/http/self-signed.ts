import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';

/** A private key and its certificate, both PEM. */
export type TlsPair = { key: string; cert: string };

/** Apple's systems refuse certificates that live longer than 825 days; half of that is renewed soon enough. */
const lifeDays = 397;
const renewDays = 30;
const dayMs = 86_400_000;

/**
 * A development certificate for 127.0.0.1, ::1 and localhost, signed by itself (RFC 5280, P-256). node can read
 * certificates but not make them, and the libraries that can weigh more than these lines.
 */
export function selfSignedPair(now: number): TlsPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const name = sequence(set(sequence(oid('550403'), tlv(0x0c, Buffer.from('claude-bedrock development')))));
  const algorithm = sequence(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0); // positive, and no leading zero
  const certificate = sequence(
    tlv(0xa0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    algorithm,
    name,
    sequence(time(now - dayMs), time(now + lifeDays * dayMs)),
    name,
    spki,
    tlv(0xa3, sequence(...extensions(createHash('sha1').update(spki).digest()))),
  );
  const signature = sign('sha256', certificate, privateKey);
  const der = sequence(certificate, algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der
      .toString('base64')
      .replaceAll(/(.{64})/g, '$1\n')
      .trimEnd()}\n-----END CERTIFICATE-----\n`,
  };
}

/** Whether a certificate of ours still serves for a while. */
export function isLasting(cert: string, now: number): boolean {
  try {
    return Date.parse(new X509Certificate(cert).validTo) - now > renewDays * dayMs;
  } catch {
    return false;
  }
}

function extensions(keyId: Buffer): Buffer[] {
  const names = [
    tlv(0x82, Buffer.from('localhost')),
    tlv(0x87, Buffer.from([127, 0, 0, 1])),
    tlv(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
  ];
  return [
    // A certificate of its own may sign nothing else: basicConstraints CA:FALSE.
    extension('551d13', sequence(), true),
    extension('551d0f', tlv(0x03, Buffer.from([7, 0x80])), true), // keyUsage: digitalSignature
    extension('551d25', sequence(oid('2b06010505070301'))), // extendedKeyUsage: serverAuth
    extension('551d11', sequence(...names)), // subjectAltName
    extension('551d0e', tlv(0x04, keyId)), // subjectKeyIdentifier
  ];
}

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [tlv(0x01, Buffer.from([0xff]))] : []), tlv(0x04, value));

/** DER: tag, length in the shortest form, content (X.690). */
function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]): Buffer => tlv(0x31, Buffer.concat(parts));
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const integer = (bytes: Buffer): Buffer => tlv(0x02, bytes);

/** UTCTime, `YYMMDDHHMMSSZ`: right until 2049. */
const time = (at: number): Buffer =>
  tlv(0x17, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));
