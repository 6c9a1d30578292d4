/** Put the server's sentences beside their fields: `points.2.measure` is the third row of the list `points`. */
import { say } from '../i18n/say';

export type Problems = Record<string, string>;

/** Show what has a field, return what has none. */
export function showAtFields(form: any, problems: Problems): Problems {
  const errors: Record<string, unknown> = {};
  const rest: Problems = {};
  const instances: any[] = form.get('formFieldInstanceRegistry').getAllKeyed();
  const registry = form.get('formFieldRegistry');
  for (const [place, message] of Object.entries(problems)) {
    const found = instances.find((one) => one.valuePath.join('.') === place) ?? instances.find((one) => one.id === place)
      ?? instances.find((one) => registry.get(one.id)?.key === place);
    if (found) put(errors, [found.id, ...Object.values(found.indexes ?? {}).map(String)], [message]);
    else rest[place] = message;
  }
  form._setState({ errors }); // form-js has no public way to show errors that it did not find itself
  return rest;
}

function put(tree: any, path: string[], value: string[]): void {
  const last = path.length - 1;
  path.slice(0, last).forEach((step) => { tree = tree[step] ??= {}; });
  tree[path[last]] = value;
}

/** Bring the first field with a message into view, opening what hides it. */
export function focusFirst(host: HTMLElement): number {
  for (const more of host.querySelectorAll<HTMLElement>('.fjs-dynamiclist .fjs-repeat-row-collapsed .fjs-has-errors')) {
    more.closest('.fjs-form-field-dynamiclist')?.querySelector<HTMLElement>('.fjs-repeat-render-collapse')?.click();
  }
  const wrong = host.querySelectorAll<HTMLElement>('.fjs-has-errors');
  const input = wrong[0]?.querySelector<HTMLElement>('input, textarea, select, button');
  input?.focus({ preventScroll: true });
  wrong[0]?.scrollIntoView({ block: 'center' });
  return wrong.length;
}

export const toMend = (count: number) =>
  count ? say(`有${count}处需要修改，已在旁边标出。`, `${count} ${count === 1 ? 'place needs' : 'places need'} a change, marked beside the field.`) : '';
