// The few calls of playwright-core that tests make, in the place of its own types (tsconfig.test.json): those want a whole
// browser's, which no other test should see.

export interface Page {
  goto(url: string): Promise<unknown>;
  waitForFunction(expression: string): Promise<unknown>;
  evaluate<Value>(expression: string): Promise<Value>;
}

export interface Browser {
  newPage(): Promise<Page>;
  version(): string;
  close(): Promise<void>;
}

export interface LaunchOptions {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly headless: boolean;
}

export const chromium: { launch(options: LaunchOptions): Promise<Browser> };
