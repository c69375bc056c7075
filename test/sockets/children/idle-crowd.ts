import { connect, type Socket } from 'node:net';

/**
 * Opens so many connections to a port and leaves them idle: of ten, nine say nothing at all, and one has had an answer.
 * Prints `{open}` when all are there, and again for every line on stdin; ends with stdin.
 */

const [port = '0', total = '0'] = process.argv.slice(2);
const atOnce = 200;
const crowd = new Set<Socket>();
let left = Number(total);

function join(asks: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.once('error', reject).once('close', () => crowd.delete(socket));
    socket.once('connect', () => {
      crowd.add(socket);
      if (!asks) return resolve();
      socket.once('data', () => resolve());
      socket.write(`GET /livez HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    });
  });
}

await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await join(left % 10 === 0);
  }),
);
const tell = () => process.stdout.write(`${JSON.stringify({ open: crowd.size })}\n`);
tell();
process.stdin.on('data', tell).once('end', () => process.exit(0));
