// One page at a time: the address's hash names an element, and the page that holds it is shown. `#<violation>.s17` is a
// step of that violation's interleaving. Without this script the pages follow each other.

function addressed() {
  const [id, query = ''] = decodeURIComponent(location.hash.slice(1)).split('?');
  const step = /^(.*)\.s(\d+)$/.exec(id);
  const target = document.getElementById(step ? step[1] : id) ?? document.getElementById('overview');
  return { target, query, step: step ? Number(step[2]) : null };
}

function showPage() {
  const { target, query, step } = addressed();
  const page = target.closest('.page') ?? document.getElementById('overview');
  for (const one of document.querySelectorAll('.page.shown, .violation.shown')) one.classList.remove('shown');
  page.classList.add('shown');
  document.body.classList.toggle('inner', page.id !== 'overview');
  for (const link of document.querySelectorAll('nav a')) {
    const here = link.hash === `#${page.id}` || (link.hash === '#explored' && page.id.startsWith('explored.'));
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (page.id === 'overview') narrowFrom(query);
  const violation = target.closest('.violation') ?? page.querySelector('.violation');
  if (violation) showViolation(page, violation, step);
  if (step !== null && violation) violation.querySelector('.viewer')?.scrollIntoView();
  else if (target !== page && target !== violation) target.scrollIntoView({ block: 'center' });
  else scrollTo(0, 0);
}

function showViolation(page, violation, step) {
  violation.classList.add('shown');
  for (const link of page.querySelectorAll('.checks a')) {
    if (link.hash === `#${violation.id}`) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  const place = violation.querySelector('.viewer');
  if (place) openViewer(place, step);
}

document.body.classList.add('paged');
addEventListener('hashchange', showPage);
addEventListener('DOMContentLoaded', showPage);
// By then the browser has scrolled to the address's element by itself.
addEventListener('load', showPage);

// What is folded prints.
const unfolded = [];
addEventListener('beforeprint', () => {
  for (const part of document.querySelectorAll('.page.shown details:not([open])')) {
    part.open = true;
    unfolded.push(part);
  }
  for (const place of document.querySelectorAll('.page.shown .violation.shown .viewer')) fillTable(place);
});
addEventListener('afterprint', () => { while (unfolded.length) unfolded.pop().open = false; });
