// The libraries that Python and Node both carry: OpenSSL, zlib, brotli's neighbours. Node's symbols
// may win over the interpreter's own; which copy runs is recorded, and either has to be right.
import assert from 'node:assert/strict';
import { createHash, pbkdf2Sync } from 'node:crypto';
import { brotliDecompressSync, deflateSync, gunzipSync } from 'node:zlib';

import { kw } from 'snakepit';

import { py } from '../support/host.mjs';

const hex = (bytes) => Buffer.from(bytes).toString('hex');

function digests() {
  const hashlib = py.import('hashlib');
  assert.equal(
    hashlib.sha256(py.bytes(Buffer.from('abc'))).hexdigest(),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  const data = Buffer.alloc(300_000, 'x');
  for (const name of ['md5', 'sha1', 'sha512', 'sha3_256', 'blake2b']) {
    const node = { sha3_256: 'sha3-256', blake2b: 'blake2b512' }[name] ?? name;
    const own = createHash(node).update(data).digest('hex');
    assert.equal(hashlib.$attr('new')(name, data).hexdigest(), own, name);
  }
  assert.equal(
    hex(hashlib.pbkdf2_hmac('sha256', py.bytes(Buffer.from('pw')), py.bytes(data), 50)),
    hex(pbkdf2Sync('pw', data, 50, 32, 'sha256')),
  );
}

/** What one side packs the other unpacks. */
function packers() {
  const text = Buffer.alloc(100_000, 'snakes and nodes ');
  const [zlib, gzip] = [py.import('zlib'), py.import('gzip')];
  assert.deepEqual(gunzipSync(gzip.compress(text)), text);
  assert.deepEqual(Buffer.from(zlib.decompress(deflateSync(text))), text);
  for (const name of ['bz2', 'lzma', 'zlib']) {
    const packer = py.import(name);
    assert.deepEqual(Buffer.from(packer.decompress(py.bytes(packer.compress(text)))), text, name);
  }
  assert.throws(() => zlib.decompress(py.bytes(Buffer.from('nonsense'))), { type: 'error' });
  assert.equal(typeof brotliDecompressSync, 'function');
}

/**
 * A whole TLS conversation in memory. The anonymous cipher needs no certificate, which would be a
 * private key in the repository.
 */
const CONVERSATION = `
import ssl

def context(side):
    made = ssl.SSLContext(side)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")
    return made

def handshake(ends):
    for _ in range(10):
        waiting = 0
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                waiting += 1
        if not waiting:
            return

def converse(data):
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(back, there)
    server = context(ssl.PROTOCOL_TLS_SERVER).wrap_bio(there, back, server_side=True)
    handshake([client, server])
    got = b""
    for at in range(0, len(data), 10_000):
        client.write(data[at : at + 10_000])
        got += server.read(20_000)
    return got, client.cipher()[0], client.version()

def trusted():
    made = ssl.create_default_context()
    return made.verify_mode == ssl.CERT_REQUIRED and made.check_hostname
`;

function conversation() {
  const { converse, trusted } = py.exec(CONVERSATION, { out: ['converse', 'trusted'] });
  const data = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
  for (let i = 0; i < 3; i++) {
    const [got, cipher, version] = converse(py.bytes(data)).$toJS();
    assert.deepEqual(Buffer.from(got), data);
    assert.deepEqual([cipher, version], ['AECDH-AES256-SHA', 'TLSv1.2']);
  }
  assert.equal(trusted(), true);
}

function database() {
  const connection = py.import('sqlite3').connect(':memory:');
  connection.execute('create table t(a, b)');
  connection.executemany('insert into t values (?, ?)', [
    [1, 'eins'],
    [2, 'zwei'],
  ]);
  assert.deepEqual(connection.execute('select b from t where a = 2').fetchone().$toJS(), ['zwei']);
  connection.close();
  const tree = py.import('xml.etree.ElementTree').fromstring('<a><b c="1"/></a>');
  assert.equal(tree.find('b').get('c'), '1');
  const now = py.import('datetime').datetime(2024, 2, 29, kw({ hour: 1 }));
  assert.equal(now.isoformat(), '2024-02-29T01:00:00');
}

export function use() {
  digests();
  packers();
  conversation();
  database();
  const [ssl, zlib] = [py.import('ssl'), py.import('zlib')];
  return { openssl: ssl.OPENSSL_VERSION, zlib: zlib.ZLIB_RUNTIME_VERSION };
}
