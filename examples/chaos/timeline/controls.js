// What the page says, and how one moves in it. Goes after page.js, into the same script.
/* global recording, window, lanes, beats, searched, over, byId, view, picture, names, draw, width, LEFT, zoom:writable, tips */

const tip = byId('tip');
const { retries, dropped, lost } = recording;
const crashed = lanes.filter(({ reason }) => reason === 'signal');

const LEGEND = [
  ['spawn', 'starting'],
  ['beat', 'heartbeat'],
  ['work', 'grid search'],
  ['again', 'another attempt'],
  ['crash', 'crash'],
  ['taint', 'tainted'],
  ['left', 'asked to leave'],
];

function words() {
  byId('headline').textContent =
    `${String(crashed.length)} segfaults, ${String(beats.length)} heartbeats answered, ` +
    `${String(lost)} lost, ${String(dropped)} sockets dropped`;
  const left = lanes.filter(({ reason }) => reason === 'leave').length;
  const otherwise = lanes.length - crashed.length - left;
  byId('summary').textContent =
    `${String(lanes.length)} workers, one a line: ${String(crashed.length)} died of a signal, ` +
    `${String(otherwise)} hung and was killed, ${String(left)} were there at the end. ` +
    `${String(retries.length)} calls were tried again on other workers. ` +
    `The search took ${((over - searched) / 1000).toFixed(1)} s.`;
  byId('legend').innerHTML = LEGEND.map(([kind, text]) => {
    const shape = {
      crash:
        '<line class="crash" x1="3" y1="2" x2="11" y2="10"/><line class="crash" x1="11" y1="2" x2="3" y2="10"/>',
      left: '<circle class="left" cx="7" cy="6" r="3"/>',
    };
    const sample =
      shape[kind] ?? `<rect class="${kind}" x="0" y="2" width="14" height="8" rx="1"/>`;
    return `<li><svg width="14" height="12" aria-hidden="true">${sample}</svg>${text}</li>`;
  }).join('');
}

function zoomTo(next, at = view.clientWidth / 2) {
  const before = width();
  const inside = view.scrollLeft + at - LEFT;
  zoom = Math.min(60, Math.max(1, next));
  draw();
  view.scrollLeft = (inside * width()) / before - at + LEFT;
}

byId('in').onclick = () => zoomTo(zoom * 1.7);
byId('out').onclick = () => zoomTo(zoom / 1.7);
byId('all').onclick = () => zoomTo(1);
view.addEventListener(
  'wheel',
  (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomTo(zoom * Math.exp(-event.deltaY / 300), event.clientX - view.offsetLeft);
  },
  { passive: false },
);
picture.addEventListener('mousemove', (event) => {
  const index = event.target.dataset?.tip;
  tip.hidden = index === undefined;
  if (index === undefined) return;
  tip.textContent = tips[Number(index)];
  const { offsetWidth, offsetHeight } = tip;
  tip.style.left = `${String(Math.min(event.clientX + 14, window.innerWidth - offsetWidth - 8))}px`;
  tip.style.top = `${String(Math.min(event.clientY + 14, window.innerHeight - offsetHeight - 8))}px`;
});
picture.addEventListener('mouseleave', () => (tip.hidden = true));
window.addEventListener('resize', draw);
words();
names();
draw();
