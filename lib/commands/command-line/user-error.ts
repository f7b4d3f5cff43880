/** A mistake of the person at the command line; its message is all there is to say, no stack trace. */
export class UserError extends Error {}
