import { hostNode } from './host-node.ts';

/** A process with one node in it. */
hostNode();
