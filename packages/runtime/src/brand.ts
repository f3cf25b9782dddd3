declare const brandKey: unique symbol;

/**
 * A value of type `Value` that only its own package hands out, so that a log index is not taken for a term.
 *
 * The mark exists in types alone; at run time the value is the plain one.
 */
export type Brand<Value, Name extends string> = Value & { readonly [brandKey]: Name };
