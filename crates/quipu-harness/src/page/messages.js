// Messages of a long run: everybody has a line, time runs to the right, a message is an arrow.
function messagesView(canvas) {
  const messages = data.messages.map((message) => ({ ...message, lane: message.from, from: message.sent, to: message.received[0] ?? message.sent, target: message.to }));
  const spread = messages.map((message) => message.to).concat(messages.map((message) => message.from));
  const whole = [Math.min(...spread), Math.max(...spread)];
  const margin = (whole[1] - whole[0]) * 0.01 + 0.5;
  const kinds = new Set(data.faults.map((fault) => fault.kind)).size;
  const view = new TimeView(canvas, {
    lanes: data.places,
    items: messages,
    whole: [whole[0] - margin, whole[1] + margin],
    gutter: 74,
    top: Math.max(10, 8 + kinds * 15),
    draw: (pen, self) => drawMessages(pen, self, messages),
    placeOf: (message) => view.y(message.lane),
    say: (message) => `${data.places[message.lane]} → ${data.places[message.target]}: ${message.label}\nsent at ${moment(message.from, 1)}, ${fate(message)}${message.stale ? '\nCarries an old state' : ''}`,
    find(x, y) {
      let best = null;
      let least = 7;
      for (const message of messages) {
        const distance = toSegment(x, y, arrowOf(this, message));
        if (distance < least) [best, least] = [message, distance];
      }
      return best;
    },
  });
  const jumps = document.getElementById('messages-jumps');
  data.excerpts.forEach((excerpt, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = excerpt.title;
    button.addEventListener('click', () => view.show(...opening(excerpt, index > 0)));
    jumps.append(button);
  });
  // Some dozens of arrows are a picture, hundreds are a thicket: open on the first part.
  const first = messages.slice(0, 48);
  view.show(first[0].from - margin / 50, Math.max(...first.map((message) => message.to)));
  return view;
}

/** The part of an excerpt to open on: its beginning, or for a wrong read its end. */
function opening(excerpt, atEnd) {
  const inside = data.messages.map((message) => message.sent).filter((at) => at >= excerpt.from && at <= excerpt.to);
  const from = atEnd ? inside[Math.max(0, inside.length - 70)] : inside[0];
  const to = atEnd ? excerpt.to : inside[Math.min(inside.length - 1, 48)];
  const margin = (to - from) * 0.02 + 0.2;
  return [from - margin, to + margin];
}

function fate(message) {
  if (message.received.length > 1) return `arrived ${message.received.length} times, first after ${span(message.received[0] - message.from)}`;
  if (message.received.length) return `arrived after ${span(message.to - message.from)}`;
  return message.lost ? `lost: ${message.lost}` : 'still on its way at the end';
}

/** Ends of an arrow on the canvas; a lost message ends half way. */
function arrowOf(view, message) {
  const [x1, y1] = [view.x(message.from), view.y(message.lane)];
  const [x2, y2] = [view.x(message.to), view.y(message.target)];
  if (message.received.length) return [x1, y1, x2, y2];
  return [x1, y1, x1 + 12, y1 + (y2 - y1) * 0.6];
}

function toSegment(x, y, [x1, y1, x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const share = Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy);
}

function drawMessages(pen, view, messages) {
  pen.lineWidth = 1.5;
  data.places.forEach((_, lane) => {
    pen.strokeStyle = palette.rule;
    pen.beginPath();
    pen.moveTo(view.left, view.y(lane));
    pen.lineTo(view.right, view.y(lane));
    pen.stroke();
  });
  const shown = messages.filter((message) => view.x(message.to) >= view.left - 20 && view.x(message.from) <= view.right);
  for (const message of shown) drawArrow(pen, view, message, message === view.chosen);
  drawEvents(pen, view);
  if (shown.length <= 70) labelArrows(pen, view, shown);
}

function drawArrow(pen, view, message, chosen) {
  const [x1, y1, x2, y2] = arrowOf(view, message);
  const lost = !message.received.length && message.lost;
  const colour = lost ? palette.bad : message.stale ? palette.info : palette.message;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = chosen ? 3.5 : message.stale ? 2.2 : 1.2;
  pen.setLineDash(message.received.length ? [] : [4, 3]);
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  for (const again of message.received.slice(1)) {
    pen.moveTo(x1, y1);
    pen.lineTo(view.x(again), y2);
  }
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(x1, y1, 2, 0, 7);
  pen.fill();
  if (lost) cross(pen, x2, y2, 4.5, palette.bad);
  else if (message.received.length) head(pen, x1, y1, x2, y2);
}

function head(pen, x1, y1, x2, y2) {
  const turn = Math.atan2(y2 - y1, x2 - x1);
  pen.beginPath();
  pen.moveTo(x2, y2);
  pen.lineTo(x2 - 8 * Math.cos(turn - 0.38), y2 - 8 * Math.sin(turn - 0.38));
  pen.lineTo(x2 - 8 * Math.cos(turn + 0.38), y2 - 8 * Math.sin(turn + 0.38));
  pen.fill();
}

function drawEvents(pen, view) {
  for (const event of data.events) {
    const [x, y] = [view.x(event.at), view.y(event.place)];
    if (x < view.left || x > view.right) continue;
    if (event.kind === 'crashed' || event.kind === 'paused') cross(pen, x, y, 6, palette.bad);
    else if (event.kind === 'stale') diamond(pen, x, y, 6, palette.info);
    else if (event.kind !== 'observed') diamond(pen, x, y, 5, palette.ok);
  }
}

/** Words on those arrows that have room for them. */
function labelArrows(pen, view, shown) {
  const taken = [];
  pen.font = '11px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace';
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  for (const message of shown) {
    const [x1, y1, x2, y2] = arrowOf(view, message);
    const width = pen.measureText(message.label).width;
    const [x, y] = [(x1 + x2) / 2 + 5, (y1 + y2) / 2];
    const box = [x - 3, y - 8, x + width + 3, y + 8];
    const free = taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
    if (!free || box[2] > view.right) continue;
    taken.push(box);
    pen.strokeStyle = palette.card;
    pen.lineWidth = 4;
    pen.lineJoin = 'round';
    pen.strokeText(message.label, x, y);
    pen.fillStyle = message.stale ? palette.info : message.lost && !message.received.length ? palette.bad : palette.ink;
    pen.fillText(message.label, x, y);
  }
}
