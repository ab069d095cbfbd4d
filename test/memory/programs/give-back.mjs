// 8 arrays of 64 MB are dropped: what is above the warm budget goes back to the system, whether a
// loop of calls or the event loop alone notices.
import { check, MB, py, report, rss, settle, stats } from '../support/host.mjs';

const np = py.import('numpy');
const before = rss();
let kept = Array.from({ length: 8 }, (_, i) => py.fromNumpy(np.full(16_000_000, i, 'float32')));
const loaded = rss() - before;
check(loaded > 480e6, `only ${MB(loaded)} MB for 512 MB of data`);
check(
  kept.every((t, i) => t.data[15_999_999] === i),
  'wrong data',
);
kept = null;
await settle(6);
const after = rss() - before;
check(stats().blocks === 0, `${stats().blocks} blocks are left`);
check(after < 330e6, `${MB(after)} MB stay after everything was dropped`);
// What came back reads as zero where zeros were asked for.
const zeros = py.fromNumpy(np.zeros(64_000_000, 'float32'));
check(
  zeros.data.every((x) => x === 0),
  'np.zeros is not zero',
);
report({ loadedMB: MB(loaded), afterMB: MB(after), warmMB: MB(stats().warm) });
