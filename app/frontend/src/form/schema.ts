/** Small corrections to a schema before it is shown; the stored schema stays as the college wrote it. */
type Component = { type?: string; disableCollapse?: boolean; nonCollapsedItems?: number; components?: Component[]; [key: string]: unknown };

/** Lists show every row unless the author asked for folding: a folded row hides its problem. */
export function prepared(schema: Component): Component {
  const walk = (component: Component): Component => ({
    ...component,
    ...(component.type === 'dynamiclist' && component.nonCollapsedItems === undefined ? { disableCollapse: true } : {}),
    ...(component.components ? { components: component.components.map(walk) } : {}),
  });
  return walk(schema);
}
