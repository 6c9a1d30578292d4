/** `details.menu` closes on a click elsewhere, on Esc and when the focus leaves it. */
export function menus(): void {
  const closeOthers = (kept: Node | null) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>('details.menu[open]')) {
      if (!kept || !menu.contains(kept)) menu.open = false;
    }
  };
  document.addEventListener('click', (event) => closeOthers(event.target as Node));
  document.addEventListener('focusin', (event) => closeOthers(event.target as Node));
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const menu = document.querySelector<HTMLDetailsElement>('details.menu[open]');
    closeOthers(null);
    menu?.querySelector('summary')?.focus();
  });
}
