/** A diagram with the state of one instance; clicking a node filters the page's lists to it. */
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import '../css/viewer.css';
import { paint, words, type State } from '../diagram/paint';
import { say } from '../i18n/say';
import { el } from '../shell/dom';

export async function mount(host: HTMLElement): Promise<void> {
  const canvasBox = el('div', { class: 'diagram-canvas' });
  const status = el('p', { class: 'diagram-status', role: 'status' }, say('正在载入流程图…', 'Loading the diagram…'));
  host.append(canvasBox, status);
  const viewer: any = new NavigatedViewer({ container: canvasBox, zoomScroll: { enabled: false } });
  let last: State = { nodes: {}, flows: [] };
  try {
    const [xml, state] = await Promise.all([read(host.dataset.diagramUrl!, 'text'), readState(host)]);
    await viewer.importXML(xml);
    last = state;
    paint(viewer, state);
    status.remove();
    size(host, viewer);
    begin(viewer, state);
    host.append(zoomBar(viewer));
    selectable(host, viewer, state);
    host.dataset.ready = 'true';
  } catch (problem) {
    status.textContent = say('流程图载入不了，请刷新页面再试。', 'The diagram could not be loaded. Reload the page.');
    console.warn(problem);
    return;
  }
  host.addEventListener('diagram:refresh', async () => { last = await readState(host); paint(viewer, last); });
  addEventListener('resize', () => { size(host, viewer); begin(viewer, last); });
}

async function read(url: string, kind: 'text' | 'json'): Promise<any> {
  const response = await fetch(url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response[kind]();
}

async function readState(host: HTMLElement): Promise<State> {
  const told = host.dataset.stateUrl ? await read(host.dataset.stateUrl, 'json') : {};
  return { nodes: told.nodes ?? {}, flows: told.flows ?? [] };
}

/** Room under the drawing for the zoom buttons and the bpmn.io mark, which nothing may cover. */
const BELOW = 48;

/** Smaller than this no name can be read: then the drawing is dragged instead. */
const READABLE = 0.65;

/** As high as the drawing needs at this width, within reason; a page may fix the height by its own CSS class. */
function size(host: HTMLElement, viewer: any): void {
  const { inner } = viewer.get('canvas').viewbox();
  const width = host.clientWidth;
  const scale = Math.max(Math.min(1, (width - 48) / inner.width), READABLE);
  host.style.height = `${Math.round(Math.min(Math.max(inner.height * scale + 24 + BELOW, 220), 560))}px`;
  viewer.get('canvas').resized();
}

/** The whole drawing with a margin, never larger than drawn. */
function fit(viewer: any): void {
  const { inner, outer } = viewer.get('canvas').viewbox();
  show(viewer, Math.min(1, (outer.width - 48) / inner.width, (outer.height - 24 - BELOW) / inner.height), null);
}

/** The whole drawing where it stays readable; else the part of it in which the instance stands. */
function begin(viewer: any, state: State): void {
  const { inner, outer } = viewer.get('canvas').viewbox();
  const whole = Math.min(1, (outer.width - 48) / inner.width, (outer.height - 24 - BELOW) / inner.height);
  show(viewer, Math.max(whole, READABLE), whole < READABLE ? present(viewer, state) : null);
}

/** The middle of the node under way, the innermost first. */
function present(viewer: any, state: State): { x: number; y: number } | null {
  const shapes = Object.keys(state.nodes)
    .filter((id) => ['current', 'problem'].includes(state.nodes[id].state))
    .map((id) => viewer.get('elementRegistry').get(id))
    .filter((shape) => shape?.width)
    .sort((one, other) => one.width - other.width);
  return shapes.length ? { x: shapes[0].x + shapes[0].width / 2, y: shapes[0].y + shapes[0].height / 2 } : null;
}

function show(viewer: any, scale: number, middle: { x: number; y: number } | null): void {
  const canvas = viewer.get('canvas');
  const { inner, outer } = canvas.viewbox();
  const width = outer.width / scale;
  const height = outer.height / scale;
  const margin = 24 / scale;
  const below = (BELOW - 24) / scale;
  const along = (start: number, size: number, seen: number, wanted?: number) => {
    if (size <= seen) return start - (seen - size) / 2;
    return Math.min(Math.max((wanted ?? start + seen / 2) - seen / 2, start - margin), start + size + margin - seen);
  };
  canvas.viewbox({
    x: along(inner.x, inner.width, width, middle?.x),
    y: along(inner.y, inner.height, height - below, middle?.y),
    width, height,
  });
}

function zoomBar(viewer: any): HTMLElement {
  const canvas = viewer.get('canvas');
  const step = (factor: number) => canvas.zoom(Math.min(Math.max(canvas.zoom() * factor, 0.2), 3));
  const button = (sign: string, name: string, act: () => void) => {
    const node = el('button', { type: 'button', class: 'btn sm', 'aria-label': name, title: name }, sign);
    node.addEventListener('click', act);
    return node;
  };
  return el('div', { class: 'diagram-zoom', role: 'toolbar', 'aria-label': say('缩放流程图', 'Zoom the diagram') },
    button('+', say('放大', 'Zoom in'), () => step(1.25)),
    button('−', say('缩小', 'Zoom out'), () => step(0.8)),
    button('⤢', say('适合窗口', 'Fit'), () => fit(viewer)));
}

function selectable(host: HTMLElement, viewer: any, state: State): void {
  const registry = viewer.get('elementRegistry');
  const canvas = viewer.get('canvas');
  let selected: string | null = null;

  const select = (id: string | null) => {
    if (selected && registry.get(selected)) canvas.removeMarker(selected, 'node-selected');
    selected = id === selected ? null : id;
    if (selected && registry.get(selected)) canvas.addMarker(selected, 'node-selected');
    filterLists(selected);
    host.dispatchEvent(new CustomEvent('node:selected', { bubbles: true, detail: selected }));
  };
  viewer.get('eventBus').on('element.click', ({ element }: any) => {
    const id = (element.labelTarget ?? element).id;
    if (state.nodes[id] || hasList(id)) select(id);
  });
  for (const id of Object.keys(state.nodes)) {
    const gfx: SVGElement | undefined = registry.get(id) && registry.getGraphics(id);
    if (!gfx) continue;
    const node = state.nodes[id];
    gfx.setAttribute('tabindex', '0');
    gfx.setAttribute('role', 'button');
    gfx.setAttribute('aria-label', [registry.get(id).businessObject.name ?? id, words[node.state]?.(), node.note].filter(Boolean).join(say('，', ', ')));
    gfx.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      select(id);
    });
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && selected && !document.querySelector('dialog[open]')) select(selected);
  });
}

const hasList = (id: string) => !!document.querySelector(`[data-node="${CSS.escape(id)}"]`);

/** Without a node every entry shows; `[data-node-none]` shows when the node has no entries. */
function filterLists(id: string | null): void {
  let shown = 0;
  for (const entry of document.querySelectorAll<HTMLElement>('[data-node]')) {
    entry.hidden = id !== null && entry.dataset.node !== id;
    if (!entry.hidden) shown += 1;
  }
  for (const note of document.querySelectorAll<HTMLElement>('[data-node-none]')) note.hidden = shown > 0 || id === null;
}
