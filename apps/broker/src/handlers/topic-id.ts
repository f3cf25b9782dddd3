/** What the protocol writes where there is no topic id. */
export const noTopicId = '00000000-0000-0000-0000-000000000000';
