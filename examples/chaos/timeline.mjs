// A recording as one HTML file that needs nothing else: the page, its style and its script from
// timeline/, and the data.
import { readFileSync } from 'node:fs';

const part = (/** @type {string} */ name) =>
  readFileSync(new URL(`timeline/${name}`, import.meta.url), 'utf8');

/**
 * @param {object} what
 * @param {import('./recorder.mjs').Recorder} what.recorder
 * @param {import('./clients.mjs').Beat[]} what.calm the heartbeats before it
 * @param {import('./clients.mjs').Tally} what.tally
 * @param {number} what.searched when the search began, in milliseconds of the recording
 * @param {number} what.over when it was over
 */
export function writeTimeline({ recorder, calm, tally, searched, over }) {
  const { lanes, retries, epoch } = recorder;
  // Microseconds are more than a picture shows.
  const short = (/** @type {unknown} */ _key, /** @type {unknown} */ value) =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value;
  const data = {
    searched,
    over,
    dropped: tally.dropped,
    lost: tally.lost,
    lanes,
    retries,
    beats: [...calm, ...tally.beats].map(({ at, ms }) => [at - epoch, ms]),
  };
  // A text of Python's might end the script element.
  const json = JSON.stringify(data, short).replaceAll('<', '\\u003c');
  return part('page.html')
    .replace('/* style */', () => part('page.css'))
    .replace('/* data */', () => `const recording = ${json};`)
    .replace('/* page */', () => part('page.js'))
    .replace('/* controls */', () => part('controls.js'));
}
