// Numbers and words, the tooltip, and the colours of the reader's scheme.
const data = JSON.parse(document.getElementById('data').textContent);
const tip = document.getElementById('tip');
const live = document.getElementById('live');

/** A span of milliseconds in the unit that suits it. */
function span(ms) {
  const size = Math.abs(ms);
  if (size === 0) return '0 s';
  const [value, unit] = size < 1e-3 ? [ms * 1e6, 'ns'] : size < 1 ? [ms * 1e3, 'µs'] : size < 1e3 ? [ms, 'ms'] : [ms / 1e3, 's'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/** A moment, with as many digits as the shown width needs. */
function moment(ms, width) {
  const digits = width > 2e4 ? 1 : width > 2e3 ? 2 : width > 200 ? 3 : 4;
  return `${(ms / 1e3).toFixed(digits)} s`;
}

/** Round steps for an axis: at most `most` of them within the range. */
function steps(from, to, most) {
  const raw = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((width) => width >= raw * 0.999);
  const marks = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index++) marks.push(index * step);
  return { marks, step };
}

/** The label of a mark on an axis of time, in seconds or in milliseconds. */
function tick(ms, step, last) {
  const [value, unit, width] = last <= 1e3 || step < 1 ? [ms, 'ms', step] : [ms / 1e3, 's', step / 1e3];
  return `${value.toFixed(Math.max(0, Math.ceil(-Math.log10(width) - 1e-9)))} ${unit}`;
}

const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
const inWords = { ok: 'ok', info: 'no answer: may have happened', fail: 'failed' };
const functionOf = (operation) => operation.do.split(' ')[0];

function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(x + 14, innerWidth - box.width - 8));
  const above = y - box.height - 12;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 8 ? above : Math.min(y + 18, innerHeight - box.height - 8)}px`;
}

function hideTip() {
  tip.hidden = true;
}

let palette = {};
function readPalette() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['card', 'ink', 'soft', 'rule', 'grid', 'ok', 'info', 'bad', 'fault', 'message']) {
    palette[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

/** Stripes for what may have happened, so that colour is never the only sign. */
function stripes(context, colour, gap) {
  const scale = devicePixelRatio || 1;
  const size = Math.round(gap * scale);
  const tile = new OffscreenCanvas(size, size);
  const pen = tile.getContext('2d');
  pen.strokeStyle = colour;
  pen.lineWidth = scale * 1.2;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift - 2, size + 2);
    pen.lineTo(shift + size + 2, -2);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  pattern.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}
