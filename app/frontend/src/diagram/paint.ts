/** Paint what happened on a diagram: through the colours of the drawing itself, so arrow heads and labels follow. */
import { getDi } from 'bpmn-js/lib/util/ModelUtil';
import { say } from '../i18n/say';
import { el } from '../shell/dom';

export type NodeState = 'done' | 'current' | 'problem' | 'cancelled';
export interface State { nodes: Record<string, { state: NodeState; count?: number; note?: string }>; flows: string[] }

const colours: Record<NodeState | 'ahead', { stroke: string; fill: string }> = {
  done: { stroke: 'var(--q-green)', fill: 'var(--q-green-bg)' },
  current: { stroke: 'var(--q-accent)', fill: 'var(--q-accent-soft)' },
  problem: { stroke: 'var(--q-red)', fill: 'var(--q-red-bg)' },
  cancelled: { stroke: 'var(--q-mute)', fill: 'var(--q-bg)' },
  ahead: { stroke: 'var(--q-ahead)', fill: 'var(--q-card)' },
};

export const words: Record<NodeState, () => string> = {
  done: () => say('已完成', 'done'),
  current: () => say('当前', 'current'),
  problem: () => say('有问题', 'problem'),
  cancelled: () => say('已取消', 'cancelled'),
};

const CONTAINERS = ['bpmn:Participant', 'bpmn:Lane', 'bpmn:Process', 'bpmn:Collaboration'];

export function paint(viewer: any, state: State): void {
  const registry = viewer.get('elementRegistry');
  const graphics = viewer.get('graphicsFactory');
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  const moddle = viewer.get('moddle');
  overlays.remove({ type: 'state' });
  const taken = new Set(state.flows);
  registry.forEach((element: any, gfx: SVGElement) => {
    const di = getDi(element);
    if (!di || !element.parent) return;
    const owner = element.labelTarget ?? element;
    const node = state.nodes[owner.id];
    if (CONTAINERS.includes(element.type)) {
      colour(moddle, di, 'var(--q-line)', 'var(--q-card)', 'var(--q-ink)');
    } else if (owner.waypoints) {
      const stroke = taken.has(owner.id) ? colours.done.stroke : colours.ahead.stroke;
      colour(moddle, di, stroke, 'none', taken.has(owner.id) ? 'var(--q-green)' : 'var(--q-mute)');
      toggle(canvas, element, 'flow-taken', taken.has(owner.id));
    } else if (isFrame(element)) {
      // What is drawn inside tells the state; a filled frame would drown it.
      colour(moddle, di, node ? 'var(--q-accent)' : 'var(--q-ahead)', 'var(--q-card)', 'var(--q-mute)');
    } else {
      const { stroke, fill } = colours[node?.state ?? 'ahead'];
      colour(moddle, di, stroke, fill, node ? 'var(--q-ink)' : 'var(--q-mute)');
      for (const name of Object.keys(words)) toggle(canvas, element, `node-${name}`, node?.state === name);
    }
    graphics.update(element.waypoints ? 'connection' : 'shape', element, gfx);
    if (node && !element.labelTarget && !element.waypoints && !isFrame(element)) badge(overlays, element, node);
  });
}

/** An expanded subprocess: a frame around other nodes. */
const isFrame = (element: any) => element.type === 'bpmn:SubProcess' && element.children?.some((child: any) => child.type !== 'label');

function colour(moddle: any, di: any, stroke: string, fill: string, label: string): void {
  di.set('color:border-color', stroke);
  di.set('color:background-color', fill);
  if (!di.get('label')) di.set('label', moddle.create('bpmndi:BPMNLabel')); // words keep their ink whatever the border is
  di.get('label').set('color:color', label);
}

function toggle(canvas: any, element: any, marker: string, on: boolean): void {
  if (on) canvas.addMarker(element, marker);
  else canvas.removeMarker(element, marker);
}

const marks: Record<NodeState, string> = { done: '✓', current: '', problem: '!', cancelled: '×' };

function badge(overlays: any, element: any, node: State['nodes'][string]): void {
  const text = [marks[node.state], (node.count ?? 0) > 1 ? String(node.count) : ''].filter(Boolean).join(' ');
  const isTask = element.width >= 60;
  if (text && isTask) {
    overlays.add(element, 'state', {
      position: { top: -11, right: 13 },
      html: el('span', { class: `node-badge node-badge-${node.state}`, title: node.note ?? words[node.state]() }, text),
    });
  }
  if (node.note && isTask && node.state !== 'done') {
    overlays.add(element, 'state', { position: { bottom: -4, left: 0 }, html: el('span', { class: `node-note node-note-${node.state}` }, node.note) });
  }
}
