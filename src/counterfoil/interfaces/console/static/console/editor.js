// The playbook editor: numbers beside the lines, marks where problems are, a place in the list leads into the text.
// Without script the page works: saving shows the problems. No eval, no inline style.
(() => {
  'use strict';
  const area = document.querySelector('[data-editor] textarea');
  const numbers = document.querySelector('[data-editor] .code-lines');
  const check = document.getElementById('check');
  if (!area || !numbers || !check) return;
  const bad = () => new Set([...check.querySelectorAll('.check a.code')].map((a) => Number(a.hash.slice(2))));
  const number = () => {
    const wanted = area.value.split('\n').length;
    while (numbers.children.length > wanted) numbers.lastChild.remove();
    for (let line = numbers.children.length + 1; line <= wanted; line += 1) {
      const item = document.createElement('li');
      item.textContent = String(line);
      numbers.append(item);
    }
    area.rows = Math.max(24, wanted + 1);
  };
  const mark = () => {
    const lines = bad();
    [...numbers.children].forEach((item, at) => item.classList.toggle('has-bad', lines.has(at + 1)));
  };
  const goTo = (line, column) => {
    const before = area.value.split('\n').slice(0, line - 1);
    const start = before.reduce((sum, text) => sum + text.length + 1, 0);
    const end = start + (area.value.split('\n')[line - 1] ?? '').length;
    area.focus({ preventScroll: true });
    area.setSelectionRange(Math.min(start + Math.max(column - 1, 0), end), end);
    numbers.children[line - 1]?.scrollIntoView({ block: 'center' });
  };
  area.addEventListener('input', number);
  check.addEventListener('click', (event) => {
    const place = event.target.closest('.check a.code');
    if (!place) return;
    event.preventDefault();
    const [line, column] = place.textContent.split(':').map(Number);
    goTo(line, column);
  });
  let saved = area.value;
  area.form.addEventListener('submit', () => { saved = area.value; });
  window.addEventListener('beforeunload', (event) => { if (area.value !== saved) event.preventDefault(); });
  document.addEventListener('htmx:afterSwap', (event) => { if (event.detail.target === check) mark(); });
  number();
  mark();
})();
