import { nodeRandom } from '@streambus/runtime/node';
import { createSeededRandom } from '@streambus/runtime/testing';
import { describeRandomCompliance } from '../src/index.ts';

describeRandomCompliance('nodeRandom', () => nodeRandom);

describeRandomCompliance('createSeededRandom', () => createSeededRandom(20_250_101));
