// Latency and rate, as SVG; both show the faults behind.
const SVG = 'http://www.w3.org/2000/svg';

function node(parent, name, attributes = {}, text = '') {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  parent.append(element);
  return element;
}

/** Empty panels, all there before the first is measured. */
function panels(holder, count) {
  const made = Array.from({ length: count }, () => {
    const panel = document.createElement('div');
    panel.className = 'panel';
    return panel;
  });
  holder.replaceChildren(...made);
  return made;
}

/** Fills a panel with a title and a frame: axes, grid, faults. Gives the drawing and its scales. */
function frame(panel, title, label, vertical) {
  if (title) {
    const heading = document.createElement('h3');
    heading.textContent = title;
    panel.append(heading);
  }
  const svg = document.createElementNS(SVG, 'svg');
  panel.append(svg);
  const width = Math.max(260, panel.clientWidth - 24);
  const [left, right, top, bottom] = [58, width - 8, 18, 204];
  svg.setAttribute('viewBox', `0 0 ${width} 230`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('tabindex', '0');
  svg.setAttribute('aria-label', label);
  const x = (at) => left + (Math.max(0, at) / data.ended) * (right - left);
  const y = (value) => bottom - vertical.share(value) * (bottom - top);
  for (const fault of data.faults) {
    node(svg, 'rect', { class: 'window', x: x(fault.from), y: top, width: Math.max(1, x(fault.to) - x(fault.from)), height: bottom - top });
  }
  for (const mark of vertical.marks) {
    node(svg, 'path', { class: 'grid', d: `M${left} ${y(mark)}H${right}` });
    node(svg, 'text', { x: left - 7, y: y(mark) + 4, 'text-anchor': 'end' }, vertical.name(mark));
  }
  const { marks, step } = steps(0, data.ended, (right - left) / 80);
  for (const mark of marks) {
    node(svg, 'path', { class: 'axis', d: `M${x(mark)} ${bottom}v5` });
    const anchor = x(mark) > right - 14 ? 'end' : 'middle';
    node(svg, 'text', { x: x(mark), y: bottom + 18, 'text-anchor': anchor }, tick(mark, step, data.ended));
  }
  node(svg, 'path', { class: 'axis', d: `M${left} ${bottom}H${right}` });
  if (data.healed < data.ended) node(svg, 'path', { class: 'axis healed', d: `M${x(data.healed)} ${top}V${bottom}` });
  node(svg, 'text', { x: left, y: 10 }, vertical.title);
  return { svg, x, y, left, right, top, bottom, width };
}

/** Pointing and stepping: the nearest of `items`, each with x, y and say. */
function pointable(plot, items) {
  const cursor = node(plot.svg, 'circle', { class: 'cursor', r: 6, visibility: 'hidden' });
  let chosen = -1;
  const choose = (index, aloud) => {
    chosen = index;
    const item = items[index];
    cursor.setAttribute('cx', item.x);
    cursor.setAttribute('cy', item.y);
    cursor.setAttribute('visibility', 'visible');
    const box = plot.svg.getBoundingClientRect();
    const scale = box.width / plot.width;
    showTip(item.say, box.left + item.x * scale, box.top + item.y * scale);
    if (aloud) live.textContent = item.say;
  };
  const leave = () => {
    cursor.setAttribute('visibility', 'hidden');
    hideTip();
  };
  plot.svg.addEventListener('pointermove', (event) => {
    const box = plot.svg.getBoundingClientRect();
    const scale = box.width / plot.width;
    const [x, y] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
    let [best, least] = [-1, plot.reach ?? 24];
    items.forEach((item, index) => {
      const distance = plot.sideways ? Math.abs(item.x - x) : Math.hypot(item.x - x, item.y - y);
      if (distance < least) [best, least] = [index, distance];
    });
    if (best >= 0) choose(best, false);
    else leave();
  });
  plot.svg.addEventListener('pointerleave', leave);
  plot.svg.addEventListener('blur', leave);
  plot.svg.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !items.length) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(items.length - 1, chosen + by)), true);
  });
}

