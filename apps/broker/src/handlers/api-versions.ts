import { type Api, type ApiVersionsRow, apis, apiVersionsRows, isClientSoftwareText } from '@streambus/kafka';
import type { Handler } from '../server/handler.ts';
import { errorCode } from './error-code.ts';

/** Tells which APIs are served and in which versions (KIP-35, KIP-511). */
export function apiVersionsHandler(served: readonly Api[]): Handler<typeof apis.apiVersions> {
  const apiKeys: readonly ApiVersionsRow[] = apiVersionsRows([...served, apis.apiVersions]);
  return {
    api: apis.apiVersions,
    handle(request, { apiVersion }) {
      const named =
        isClientSoftwareText(request.clientSoftwareName) && isClientSoftwareText(request.clientSoftwareVersion);
      if (apiVersion >= 3 && !named) return { errorCode: errorCode('INVALID_REQUEST'), apiKeys: [] };
      return { errorCode: errorCode('NONE'), apiKeys, finalizedFeaturesEpoch: 0 };
    },
  };
}
