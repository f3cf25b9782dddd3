/** Real Kafka clients behind one face, and the records that they write to each other. */
export type { Client } from './client.ts';
export { type Codec, codecs, makeRecords, type TestRecord } from './dataset.ts';
export { kafkajsClient } from './kafkajs-client.ts';
export { hasKcat, kcat, kcatClient } from './kcat-client.ts';
export { platformaticClient } from './platformatic-client.ts';
export { runScript, type ScriptProcess } from './process-lines.ts';
