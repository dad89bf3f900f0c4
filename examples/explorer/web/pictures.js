// Pictures of what the tables beside them say in numbers. Each has a title that says the same in words.
import {el, svg} from './dom.js';
import {amount, percent, short, time} from './format.js';

const width = 720;

/** Where the money is: what came in above, what became of it below, on one scale. */
export function flow(money) {
  const [came, is] = [money.in, money.out].map((parts) => parts.reduce((t, p) => t + BigInt(p.amount), 0n));
  const total = came > is ? came : is;
  if (total === 0n) return el('p', {class: 'empty'}, 'No money yet.');
  const bar = (parts, name) => {
    // Rounded to hundredths of a percent for drawing alone; the amounts below are exact.
    const share = (p) => Number(BigInt(p.amount) * 10000n / total) / 100;
    return el('div', {class: 'bar', role: 'img', 'aria-label': `${name}: ${parts.map((p) => `${p.name} ${amount(p.amount, money.unit)}`).join(', ')}`},
      parts.map((p) => el('span', {class: `part ${p.key}`, style: null, title: `${p.name}: ${amount(p.amount, money.unit)}`, 'data-share': share(p)})));
  };
  const legend = (parts) => el('ul', {class: 'legend'}, parts.map((p) => el('li', {},
    el('span', {class: `dot ${p.key}`}), ` ${p.name} `, el('b', {'data-amount': p.amount, 'data-part': p.key}, amount(p.amount, money.unit)))));
  const box = el('div', {class: 'flow'},
    el('h3', {}, 'Came in'), bar(money.in, 'Came in'), legend(money.in),
    el('h3', {}, 'Where it is'), bar(money.out, 'Where it is'), legend(money.out),
    el('p', {class: money.holds ? 'holds' : 'fails'}, money.holds
      ? `Both sides are equal: ${amount(total.toString(), money.unit)}.` : `The sides differ: ${amount((is - came).toString(), money.unit)} that should be there are missing.`,
      ` By ${money.basis}.`));
  // Widths through the CSSOM: a policy that forbids inline styles allows it.
  for (const part of box.querySelectorAll('.part')) part.style.width = `${part.dataset.share}%`;
  return box;
}

/** A round's way through its phases. */
export function timeline(moments, now) {
  const known = moments.filter((m) => m.at);
  if (known.length < 2) return null;
  const at = known.map((m) => Date.parse(m.at));
  const present = Date.parse(now);
  const reached = at.filter((t) => t <= present).length;
  return el('ol', {class: 'timeline'}, known.map((m, i) =>
    el('li', {class: i < reached - 1 ? 'past' : i === reached - 1 ? 'current' : 'future', 'aria-current': i === reached - 1 ? 'step' : null},
      el('span', {class: 'mark'}), el('b', {}, m.name), el('br'), time(m.at))));
}

/** Accuracies in their order: points are {accuracy, name}; line is an accuracy to compare with. */
export function accuracies(points, line, title) {
  if (points.length === 0) return null;
  const height = 240, left = 76, right = 16, top = 16, bottom = 44;
  const values = points.map((p) => p.accuracy).concat(line === null ? [] : [line]);
  const low = Math.max(0, Math.min(...values) - 200), high = Math.min(10000, Math.max(...values) + 200);
  const x = (i) => points.length === 1 ? (left + width - right) / 2 : left + 44 + i / (points.length - 1) * (width - left - right - 88);
  const y = (v) => top + (high - v) / Math.max(1, high - low) * (height - top - bottom);
  const each = Math.ceil(points.length / 6); // names that fit
  const drawing = svg('svg', {class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}: ${points.map((p) => `${p.name} ${percent(p.accuracy)}`).join(', ')}`},
    [low, Math.round((low + high) / 2), high].map((v) => [svg('line', {class: 'grid', x1: left, x2: width - right, y1: y(v), y2: y(v)}),
      svg('text', {x: left - 8, y: y(v) + 4, 'text-anchor': 'end'}, percent(v))]),
    line === null ? null : [svg('line', {class: 'base', x1: left, x2: width - right, y1: y(line), y2: y(line)}),
      svg('text', {class: 'base', x: width - right, y: y(line) - 5, 'text-anchor': 'end'}, `base ${percent(line)}`)],
    svg('path', {class: 'series', d: points.map((p, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${y(p.accuracy).toFixed(1)}`).join('')}),
    points.map((p, i) => [svg('circle', {class: 'point', cx: x(i), cy: y(p.accuracy), r: points.length > 60 ? 2.5 : 5}, svg('title', {}, `${p.name}: ${percent(p.accuracy)}`)),
      i % each ? null : svg('text', {x: x(i), y: height - bottom + 18, 'text-anchor': 'middle'}, p.name)]),
    svg('text', {x: left, y: height - 6}, title));
  return el('div', {class: 'picture', tabindex: '0', role: 'region', 'aria-label': title}, drawing);
}

/** A name for a trainer in a picture. */
export function named(address) { return short(address); }
