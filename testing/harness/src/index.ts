/** Real processes for tests and benchmarks. */
export { type BrokerProcess, type BrokerProcessOptions, startBrokerProcess } from './broker-process.ts';
export { hasProgram, type ProgramOptions, type ProgramResult, runProgram } from './program.ts';
export { type Api, answerCalls, type Remote, type RemoteOptions, startRemote } from './remote-process.ts';
export { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts';
