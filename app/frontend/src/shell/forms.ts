/** Small comforts of plain forms: fill in with one click, send on a choice, say that it takes a while. */
export function plainForms(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>('[data-fill]');
    if (!button) return;
    const values: Record<string, string> = JSON.parse(button.dataset.fill ?? '{}');
    let form: HTMLFormElement | null = null;
    for (const [name, value] of Object.entries(values)) {
      const field = document.querySelector<HTMLInputElement>(`input[name="${CSS.escape(name)}"]`);
      if (!field) continue;
      field.value = value;
      form = field.form;
    }
    for (const other of document.querySelectorAll('[data-fill][aria-pressed]')) other.removeAttribute('aria-pressed');
    button.setAttribute('aria-pressed', 'true');
    form?.querySelector<HTMLElement>('button.primary')?.focus();
  });
  document.addEventListener('change', (event) => {
    const field = event.target as HTMLSelectElement;
    if (field.matches('[data-submit-on-change]')) field.form?.requestSubmit();
  });
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.dataset.busy || event.defaultPrevented) return;
    const pressed = (event as SubmitEvent).submitter;
    // Afterwards: a button that is disabled at once is left out of what the form sends.
    setTimeout(() => {
      for (const button of document.querySelectorAll<HTMLButtonElement>('form[data-busy] button')) button.disabled = true;
      pressed?.setAttribute('aria-busy', 'true');
      const words = form.querySelector<HTMLElement>('.busy-words');
      if (words) { words.textContent = form.dataset.busy!; words.hidden = false; }
    });
  });
  addEventListener('pageshow', (event) => {
    if (event.persisted && document.querySelector('form[data-busy] [aria-busy]')) location.reload();
  });
}
