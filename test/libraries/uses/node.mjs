// Node's own crypto, zlib and brotli against vectors that others published: right before Python's
// libraries were loaded, and right afterwards.
import assert from 'node:assert/strict';
import {
  createCipheriv,
  createHash,
  createHmac,
  generateKeyPairSync,
  randomBytes,
  scryptSync,
  sign,
  verify,
} from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  crc32,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
} from 'node:zlib';

function secrets() {
  assert.equal(
    createHash('sha512').update('abc').digest('hex').slice(0, 32),
    'ddaf35a193617abacc417349ae204131',
  );
  // RFC 4231, test case 2.
  assert.equal(
    createHmac('sha256', 'Jefe').update('what do ya want for nothing?').digest('hex'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
  // The GCM specification's test case 13: an empty text under a zero key of 256 bits.
  const cipher = createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12));
  cipher.final();
  assert.equal(cipher.getAuthTag().toString('hex'), '530f8afbc74536b9a963b4f1c4cb738b');
  // RFC 7914, section 12.
  assert.equal(
    scryptSync('', '', 32, { N: 16, r: 1, p: 1 }).toString('hex'),
    '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442',
  );
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const data = randomBytes(5000);
  assert.ok(verify(null, data, publicKey, sign(null, data, privateKey)));
  data[0] ^= 1;
  assert.ok(!verify(null, data, publicKey, sign(null, Buffer.from('x'), privateKey)));
}

function packing() {
  const text = Buffer.alloc(400_000, 'node and snakes ');
  assert.equal(crc32('123456789'), 0xcbf43926);
  assert.equal(inflateRawSync(Buffer.from('4b4c4a0600', 'hex')).toString(), 'abc');
  assert.deepEqual(gunzipSync(gzipSync(text, { level: 9 })), text);
  assert.deepEqual(inflateSync(deflateSync(text, { level: 1 })), text);
  // A stored block, written by hand after RFC 7932: one byte of header, then the end.
  assert.equal(brotliDecompressSync(Buffer.from('3b', 'hex')).length, 0);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };
  assert.deepEqual(brotliDecompressSync(brotliCompressSync(text, quality)), text);
  assert.throws(() => gunzipSync(Buffer.from('nonsense')), { code: 'Z_DATA_ERROR' });
}

/** TLS over a loopback socket, without a certificate: the anonymous cipher of TLS 1.2. */
async function conversation() {
  const ciphers = 'AECDH-AES256-SHA:@SECLEVEL=0';
  const common = { ciphers, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' };
  const server = createServer(common, (socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...common });
  await once(client, 'secureConnect');
  const data = randomBytes(300_000);
  client.end(data);
  const parts = [];
  for await (const part of client) parts.push(part);
  assert.deepEqual(Buffer.concat(parts), data);
  server.close();
}

export async function use() {
  secrets();
  packing();
  await conversation();
}
