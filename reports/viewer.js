'use strict';
// Comforts on top of a page that is complete without them: text only ever enters through textContent and classes.

// A link into a folded part opens it.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let part = target; part; part = part.parentElement) if (part.tagName === 'DETAILS') part.open = true;
  target.scrollIntoView();
}
addEventListener('hashchange', reveal);
addEventListener('DOMContentLoaded', reveal);

function selected(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

// The clipboard may be refused on file://; then the old command, then a selection to copy by hand.
async function copy(button) {
  const text = button.parentElement.querySelector('code');
  let done = false;
  try {
    await navigator.clipboard.writeText(text.textContent);
    done = true;
  } catch {
    selected(text);
    done = document.execCommand('copy');
  }
  button.textContent = done ? 'Copied' : 'Press Ctrl+C';
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
}
for (const button of document.querySelectorAll('.copy')) {
  button.hidden = false;
  button.addEventListener('click', () => copy(button));
}

const filter = document.getElementById('filter');
const attention = document.getElementById('attention');
const calm = new Set(['pass', 'expected-failure', 'na']);
function narrow() {
  const wanted = filter.value.trim().toLowerCase();
  for (const row of document.querySelectorAll('.matrix tr[data-name]')) {
    const named = row.dataset.name.includes(wanted);
    const calls = [...row.cells].some((cell) => cell.tagName === 'TD' && !calm.has(cell.className));
    row.hidden = !named || (attention.checked && !calls);
  }
}
document.querySelector('.tools').hidden = false;
filter.addEventListener('input', narrow);
attention.addEventListener('change', narrow);

// Everything that is folded prints.
const opened = [];
addEventListener('beforeprint', () => {
  for (const part of document.querySelectorAll('details:not([open])')) {
    part.open = true;
    opened.push(part);
  }
});
addEventListener('afterprint', () => { while (opened.length) opened.pop().open = false; });
