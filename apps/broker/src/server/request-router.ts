import {
  type Api,
  apiByKey,
  apis,
  apiVersionsRows,
  decodeRequest,
  encodeResponse,
  encodeUnsupportedApiVersions,
  isServed,
  type RequestHeader,
  type RequestOf,
  type ResponseInputOf,
} from '@streambus/kafka';
import { assert } from '@streambus/runtime';
import type { RequestMeter } from '../admin/index.ts';
import { errorCode } from '../handlers/error-code.ts';
import { RequestError } from './errors.ts';
import { firstErrorCode } from './first-error-code.ts';
import type { Handler, RequestContext } from './handler.ts';

/** A response, ready to be sent. */
export interface EncodedResponse {
  /** Its bytes, one chunk after the other; none where the protocol has no answer. */
  readonly chunks: readonly Uint8Array[];
  /** The first error in it, for the numbers: 0 is none. */
  readonly errorCode: number;
}

/** What the router knows of one API. */
export interface Route {
  readonly handler: Handler;
  readonly meter: RequestMeter;
}

/**
 * List elements of one request. A million of them, which the codec would take, hold the event loop for seconds; nobody asks one
 * broker for more than fifty thousand partitions at once.
 */
const maxElements = 50_000;

const silence: EncodedResponse = { chunks: [], errorCode: 0 };

/** Finds the handler of each request, and turns bytes into requests and responses into bytes. */
export class RequestRouter {
  readonly #routes: (Route | undefined)[] = [];

  /** @param meterOf - the numbers of an API, by its name */
  constructor(handlers: readonly Handler[], meterOf: (api: string) => RequestMeter) {
    for (const handler of handlers) {
      assert(this.#routes[handler.api.key] === undefined, () => `${handler.api.name} has one handler`);
      this.#routes[handler.api.key] = { handler, meter: meterOf(handler.api.name) };
    }
  }

  /** The handler of an API key, if there is one. */
  route(apiKey: number): Route | undefined {
    return this.#routes[apiKey];
  }

  /**
   * Starts one request.
   *
   * @throws RequestError for a request that this broker cannot answer; KafkaError for one that cannot be read
   */
  dispatch(
    frame: Uint8Array,
    header: RequestHeader,
    context: RequestContext,
  ): EncodedResponse | Promise<EncodedResponse> {
    const { apiKey, apiVersion, correlationId } = header;
    const route = this.#routes[apiKey];
    if (route === undefined) {
      const name = apiByKey(apiKey)?.name ?? 'unknown';
      throw new RequestError('REQUEST_UNSUPPORTED', `API ${apiKey} (${name}) is not served by this broker`);
    }
    const { handler } = route;
    if (!isServed(handler.api, apiVersion)) {
      if (handler.api === apis.apiVersions) return this.#unsupportedApiVersions(correlationId);
      throw new RequestError('REQUEST_UNSUPPORTED', `${handler.api.name} is not served in version ${apiVersion}`);
    }
    const request = decodeRequest(handler.api, apiVersion, frame, header.bodyStart, { maxElements });
    const answer = handler.handle(request as RequestOf<Api>, context);
    return answer instanceof Promise
      ? answer.then((response) => encode(handler.api, header, response))
      : encode(handler.api, header, answer);
  }

  #unsupportedApiVersions(correlationId: number): EncodedResponse {
    const [row] = apiVersionsRows([apis.apiVersions]);
    assert(row !== undefined, 'ApiVersions has a row');
    return { chunks: encodeUnsupportedApiVersions(correlationId, row), errorCode: errorCode('UNSUPPORTED_VERSION') };
  }
}

function encode(api: Api, header: RequestHeader, response: ResponseInputOf<Api> | undefined): EncodedResponse {
  if (response === undefined) return silence;
  return {
    chunks: encodeResponse(api, header.apiVersion, header.correlationId, response),
    errorCode: firstErrorCode(response),
  };
}
