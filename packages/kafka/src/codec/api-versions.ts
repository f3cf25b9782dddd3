import { apiVersions } from '../apis/api-versions.ts';
import { errorCodes } from '../error-codes.ts';
import type { ApiVersionsRow } from '../schema/registry.ts';
import { encodeResponse } from './messages.ts';

/**
 * The whole response frame for an ApiVersions request of a version that is not served: in the layout of version 0, with error
 * UNSUPPORTED_VERSION and the row of ApiVersions itself, so that the client can come again with a version of it (KIP-511).
 *
 * @param row - the versions of ApiVersions that are served
 */
export function encodeUnsupportedApiVersions(correlationId: number, row: ApiVersionsRow): Uint8Array[] {
  return encodeResponse(apiVersions, 0, correlationId, { errorCode: errorCodes.UNSUPPORTED_VERSION, apiKeys: [row] });
}

const softwarePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/;

/** Whether a client's software name or version is one (KIP-511); if not, the answer is INVALID_REQUEST. */
export function isClientSoftwareText(text: string): boolean {
  return softwarePattern.test(text);
}
