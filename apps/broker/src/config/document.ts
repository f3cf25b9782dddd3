import { flagOf, variableOf } from './config-key.ts';
import { developerPreset } from './presets.ts';
import { configKeys, factsOfKey } from './schema.ts';

const introduction = `# Configuration

<!-- Generated from apps/broker/src/config/schema.ts; \`vitest run --project streambus -u\` writes it anew. -->

Each key can be given in five places. The first that has it wins:

1. a flag: \`--log-segment-bytes 1048576\`
2. \`--set log.segment.bytes=1048576\`
3. the environment: \`STREAMBUS_LOG_SEGMENT_BYTES=1048576\` (an empty variable counts as absent)
4. a file named by \`--config FILE\` or \`STREAMBUS_CONFIG\`: a JSON object such as \`{"log.segment.bytes": 1048576}\`
5. the preset of the command, then the default

\`streambus config\` prints what is in effect and where each value comes from. Unknown keys and values that are not allowed are
refused before anything starts. Keys that Kafka has too have Kafka's names and, unless the table says otherwise, its meaning.`;

/** docs/CONFIGURATION.md, written from the schema. */
export function documentConfiguration(): string {
  const sections = [...new Set(configKeys.map((key) => factsOfKey(key).section))];
  return `${[introduction, ...sections.map(documentSection), documentPreset()].join('\n\n')}\n`;
}

function documentSection(section: string): string {
  const keys = configKeys.filter((key) => factsOfKey(key).section === section);
  const blocks = keys.map((key) => {
    const { description, allowed, defaultText } = factsOfKey(key);
    return `### \`${key}\`\n\n${description}\n\n- Allowed: ${escapeMarkdown(allowed)}.\n- Default: \`${defaultText}\`.\n- Flag \`${flagOf(key)}\`, environment \`${variableOf(key)}\`.`;
  });
  return [`## ${section}`, ...blocks].join('\n\n');
}

function documentPreset(): string {
  const rows = Object.entries(developerPreset).map(([key, value]) => `- \`${key}\` = \`${value}\``);
  return `## What \`streambus dev\` sets\n\n${rows.join('\n')}`;
}

/** Words such as HOST:PORT stay as they are; a bracket must not become a link. */
function escapeMarkdown(text: string): string {
  return text.replace(/[[\]_*]/g, '\\$&');
}
