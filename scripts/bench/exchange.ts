import { connect as connectTcp, type Socket } from 'node:net';
import { chunkMark } from '../../src/demo/load.ts';

/** Microseconds of the machine's monotonic clock, the same in every process. */
export const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** What the client saw of one response. Times in µs since the request was written. */
export type Seen = { firstChunkUs: number; totalUs: number; chunks: number };

/** What a chunk's text says of its sending: `lagUs` is how long it was on its way. */
export type OnLag = (lagUs: number) => void;

const mark = Buffer.from(chunkMark);
const headEnd = Buffer.from('\r\n\r\n');
const chunkedEnd = Buffer.from('\r\n0\r\n\r\n');
const deadlineMs = 60_000;

/** A keep-alive connection to a loopback port. */
export function connect(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // Between two exchanges nobody listens; the next exchange sees that the socket is closed.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/**
 * Writes a whole request and reads its response, knowing of HTTP/1.1 only what it must: the client may not be the slow
 * part. Rejects on any status but 200, on an early end, and after 60 s.
 */
export function exchange(socket: Socket, request: string, onLag?: OnLag): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sentAt = nowUs();
    const reader = responseReader(sentAt, onLag);
    const done = (error?: Error) => {
      clearTimeout(timer);
      socket.off('data', onData).off('error', done).off('close', onClose);
      if (error) reject(error);
      else resolve({ ...reader.seen(), totalUs: nowUs() - sentAt });
    };
    const onClose = () => done(new Error('The connection closed before the response was over.'));
    const onData = (data: Buffer) => {
      const state = reader.read(data);
      if (state === 'more') return;
      done(state === 'over' ? undefined : new Error(state.problem));
    };
    const timer = setTimeout(() => done(new Error('No end of the response within 60 s.')), deadlineMs);
    socket.on('data', onData).once('error', done).once('close', onClose);
    socket.write(request);
  });
}

type State = 'more' | 'over' | { problem: string };

function responseReader(sentAt: number, onLag: OnLag | undefined) {
  let head: Buffer | undefined = Buffer.alloc(0);
  let left = -1;
  let last: Buffer = Buffer.alloc(0);
  let chunks = 0;
  let firstChunkUs = 0;

  const readBody = (data: Buffer): State => {
    const seen = countMarks(data, last, onLag);
    if (seen > 0 && chunks === 0) firstChunkUs = nowUs() - sentAt;
    chunks += seen;
    last = data.length >= 7 ? data.subarray(-7) : Buffer.concat([last, data]).subarray(-7);
    if (left >= 0) {
      left -= data.length;
      return left <= 0 ? 'over' : 'more';
    }
    return last.equals(chunkedEnd) ? 'over' : 'more';
  };

  return {
    seen: () => ({ chunks, firstChunkUs }),
    read(data: Buffer): State {
      if (!head) return readBody(data);
      head = head.length === 0 ? data : Buffer.concat([head, data]);
      const end = head.indexOf(headEnd);
      if (end === -1) return 'more';
      const text = head.toString('latin1', 0, end);
      const body = head.subarray(end + 4);
      head = undefined;
      if (!text.startsWith('HTTP/1.1 200'))
        return { problem: `${text.split('\r\n')[0]} ${body.toString('utf8', 0, 300)}` };
      left = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? -1);
      return body.length > 0 || left === 0 ? readBody(body) : 'more';
    },
  };
}

/** Chunks whose mark ends in this read; a mark may be split between two. */
function countMarks(data: Buffer, before: Buffer, onLag: OnLag | undefined): number {
  const edge = mark.length - 1;
  let count =
    before.length > 0 && Buffer.concat([before.subarray(-edge), data.subarray(0, edge)]).includes(mark) ? 1 : 0;
  const now = onLag ? nowUs() : 0;
  for (let at = data.indexOf(mark); at !== -1; at = data.indexOf(mark, at + mark.length)) {
    count++;
    const digits = at + mark.length;
    if (onLag && data.length >= digits + 14) onLag(now - Number(data.toString('latin1', digits, digits + 14)));
  }
  return count;
}
