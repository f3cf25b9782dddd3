/**
 * For tests of what is built on metadata: commands by chance, and a proposer that needs no cluster.
 *
 * @packageDocumentation
 */
export { createLocalProposer } from './local-proposer.ts';
export { randomCommand } from './random-command.ts';
