// Operations, one lane per worker.
function timelineView(canvas) {
  const operations = data.operations;
  const kinds = new Set(data.faults.map((fault) => fault.kind)).size;
  const view = new TimeView(canvas, {
    lanes: data.lanes,
    items: operations,
    whole: [Math.min(0, ...operations.slice(0, 50).map((operation) => operation.from)), data.ended * 1.003],
    gutter: 106,
    top: Math.max(21, 6 + kinds * 15),
    draw: drawOperations,
    placeOf: (operation) => view.y(operation.lane) - view.laneHeight() / 2,
    say: (operation) =>
      `${operation.do}${operation.last ? ' (final)' : ''}: ${operation.outcome === 'ok' ? operation.result || 'ok' : `${inWords[operation.outcome]}${operation.result ? `, ${operation.result}` : ''}`}`
      + `\n${data.lanes[operation.lane]}, process ${operation.process}\nat ${moment(operation.from, view.to - view.from)}, took ${span(operation.to - operation.from)}`
      + (operation.wrong ? `\nWrong: ${operation.wrong}` : ''),
    find(x, y) {
      const lane = Math.floor((y - this.top) / this.laneHeight());
      let best = null;
      let least = 6;
      for (const operation of operations) {
        if (operation.lane !== lane) continue;
        const distance = Math.max(this.x(operation.from) - x, x - this.x(operation.to), 0) - (operation.wrong ? 3 : 0);
        if (distance < least) [best, least] = [operation, distance];
      }
      return best;
    },
  });
  return view;
}

function drawOperations(pen, view) {
  const height = Math.min(18, view.laneHeight() * 0.76);
  const hatch = stripes(pen, palette.info, 5);
  const wrong = [];
  pen.strokeStyle = palette.grid;
  pen.lineWidth = 1;
  for (let lane = 0; lane < view.lanes.length; lane++) {
    const y = Math.round(view.y(lane)) + 0.5;
    pen.beginPath();
    pen.moveTo(view.left, y);
    pen.lineTo(view.right, y);
    pen.stroke();
  }
  if (data.healed < data.ended) drawHealed(pen, view);
  for (const operation of data.operations) {
    const [from, to] = [view.x(operation.from), view.x(operation.to)];
    if (to < view.left || from > view.right) continue;
    const tall = functionOf(operation) === 'read' ? height * 0.45 : height;
    const y = view.y(operation.lane) - tall / 2;
    const width = Math.max(2, to - from);
    if (operation.outcome === 'ok') {
      pen.fillStyle = palette.ok;
      pen.fillRect(from, y, width, tall);
    } else if (operation.outcome === 'info') {
      pen.fillStyle = hatch;
      pen.fillRect(from, y, width, tall);
      pen.strokeStyle = palette.info;
      pen.strokeRect(from + 0.5, y + 0.5, Math.max(1, width - 1), tall - 1);
    } else {
      pen.fillStyle = palette.card;
      pen.fillRect(from, y, width, tall);
      pen.strokeStyle = palette.bad;
      pen.strokeRect(from + 0.5, y + 0.5, Math.max(1, width - 1), tall - 1);
      cross(pen, from + width / 2, y + tall / 2, Math.min(4, height / 3), palette.bad);
    }
    if (width > 60 && height > 11) {
      const words = `${operation.do}${operation.result ? ` → ${operation.result}` : ''}`;
      if (tall === height && pen.measureText(words).width < width - 10) {
        pen.font = '11px system-ui, sans-serif';
        pen.textAlign = 'left';
        pen.textBaseline = 'middle';
        pen.fillStyle = operation.outcome === 'ok' ? palette.card : palette.ink;
        if (operation.outcome === 'ok') pen.fillText(words, from + 5, y + tall / 2 + 0.5);
      }
    }
    if (operation.wrong) wrong.push([Math.max(from, view.left + 3), view.y(operation.lane)]);
    if (operation === view.chosen) {
      pen.strokeStyle = palette.ink;
      pen.lineWidth = 2;
      pen.strokeRect(from - 3, view.y(operation.lane) - height / 2 - 3, width + 6, height + 6);
      pen.lineWidth = 1;
    }
  }
  for (const [x, y] of wrong) diamond(pen, x, y, Math.max(4.5, Math.min(7, height / 2)), palette.bad);
}

/** The moment at which the load ends and faults are healed. */
function drawHealed(pen, view) {
  const x = Math.round(view.x(data.healed)) + 0.5;
  pen.save();
  pen.strokeStyle = palette.soft;
  pen.setLineDash([3, 3]);
  pen.beginPath();
  pen.moveTo(x, 3);
  pen.lineTo(x, view.height - 22);
  pen.stroke();
  pen.restore();
  pen.fillStyle = palette.soft;
  pen.font = '11px system-ui, sans-serif';
  pen.textAlign = x > view.right - 70 ? 'right' : 'left';
  pen.textBaseline = 'middle';
  pen.fillText('load ends', x + (pen.textAlign === 'left' ? 5 : -5), 10.5);
}

function diamond(pen, x, y, size, colour) {
  pen.beginPath();
  pen.moveTo(x, y - size);
  pen.lineTo(x + size, y);
  pen.lineTo(x, y + size);
  pen.lineTo(x - size, y);
  pen.closePath();
  pen.fillStyle = colour;
  pen.strokeStyle = palette.card;
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
  pen.lineWidth = 1;
}

function cross(pen, x, y, size, colour) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.75;
  pen.beginPath();
  pen.moveTo(x - size, y - size);
  pen.lineTo(x + size, y + size);
  pen.moveTo(x + size, y - size);
  pen.lineTo(x - size, y + size);
  pen.stroke();
  pen.lineWidth = 1;
}
