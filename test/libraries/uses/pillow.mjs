import assert from 'node:assert/strict';

import { kw } from 'snakepit';

import { crossesIn, crossesOut, np, py } from '../support/host.mjs';
import { decodePng } from '../support/png.mjs';

const [WIDTH, HEIGHT] = [160, 90];

/** Smooth, so that JPEG keeps it within a few levels. */
const picture = () =>
  Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH), i % 3];
    return [x, y * 2, 128 + x / 2][channel];
  });

function encoded(image, format, options = {}) {
  const file = py.import('io').BytesIO();
  image.save(file, kw({ format, ...options }));
  return file;
}

export function use() {
  const { open: read, fromarray } = py.import('PIL.Image');
  const source = picture();
  const image = fromarray(crossesIn(source, [HEIGHT, WIDTH, 3]));

  const png = encoded(image, 'PNG', { optimize: true });
  const decoded = decodePng(png.getvalue());
  assert.deepEqual([decoded.width, decoded.height, decoded.channels], [WIDTH, HEIGHT, 3]);
  assert.deepEqual(decoded.pixels, source);

  for (const format of ['PNG', 'TIFF', 'BMP']) {
    const file = encoded(image, format, format === 'TIFF' ? { compression: 'tiff_deflate' } : {});
    file.seek(0);
    const back = crossesOut(np.array(read(file)));
    assert.deepEqual(Uint8Array.from(back.data), source, format);
  }
  for (const format of ['JPEG', 'WEBP', 'JPEG2000']) {
    const file = encoded(image, format, { quality: 95 });
    file.seek(0);
    const { data } = crossesOut(np.array(read(file)));
    const worst = data.reduce((most, x, i) => Math.max(most, Math.abs(x - source[i])), 0);
    assert.ok(worst <= 16, `${format}: a level is off by ${worst}`);
  }

  const half = crossesOut(np.array(image.resize(py.tuple(WIDTH / 2, HEIGHT / 2))));
  assert.deepEqual(half.shape, [HEIGHT / 2, WIDTH / 2, 3]);
  assert.throws(() => read(py.import('io').BytesIO(py.bytes(Buffer.from('no image')))), {
    type: 'UnidentifiedImageError',
  });
}
