/**
 * `table[data-grid]`: hundreds of links, but one stop for the Tab key. Arrow keys, Home and End move between the cells
 * that lead somewhere; on a narrow screen the present week is scrolled into view.
 */
function linksByRow(table: HTMLTableElement): HTMLAnchorElement[][] {
  return [...table.tBodies].flatMap((body) => [...body.rows])
    .map((row) => [...row.querySelectorAll<HTMLAnchorElement>('td a')])
    .filter((links) => links.length);
}

const columnOf = (link: HTMLElement) => link.closest('td')!.cellIndex;

function nearest(links: HTMLAnchorElement[], column: number): HTMLAnchorElement {
  return links.reduce((best, link) => Math.abs(columnOf(link) - column) < Math.abs(columnOf(best) - column) ? link : best);
}

function target(rows: HTMLAnchorElement[][], from: HTMLAnchorElement, key: string): HTMLAnchorElement | undefined {
  const y = rows.findIndex((links) => links.includes(from));
  const x = rows[y].indexOf(from);
  switch (key) {
    case 'ArrowLeft': return rows[y][x - 1];
    case 'ArrowRight': return rows[y][x + 1];
    case 'ArrowUp': return rows[y - 1] && nearest(rows[y - 1], columnOf(from));
    case 'ArrowDown': return rows[y + 1] && nearest(rows[y + 1], columnOf(from));
    case 'Home': return rows[y][0];
    case 'End': return rows[y].at(-1);
  }
  return undefined;
}

function showPresent(table: HTMLTableElement): void {
  const frame = table.parentElement!;
  const present = table.querySelector<HTMLElement>('thead [aria-current]');
  if (present && frame.scrollWidth > frame.clientWidth) {
    frame.scrollLeft = present.offsetLeft + present.offsetWidth - frame.clientWidth + 8;
  }
}

export function grids(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>('table[data-grid]')) {
    const rows = linksByRow(table);
    rows.flat().forEach((link, number) => { link.tabIndex = number ? -1 : 0; });
    showPresent(table);
    table.addEventListener('focusin', (event) => {
      const link = (event.target as HTMLElement).closest<HTMLAnchorElement>('td a');
      if (!link) return;
      for (const other of rows.flat()) other.tabIndex = -1;
      link.tabIndex = 0;
    });
    table.addEventListener('keydown', (event) => {
      const link = (event.target as HTMLElement).closest<HTMLAnchorElement>('td a');
      const next = link && target(rows, link, event.key);
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  }
}
