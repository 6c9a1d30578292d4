import { mount } from './islands/form';
import { onEachHost } from './shell/dom';

onEachHost('form', mount);
