/** What stacked charts share: the instant under the pointer, and which part of time is seen. */

import {
  createContext,
  type ReactNode,
  type RefObject,
  use,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import type { BarAxis, View } from "./axis";
import styles from "./together.module.css";

interface Shared {
  /** Under the pointer of any of the charts (ms); null where there is none. */
  hovered: number | null;
  /** The part that is zoomed to; null for all of it. */
  view: View | null;
  /** How wide the value axis at the right is, so that the plots are equally wide. */
  axisWidth: number;
}

class Store {
  private shared: Shared = { hovered: null, view: null, axisWidth: 60 };
  private readonly hearers = new Set<() => void>();
  private waits: Partial<Shared> | null = null;

  readonly get = () => this.shared;

  /** Told once a frame: a pointer and a wheel say more than a screen can show. */
  readonly set = (change: Partial<Shared>) => {
    if (this.waits === null) requestAnimationFrame(this.tell);
    this.waits = { ...this.waits, ...change };
  };

  private readonly tell = () => {
    const next = { ...this.shared, ...this.waits };
    this.waits = null;
    const { hovered, view, axisWidth } = this.shared;
    const isSame = next.hovered === hovered && next.axisWidth === axisWidth;
    if (isSame && next.view?.from === view?.from && next.view?.to === view?.to) return;
    this.shared = next;
    for (const hear of this.hearers) hear();
  };

  readonly subscribe = (hear: () => void) => {
    this.hearers.add(hear);
    return () => {
      this.hearers.delete(hear);
    };
  };
}

const Together = createContext(new Store());

/** The charts inside have one crosshair and one view. */
export function ChartsTogether({ children }: { children: ReactNode }) {
  const [store] = useState(() => new Store());
  return <Together value={store}>{children}</Together>;
}

export function useTogether(): Store {
  return use(Together);
}

export function useHovered(): number | null {
  const { subscribe, get } = useTogether();
  return useSyncExternalStore(subscribe, () => get().hovered);
}

export function useView(): View | null {
  const { subscribe, get } = useTogether();
  return useSyncExternalStore(subscribe, () => get().view);
}

export function useAxisWidth(): number {
  const { subscribe, get } = useTogether();
  return useSyncExternalStore(subscribe, () => get().axisWidth);
}

/** Where the pointer stands over a plot. */
export interface Pointed {
  /** In the plot, in pixels. */
  x: number;
  y: number;
}

/** Tells the others of the pointer over a plot, and its chart what is pointed at and pressed. */
export function usePointer(
  plot: RefObject<HTMLElement | null>,
  instantAt: (x: number) => number,
  pointAt?: (pointed: Pointed | null) => void,
  press?: (pointed: Pointed) => void,
): void {
  const { set } = useTogether();
  useEffect(() => {
    const element = plot.current;
    if (!element) return;
    const placed = (event: PointerEvent | MouseEvent): Pointed => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const move = (event: PointerEvent) => {
      const pointed = placed(event);
      set({ hovered: instantAt(pointed.x) });
      pointAt?.(pointed);
    };
    const leave = () => {
      set({ hovered: null });
      pointAt?.(null);
    };
    const click = (event: MouseEvent) => press?.(placed(event));
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerleave", leave);
    element.addEventListener("click", click);
    return () => {
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("click", click);
    };
  }, [plot, instantAt, pointAt, press, set]);
}

/** The line at the instant that is under the pointer, here or in another of the charts. */
export function CrosshairLine({ axis, view }: { axis: BarAxis; view: View }) {
  const hovered = useHovered();
  if (hovered === null || axis.count === 0) return null;
  const share = (axis.position(hovered) - view.from) / (view.to - view.from);
  if (share < 0 || share > 1) return null;
  return (
    <div
      aria-hidden="true"
      className={styles.line}
      style={{ insetInlineStart: `${share * 100}%` }}
    />
  );
}
