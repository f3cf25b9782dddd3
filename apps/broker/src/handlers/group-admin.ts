import { apis } from '@streambus/kafka';
import type { Handler } from '../server/handler.ts';
import { errorCode } from './error-code.ts';
import type { BrokerServices } from './services.ts';
import { mapInTurns } from './turns.ts';

/** Describes groups and their members. */
export function describeGroupsHandler({ coordinator, clock }: BrokerServices): Handler<typeof apis.describeGroups> {
  return {
    api: apis.describeGroups,
    handle: async (request) => ({
      groups: await mapInTurns(clock, request.groups, (groupId) => {
        const { error, state, members, ...group } = coordinator.describeGroup(groupId);
        return {
          ...group,
          errorCode: errorCode(error),
          groupState: state,
          members: members.map(({ metadata, assignment, ...member }) => ({
            ...member,
            memberMetadata: metadata,
            memberAssignment: assignment,
          })),
        };
      }),
    }),
  };
}

/** Lists the groups that this broker coordinates. */
export function listGroupsHandler({ coordinator }: BrokerServices): Handler<typeof apis.listGroups> {
  return {
    api: apis.listGroups,
    handle(request) {
      const listed = coordinator.listGroups({ states: request.statesFilter, types: request.typesFilter });
      return {
        errorCode: errorCode(listed.error),
        groups: listed.groups.map(({ groupId, protocolType, state, type }) => ({
          groupId,
          protocolType,
          groupState: state,
          groupType: type,
        })),
      };
    },
  };
}

/** Deletes groups that have no members. */
export function deleteGroupsHandler({ coordinator }: BrokerServices): Handler<typeof apis.deleteGroups> {
  return {
    api: apis.deleteGroups,
    async handle(request, context) {
      const deleted = await Promise.all(
        request.groupsNames.map((groupId) => coordinator.deleteGroup(groupId, { signal: context.signal })),
      );
      return {
        throttleTimeMs: 0,
        results: deleted.map(({ groupId, error }) => ({ groupId, errorCode: errorCode(error) })),
      };
    },
  };
}
