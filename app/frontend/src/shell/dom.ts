/** Build an element: text is always text, never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Record<string, string> = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** True while the reader is writing, so that single keys are letters and not commands. */
export function isTyping(target: EventTarget | null): boolean {
  const node = target as HTMLElement | null;
  return !!node?.closest?.('input:not([type=checkbox],[type=radio],[type=button]), textarea, select, [contenteditable=true]');
}

/** Mount an island once on each of its hosts, now and after each htmx swap. */
export function onEachHost(name: string, mount: (host: HTMLElement) => void): void {
  const all = () => {
    for (const host of document.querySelectorAll<HTMLElement>(`[data-island="${name}"]:not([data-mounted])`)) {
      host.dataset.mounted = 'true';
      mount(host);
    }
  };
  all();
  document.addEventListener('htmx:afterSettle', all);
}
