/**
 * One partition's replica: appends, producer state, leader epochs, fetches.
 *
 * @packageDocumentation
 */
export {};
