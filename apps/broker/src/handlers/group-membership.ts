import { apis } from '@streambus/kafka';
import type { Handler, RequestContext } from '../server/handler.ts';
import { errorCode } from './error-code.ts';
import type { BrokerServices } from './services.ts';

/** Joins a consumer group (KIP-62, KIP-345, KIP-394). */
export function joinGroupHandler({ coordinator }: BrokerServices): Handler<typeof apis.joinGroup> {
  return {
    api: apis.joinGroup,
    async handle(request, context) {
      const { error, protocolName, ...joined } = await coordinator.joinGroup(
        {
          ...request,
          apiVersion: context.apiVersion,
          clientId: context.clientId,
          clientHost: `/${context.remoteAddress.host}`,
          rebalanceTimeoutMs: context.apiVersion === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
        },
        call(context),
      );
      return {
        ...joined,
        errorCode: errorCode(error),
        // Only from version 7 on may it be absent.
        protocolName: context.apiVersion >= 7 ? protocolName : (protocolName ?? ''),
      };
    },
  };
}

/** Gives a member its assignment, and takes the leader's. */
export function syncGroupHandler({ coordinator }: BrokerServices): Handler<typeof apis.syncGroup> {
  return {
    api: apis.syncGroup,
    async handle(request, context) {
      const { error, ...synced } = await coordinator.syncGroup(request, call(context));
      return { ...synced, errorCode: errorCode(error) };
    },
  };
}

/** Keeps a member alive, and tells it to join again when its group changes. */
export function heartbeatHandler({ coordinator }: BrokerServices): Handler<typeof apis.heartbeat> {
  return {
    api: apis.heartbeat,
    async handle(request, context) {
      const { error } = await coordinator.heartbeat(request, call(context));
      return { errorCode: errorCode(error) };
    },
  };
}

/** Takes members out of their group. */
export function leaveGroupHandler({ coordinator }: BrokerServices): Handler<typeof apis.leaveGroup> {
  return {
    api: apis.leaveGroup,
    async handle(request, context) {
      const single = [{ memberId: request.memberId, groupInstanceId: null }];
      const members = context.apiVersion < 3 ? single : request.members;
      const left = await coordinator.leaveGroup({ groupId: request.groupId, members }, call(context));
      // The old form has one member, whose error is the answer's.
      const error = context.apiVersion < 3 && left.error === 'NONE' ? left.members[0]?.error : left.error;
      return {
        errorCode: errorCode(error ?? 'NONE'),
        members: left.members.map(({ error: memberError, ...member }) => ({
          ...member,
          errorCode: errorCode(memberError),
        })),
      };
    },
  };
}

function call(context: RequestContext): { readonly signal: AbortSignal } {
  return { signal: context.signal };
}
