import { mount } from './islands/viewer';
import { onEachHost } from './shell/dom';

onEachHost('viewer', mount);