function latencyPlots(holder) {
  const free = panels(holder, Object.keys(data.latency).length);
  const all = Object.values(data.latency).flat();
  const shown = all.map((cell) => Math.max(cell.took, 1e-4));
  let low = Math.floor(Math.log10(Math.min(...shown)));
  let high = Math.ceil(Math.log10(Math.max(...shown)));
  if (high - low < 2) [low, high] = [low - (high - low < 1 ? 1 : 0), Math.max(high, low + 1)];
  const vertical = {
    title: 'latency',
    share: (took) => (Math.log10(Math.max(took, 10 ** low)) - low) / (high - low),
    marks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    name: span,
  };
  for (const [name, cells] of Object.entries(data.latency)) {
    const total = cells.reduce((sum, cell) => sum + cell.count, 0);
    const plot = frame(free.shift(), `${name} (${total})`, `Latency of ${total} operations ${name} over time; arrow keys step through them`, vertical);
    const items = cells.map((cell) => {
      const [x, y] = [plot.x(cell.at), plot.y(cell.took)];
      const size = Math.min(6, 1.9 + Math.log2(cell.count) * 0.55);
      mark(plot.svg, cell.outcome, x, y, size);
      const many = cell.count > 1 ? `${plural(cell.count, 'operation')}, about ` : '';
      return { x, y, at: cell.at, say: `${name}, ${inWords[cell.outcome]}\n${many}${span(cell.took)} at ${moment(cell.at, data.ended)}` };
    });
    pointable(plot, items.sort((a, b) => a.at - b.at));
  }
}

/** Disc, triangle or cross. */
function mark(svg, outcome, x, y, size) {
  if (outcome === 'ok') node(svg, 'circle', { class: 'mark ok', cx: x, cy: y, r: size });
  else if (outcome === 'info') node(svg, 'path', { class: 'mark info', d: `M${x} ${y - size * 1.6}l${size * 1.6} ${size * 2.8}h${-size * 3.2}z` });
  else node(svg, 'path', { class: 'mark fail', d: `M${x - size * 1.3} ${y - size * 1.3}l${size * 2.6} ${size * 2.6}m0 ${-size * 2.6}l${-size * 2.6} ${size * 2.6}` });
}

function ratePlot(holder) {
  const [panel] = panels(holder, 1);
  const perSecond = 1e3 / data.rate_width;
  const most = Math.max(1, ...data.rate.map((bin) => (bin.ok + bin.info + bin.fail) * perSecond));
  const { marks, step } = steps(0, most, 4);
  const high = Math.max(most, marks.at(-1) + (marks.at(-1) < most ? step : 0));
  if (marks.at(-1) < high) marks.push(high);
  const plot = frame(panel, '', `Operations ended per second, in ${data.rate.length} bins; arrow keys step through them`, {
    title: 'operations per second', share: (value) => value / high, marks, name: (mark) => `${Number(mark.toPrecision(3))}`,
  });
  const pattern = node(node(plot.svg, 'defs'), 'pattern', { id: 'hatch', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' });
  node(pattern, 'path', { d: 'M0 0V5', stroke: palette.info, 'stroke-width': 2 });
  const items = data.rate.map((bin, index) => {
    const from = index * data.rate_width;
    const to = Math.min(data.ended, from + data.rate_width);
    const [left, right] = [plot.x(from), plot.x(to)];
    let below = 0;
    for (const outcome of ['ok', 'info', 'fail']) {
      const top = below + bin[outcome] * perSecond;
      if (bin[outcome]) node(plot.svg, 'rect', { class: `bar ${outcome}`, x: left + 0.5, y: plot.y(top), width: Math.max(0.5, right - left - 1), height: plot.y(below) - plot.y(top) });
      below = top;
    }
    const say = `${moment(from, data.ended)} to ${moment(to, data.ended)}\nok ${bin.ok}, no answer ${bin.info}, failed ${bin.fail}\n${Number(below.toPrecision(3))} per second`;
    return { x: (left + right) / 2, y: plot.y(below), say };
  });
  plot.sideways = true;
  pointable(plot, items);
}
