import { registerHooks } from 'node:module';
import { plantedBugs } from './planted-bugs.ts';

const root = new URL('../../../../', import.meta.url);

/**
 * Plants a bug: the file is replaced, in memory, for whatever is imported from now on in this thread.
 *
 * @throws Error when there is no such bug, or the file is not what it was
 */
export function plant(name: string): void {
  const bug = plantedBugs[name];
  if (bug === undefined) throw new Error(`there is no bug '${name}'; there are ${Object.keys(plantedBugs).join(', ')}`);
  const planted = new URL(bug.file, root).href;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== planted) return loaded;
      const text =
        typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
      const places = text.split(bug.right).length - 1;
      if (places !== 1) throw new Error(`'${name}' cannot be planted: ${bug.file} has what it changes ${places} times`);
      return { ...loaded, source: text.replace(bug.right, () => bug.wrong) };
    },
  });
}
