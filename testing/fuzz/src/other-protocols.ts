/** How others begin to talk to whoever listens. */
export const otherProtocols: readonly Buffer[] = [
  Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  Buffer.from('POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello'),
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'),
  // A TLS 1.2 ClientHello up to its random bytes.
  Buffer.from('16030100c8010000c40303', 'hex'),
  Buffer.from('*1\r\n$4\r\nPING\r\n'),
  Buffer.from('\0\0\0\x08\x04\xd2\x16\x2f'),
  Buffer.from('<?xml version="1.0"?><x/>'),
];
