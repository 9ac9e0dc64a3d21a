// What serve.mjs gives.

/** Puts the page up. @param port 0 for one that is free @returns its address, and how it is taken down */
export declare function serve(port?: number): Promise<{ readonly address: string; close(): void }>;
