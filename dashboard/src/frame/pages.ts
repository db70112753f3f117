/** The pages that the navigation leads to. */

import { Bell, LayoutGrid, type LucideIcon, Newspaper, ServerCog, Target } from "lucide-react";

export interface Page {
  path: string;
  name: string;
  icon: LucideIcon;
  /** The second key after `g`. */
  key: string;
}

export const PAGES: readonly Page[] = [
  { path: "/", name: "Overview", icon: LayoutGrid, key: "o" },
  { path: "/news", name: "News", icon: Newspaper, key: "n" },
  { path: "/alerts", name: "Alerts", icon: Bell, key: "a" },
  { path: "/record", name: "Track record", icon: Target, key: "r" },
  { path: "/operations", name: "Operations", icon: ServerCog, key: "s" },
];
