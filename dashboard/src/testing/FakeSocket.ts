/** The server's side of a WebSocket, played by a test. */

import { act } from "@testing-library/react";
import { vi } from "vitest";

export class FakeSocket {
  static opened: FakeSocket[] = [];
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    FakeSocket.opened.push(this);
  }

  /** Puts it in place of the browser's. */
  static install(): void {
    FakeSocket.opened = [];
    vi.stubGlobal("WebSocket", FakeSocket);
  }

  /** The newest connection. */
  static get last(): FakeSocket {
    const last = FakeSocket.opened.at(-1);
    if (!last) throw new Error("Nobody has connected.");
    return last;
  }

  /** Where the client says it is; null where it says nothing. */
  get after(): string | null {
    return new URL(this.url, "ws://watch").searchParams.get("after");
  }

  close(): void {
    this.closed = true;
  }

  /** The server sends a frame. */
  send(frame: Record<string, unknown>): void {
    act(() => this.onmessage?.({ data: JSON.stringify(frame) }));
  }

  /** The server, or the network, ends it. */
  drop(): void {
    act(() => this.onclose?.());
  }
}
