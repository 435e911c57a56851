// Draws everything that the page has room for, again when the width or the colours change.
readPalette();
const views = {};
const holders = { latency: latencyPlots, rate: ratePlot };
const makers = { timeline: timelineView, messages: messagesView };

for (const [name, make] of Object.entries(makers)) {
  const canvas = document.getElementById(name);
  if (canvas) views[name] = make(canvas);
}

function drawPlots() {
  for (const [name, draw] of Object.entries(holders)) {
    const holder = document.getElementById(name);
    if (holder) draw(holder);
  }
}
drawPlots();

let lastWidth = innerWidth;
let pause;
addEventListener('resize', () => {
  if (innerWidth === lastWidth) return;
  lastWidth = innerWidth;
  clearTimeout(pause);
  pause = setTimeout(drawPlots, 120);
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  readPalette();
  drawPlots();
  Object.values(views).forEach((view) => view.paint());
});

for (const button of document.querySelectorAll('[data-view]')) {
  button.addEventListener('click', () => {
    const view = views[button.dataset.view];
    if (button.dataset.do === 'in') view.zoom(0.6);
    else if (button.dataset.do === 'out') view.zoom(1 / 0.6);
    else view.show(...view.whole);
  });
}

for (const picture of document.querySelectorAll('.quipu-diagram')) picture.setAttribute('role', 'group');

// The arrows of a small run's picture say what they are in their titles; show that at once and on focus.
for (const arrow of document.querySelectorAll('.quipu-diagram [tabindex]')) {
  const title = arrow.querySelector('title');
  const words = title.textContent;
  title.remove();
  arrow.setAttribute('aria-label', words);
  arrow.setAttribute('role', 'img');
  arrow.addEventListener('pointermove', (event) => showTip(words, event.clientX, event.clientY));
  arrow.addEventListener('pointerleave', hideTip);
  arrow.addEventListener('focus', () => {
    const box = arrow.getBoundingClientRect();
    showTip(words, box.left + box.width / 2, box.top);
  });
  arrow.addEventListener('blur', hideTip);
}

const copy = document.getElementById('copy');
if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById('command').textContent);
      copy.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(document.getElementById('command'));
      copy.textContent = 'Selected';
    }
    setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
  });
}
