// Draws the recording. Runs in the browser; timeline.mjs puts `recording` before it.
/* global recording */
/* eslint-disable @typescript-eslint/no-unused-vars, prefer-const -- controls.js is in the same script */
'use strict';

const { lanes, beats, searched, over } = recording;
const NAMES = 72;
const LEFT = 8;
const ROW = 17;
const HEAD = 96;
const PAD = 150;
const LEAST_BAR = 1.2;
const byId = (id) => document.getElementById(id);
const view = byId('view');
const picture = byId('picture');
const end = Math.max(over, ...lanes.map(({ exit }) => exit ?? 0)) + 20;
const slowest = Math.max(1, ...beats.map(([, ms]) => ms));
let zoom = 1;
let tips = [];

const escape = (text) =>
  String(text).replace(/[&<>"]/g, (one) => `&#${String(one.charCodeAt(0))};`);
const ms = (value) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const tag = (name, attributes, content = '') =>
  `<${name} ${Object.entries(attributes)
    .map(([key, value]) => `${key}="${typeof value === 'number' ? value.toFixed(2) : value}"`)
    .join(' ')}>${content}</${name}>`;
/** Remembers what the tooltip of an element says. */
const tell = (text) => tips.push(text) - 1;

function width() {
  return Math.max(320, view.clientWidth - LEFT - PAD) * zoom;
}

function draw() {
  tips = [];
  const scale = width() / end;
  const x = (at) => LEFT + at * scale;
  const y = new Map(lanes.map(({ worker }, i) => [worker, HEAD + i * ROW]));
  const height = HEAD + lanes.length * ROW + 26;
  const parts = [
    ...ruler(x, height),
    latency(x),
    ...lanes.map((lane) => row(lane, x, y.get(lane.worker))),
    ...arrows(x, y),
  ];
  picture.setAttribute('width', String(LEFT + width() + PAD));
  picture.setAttribute('height', String(height));
  picture.innerHTML = parts.join('');
}

function ruler(x, height) {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
  const step = steps.find((one) => x(one) - x(0) > 70) ?? 10_000;
  const marks = [
    tag('rect', { class: 'search', x: x(searched), y: 0, width: x(over) - x(searched), height }),
    tag('text', { x: x(searched) + 6, y: 14 }, 'the grid search runs'),
  ];
  for (let at = 0; at <= end; at += step) {
    marks.push(tag('line', { class: 'grid', x1: x(at), x2: x(at), y1: 22, y2: height - 20 }));
    marks.push(tag('text', { x: x(at) + 3, y: height - 7 }, `${(at / 1000).toFixed(2)} s`));
  }
  return marks;
}

/** What the clients saw: each heartbeat by the time of its answer, on a scale of square roots. */
function latency(x) {
  const tall = HEAD - 40;
  const up = (value) => HEAD - 12 - Math.sqrt(value / slowest) * tall;
  const dots = beats.map(([at, took]) =>
    tag('circle', { class: 'dot', cx: x(at), cy: up(took), r: 1.6 }),
  );
  const hits = tell(
    `${String(beats.length)} heartbeats of the clients, by the time of their answers.\n` +
      `The slowest took ${ms(slowest)}.`,
  );
  return [
    ...dots,
    tag('rect', { class: 'hit', x: 0, y: 22, width: x(end), height: tall + 8, 'data-tip': hits }),
  ].join('');
}

function row(lane, x, top) {
  const { worker, pid, spawn, ready, taint, exit } = lane;
  const middle = top + ROW / 2;
  const bar = (kind, from, to, text, size = 9) =>
    tag('rect', {
      class: kind,
      x: x(from),
      y: middle - size / 2,
      width: Math.max(LEAST_BAR, x(to) - x(from)),
      height: size,
      rx: 1,
      'data-tip': tell(text),
    });
  const last = exit ?? end;
  const parts = [
    stripe(top, x(end) + PAD),
    tag('line', { class: 'idle', x1: x(ready ?? last), x2: x(last), y1: middle, y2: middle }),
    bar(
      'spawn',
      spawn,
      ready ?? last,
      `${worker} starts: ${ms((ready ?? last) - spawn)}${pid === null ? '' : `\npid ${String(pid)}`}`,
      5,
    ),
  ];
  for (const run of lane.runs) parts.push(bar(kindOf(run), run.from, run.to ?? last, about(run)));
  if (taint !== null && exit !== null && exit - taint > 1) {
    parts.push(bar('taint', taint, exit, `${worker} is tainted (${lane.reason}): no more calls`));
  }
  parts.push(death(lane, x, middle));
  return tag('g', {}, parts.join(''));
}

/** Every other lane is shaded. */
function stripe(top, wide) {
  if (((top - HEAD) / ROW) % 2 === 1) return '';
  return tag('rect', { class: 'back', x: 0, y: top, width: wide, height: ROW });
}

/** The column on the left, which does not scroll. */
function names() {
  const texts = lanes.map(({ worker }, i) => {
    const top = HEAD + i * ROW;
    const name = tag('text', { class: 'name', x: 12, y: top + ROW / 2 + 4 }, escape(worker));
    return stripe(top, NAMES) + name;
  });
  const column = byId('names');
  column.setAttribute('height', String(HEAD + lanes.length * ROW + 26));
  column.innerHTML = [
    tag('text', { class: 'name', x: 12, y: HEAD - 46 }, 'answers'),
    tag('text', { x: 12, y: HEAD - 31 }, `≤ ${slowest.toFixed(0)} ms`),
    ...texts,
  ].join('');
}

function kindOf({ name, attempt }) {
  if (attempt > 0) return 'again';
  return name.startsWith('grid.') ? 'work' : 'beat';
}

function about({ name, call, attempt, from, to, end: how }) {
  const took = to === null ? '' : `, ${ms(to - from)}`;
  const again = attempt > 0 ? `\nattempt ${String(attempt + 1)}` : '';
  const said = { crash: 'killed its worker', error: 'failed', value: 'gave its value' };
  return `${name}${took}\ncall ${String(call)}: ${said[how] ?? 'was under way'}${again}`;
}

function death(lane, x, middle) {
  const { exit, worker, reason, signal, line, stack } = lane;
  if (exit === null) return '';
  const at = x(exit);
  if (reason === 'leave') {
    const text = tell(`${worker} was asked to leave`);
    return tag('circle', { class: 'left', cx: at + 3, cy: middle, r: 2.5, 'data-tip': text });
  }
  const cross = [
    [-3.5, 3.5],
    [3.5, -3.5],
  ].map(([a, b]) =>
    tag('line', { class: 'crash', x1: at - 3.5, x2: at + 3.5, y1: middle + a, y2: middle + b }),
  );
  const cause = reason === 'signal' ? signal : `${reason}, ${signal ?? ''}`;
  const place = line === null ? '' : ` at ${line}`;
  const trace = stack.length === 0 ? '' : `\n\n${stack.join('\n')}`;
  const text = tell(`${worker} died: ${cause}${place}${trace}`);
  const label = `${cause} ${line === null ? '' : line.split(' in ')[0]}`;
  return [
    ...cross,
    tag('text', { class: 'cause', x: at + 8, y: middle + 4 }, escape(label)),
    tag('rect', {
      class: 'hit',
      x: at - 6,
      y: middle - 8,
      width: 140,
      height: 16,
      'data-tip': text,
    }),
  ].join('');
}

/** From each crash to the next attempt at what it cost. */
function arrows(x, y) {
  const places = new Map();
  for (const { worker, runs } of lanes) {
    for (const run of runs) {
      places.set(`${String(run.call)} ${String(run.attempt)}`, { worker, run });
    }
  }
  return [...places.values()].flatMap(({ worker, run }) => {
    const next = places.get(`${String(run.call)} ${String(run.attempt + 1)}`);
    if (run.end !== 'crash' || next === undefined) return [];
    const [x1, y1] = [x(run.to), y.get(worker) + ROW / 2];
    const [x2, y2] = [x(next.run.from), y.get(next.worker) + ROW / 2];
    const bend = (x1 + x2) / 2;
    const path = `M${x1} ${y1} C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`;
    return [tag('path', { class: 'retry', d: path })];
  });
}
