// A canvas on which time runs to the right and lanes lie below each other; one can move, zoom and step about in it.
//
// The drawing is told: `draw(pen, view)`; what can be pointed at: `items`, each with `from`, `to`, and `hit(x, y)`
// answered by `find`; and what to say about it: `say(item)`.
class TimeView {
  constructor(canvas, options) {
    Object.assign(this, { canvas, ...options });
    this.pen = canvas.getContext('2d');
    [this.from, this.to] = this.whole;
    this.chosen = null;
    this.pointers = new Map();
    this.listen();
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  resize() {
    const scale = devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.height * scale);
    this.left = Math.min(this.gutter, this.width * 0.27);
    this.right = this.width - 10;
    this.paint();
  }

  paint() {
    if (this.waiting || !this.width) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const { pen } = this;
      const scale = devicePixelRatio || 1;
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.clearRect(0, 0, this.width, this.height);
      this.drawFaults();
      this.drawAxis();
      pen.save();
      pen.beginPath();
      pen.rect(this.left, 0, this.right - this.left + 4, this.height);
      pen.clip();
      this.draw(pen, this);
      pen.restore();
      this.drawNames();
    });
  }

  x(at) {
    return this.left + ((at - this.from) / (this.to - this.from)) * (this.right - this.left);
  }

  at(x) {
    return this.from + ((x - this.left) / (this.right - this.left)) * (this.to - this.from);
  }

  /** The middle of a lane. */
  y(lane) {
    return this.top + (lane + 0.5) * this.laneHeight();
  }

  laneHeight() {
    return (this.height - this.top - 26) / Math.max(1, this.lanes.length);
  }

  drawAxis() {
    const { pen } = this;
    const bottom = this.height - 22;
    const { marks, step } = steps(this.from, this.to, (this.right - this.left) / 92);
    pen.font = '11px system-ui, sans-serif';
    pen.textAlign = 'center';
    pen.textBaseline = 'alphabetic';
    for (const mark of marks) {
      const x = Math.round(this.x(mark)) + 0.5;
      pen.strokeStyle = palette.grid;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(x, this.top);
      pen.lineTo(x, bottom);
      pen.stroke();
      pen.fillStyle = palette.soft;
      pen.fillText(tick(mark, step, this.to), Math.max(this.left + 12, Math.min(x, this.right - 18)), this.height - 6);
    }
  }

  drawFaults() {
    const { pen } = this;
    pen.font = '11px system-ui, sans-serif';
    pen.textAlign = 'left';
    pen.textBaseline = 'middle';
    const kinds = [...new Set(data.faults.map((fault) => fault.kind))];
    for (const fault of data.faults) {
      const from = Math.max(this.left, this.x(fault.from));
      const to = Math.min(this.right, this.x(fault.to));
      if (to <= this.left || from >= this.right) continue;
      const width = Math.max(1.5, to - from);
      pen.globalAlpha = 0.11;
      pen.fillStyle = palette.fault;
      pen.fillRect(from, this.top, width, this.height - this.top - 22);
      const y = 3 + kinds.indexOf(fault.kind) * 15;
      pen.globalAlpha = 0.24;
      pen.fillRect(from, y, width, 14);
      pen.globalAlpha = 1;
      const words = `${fault.kind}: ${fault.text}`;
      const shown = [words, fault.kind].find((text) => pen.measureText(text).width < width - 8);
      if (shown) {
        pen.fillStyle = palette.ink;
        pen.fillText(shown, from + 4, y + 7.5);
      }
    }
  }

  drawNames() {
    const { pen } = this;
    const height = this.laneHeight();
    const every = Math.ceil(11 / height);
    pen.font = `${Math.min(12, Math.max(9, height))}px system-ui, sans-serif`;
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    pen.fillStyle = palette.soft;
    this.lanes.forEach((name, lane) => {
      if (lane % every === 0) {
        const short = pen.measureText(name).width > this.left - 10 ? name.replace('worker ', 'w') : name;
        pen.fillText(short, this.left - 8, this.y(lane));
      }
    });
  }

  show(from, to) {
    const [least, most] = this.whole;
    const width = Math.min(most - least, Math.max(to - from, 0.05));
    this.from = Math.max(least, Math.min(from, most - width));
    this.to = this.from + width;
    hideTip();
    this.paint();
  }

  zoom(factor, x = (this.left + this.right) / 2) {
    const middle = this.at(x);
    this.show(middle - (middle - this.from) * factor, middle + (this.to - middle) * factor);
  }

  move(pixels) {
    const span = ((this.to - this.from) * pixels) / (this.right - this.left);
    this.show(this.from + span, this.to + span);
  }

  choose(item) {
    this.chosen = item;
    if (item.from < this.from || item.from > this.to) {
      const half = (this.to - this.from) / 2;
      this.show(item.from - half, item.from + half);
    }
    this.paint();
    const box = this.canvas.getBoundingClientRect();
    const x = Math.max(this.left, Math.min(this.x(item.from), this.right));
    showTip(this.say(item), box.left + x, box.top + this.placeOf(item));
    live.textContent = this.say(item);
  }

  step(by) {
    if (!this.items.length) return;
    const order = this.items;
    const current = this.chosen ? order.indexOf(this.chosen) : order.findIndex((item) => item.from >= this.from) - by;
    this.choose(order[Math.max(0, Math.min(order.length - 1, current + by))]);
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener('keydown', (event) => {
      const actions = {
        ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1), '+': () => this.zoom(0.6), '=': () => this.zoom(0.6),
        '-': () => this.zoom(1 / 0.6), 0: () => this.show(...this.whole), PageDown: () => this.move(300), PageUp: () => this.move(-300),
        Home: () => this.items[0] && this.choose(this.items[0]), End: () => this.items.length && this.choose(this.items.at(-1)),
        Escape: () => { this.chosen = null; hideTip(); this.paint(); },
      };
      const action = !event.ctrlKey && !event.metaKey && !event.altKey && actions[event.key];
      if (action) {
        event.preventDefault();
        action();
      }
    });
    canvas.addEventListener('blur', () => { this.chosen = null; hideTip(); this.paint(); });
    canvas.addEventListener('dblclick', () => this.show(...this.whole));
    canvas.addEventListener('wheel', (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(event.deltaY / 240), event.offsetX);
      else if (sideways || event.shiftKey) this.move(event.deltaX || event.deltaY);
      else return;
      event.preventDefault();
    }, { passive: false });
    canvas.addEventListener('pointerdown', (event) => {
      this.pointers.set(event.pointerId, event.offsetX);
      canvas.setPointerCapture(event.pointerId);
      canvas.classList.add('moving');
    });
    for (const name of ['pointerup', 'pointercancel', 'pointerleave']) {
      canvas.addEventListener(name, (event) => {
        this.pointers.delete(event.pointerId);
        canvas.classList.remove('moving');
        if (event.type === 'pointerleave') hideTip();
      });
    }
    canvas.addEventListener('pointermove', (event) => this.point(event));
    canvas.addEventListener('click', (event) => this.point(event));
  }

  point(event) {
    const before = this.pointers.get(event.pointerId);
    if (before !== undefined && event.type === 'pointermove') {
      const spread = () => { const [a, b] = [...this.pointers.values()]; return Math.abs(a - b); };
      const old = this.pointers.size > 1 ? spread() : 0;
      this.pointers.set(event.pointerId, event.offsetX);
      if (this.pointers.size > 1) this.zoom(Math.max(0.5, Math.min(2, old / Math.max(1, spread()))), event.offsetX);
      else if (event.offsetX !== before) this.move(before - event.offsetX);
      return;
    }
    const item = this.find(event.offsetX, event.offsetY) ?? this.findFault(event.offsetX, event.offsetY);
    if (item) showTip(item.kind ? `${item.kind}: ${item.text}\n${moment(item.from, 1e3)} to ${moment(item.to, 1e3)}, for ${span(item.to - item.from)}` : this.say(item), event.clientX, event.clientY);
    else hideTip();
  }

  findFault(x, y) {
    const at = this.at(x);
    return y < this.top && data.faults.find((fault) => fault.from <= at && at <= fault.to);
  }
}
