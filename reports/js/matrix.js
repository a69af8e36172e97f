// The matrix's filters; the address holds them: #overview?named=lock&graded=fail
const calm = new Set(['pass', 'expected-failure', 'na']);

function matrixFilters() {
  return { named: document.getElementById('filter'), graded: document.getElementById('graded') };
}

function gradeClass(grade) { return grade.replaceAll(' ', '-').replaceAll('/', ''); }

// What the address asks for.
function narrowFrom(query) {
  const asked = new URLSearchParams(query);
  const { named, graded } = matrixFilters();
  named.value = asked.get('named') ?? '';
  graded.value = asked.get('graded') ?? '';
  if (graded.selectedIndex < 0) graded.value = '';
  narrow();
}

function narrow() {
  const { named, graded } = matrixFilters();
  const words = named.value.trim().toLowerCase();
  let rows = 0;
  for (const body of document.querySelectorAll('.matrix tbody')) {
    let shown = 0;
    for (const row of body.querySelectorAll('tr[data-name]')) {
      const grades = [...row.cells].filter((cell) => cell.tagName === 'TD').map((cell) => cell.className);
      const fits = !graded.value || grades.some((one) => (
        graded.value === 'attention' ? !calm.has(one) : one === gradeClass(graded.value)));
      row.hidden = !(fits && row.dataset.name.includes(words));
      shown += row.hidden ? 0 : 1;
    }
    body.hidden = !shown;
    rows += shown;
  }
  document.getElementById('matched').textContent = words || graded.value ? `${rows} shown` : '';
}

function narrowed() {
  const { named, graded } = matrixFilters();
  const asked = new URLSearchParams();
  if (named.value.trim()) asked.set('named', named.value.trim());
  if (graded.value) asked.set('graded', graded.value);
  history.replaceState(null, '', `#overview${asked.size ? `?${asked}` : ''}`);
  narrow();
}

document.querySelector('.tools').hidden = false;
for (const one of Object.values(matrixFilters())) one.addEventListener('input', narrowed);
