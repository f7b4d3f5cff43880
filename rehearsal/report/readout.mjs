// Reads the values under the pointer, across all panels of an act. The page says everything essential without it.
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className ?? '';
  return made;
}

function lines(data, seconds) {
  return data.panels.flatMap(({ title, unit, series }) => {
    const rows = series.flatMap(({ label, color, points }) => {
      const value = points.findLast(([at]) => at <= seconds)?.[1];
      if (value === undefined || value === null) {
        return [];
      }
      const row = element('div', '');
      row.append(element('span', label, color), element('b', `${value} ${unit}`));
      return [row];
    });
    return rows.length === 0 ? [] : [element('p', title), ...rows];
  });
}

for (const figure of document.querySelectorAll('figure.plots')) {
  const data = JSON.parse(figure.querySelector('script').textContent);
  const readout = figure.querySelector('.readout');
  for (const plot of figure.querySelectorAll('svg.plot')) {
    const cursor = plot.querySelector('.cursor');
    const from = Number(plot.dataset.x0);
    const to = Number(plot.dataset.x1);
    const hide = () => {
      readout.hidden = true;
      cursor.style.visibility = 'hidden';
    };
    plot.addEventListener('pointerleave', hide);
    plot.addEventListener('pointermove', (event) => {
      const box = plot.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * plot.viewBox.baseVal.width;
      if (x < from || x > to) {
        hide();
        return;
      }
      const seconds = ((x - from) / (to - from)) * data.seconds;
      cursor.setAttribute('x1', x);
      cursor.setAttribute('x2', x);
      cursor.style.visibility = 'visible';
      readout.replaceChildren(element('p', clock(seconds)), ...lines(data, seconds));
      readout.hidden = false;
      const left = event.clientX - box.left;
      readout.style.left = `${left > box.width / 2 ? left - readout.offsetWidth - 16 : left + 16}px`;
      readout.style.top = `${Math.max(0, Math.min(event.clientY - box.top - 30, box.height - readout.offsetHeight))}px`;
    });
  }
}
