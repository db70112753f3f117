/** What stands around every page. */

import { useQuery } from "@tanstack/react-query";
import { Settings as Cog, Search as Glass, History, Keyboard } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { Outlet, ScrollRestoration, useNavigate, useSearchParams } from "react-router";
import { openAlertsAtQuery, overviewQuery } from "@/api/shared";
import { Button, IconButton } from "@/design/Button";
import { Skeleton } from "@/design/States";
import { useLive } from "@/live/Live";
import styles from "./AppFrame.module.css";
import { AtNavLink } from "./AtLink";
import { useArrival } from "./arrival";
import { useAt, useGoTo } from "./at";
import { MarketClocks } from "./MarketClocks";
import { PAGES } from "./pages";
import { ConnectionBanner, NoSuchSlot, SimulatedRibbon } from "./Ribbons";
import { useRecentKept } from "./recent";
import { type Shortcuts, useShortcuts } from "./shortcuts";

const Search = lazy(() => import("./Search"));
const Settings = lazy(() => import("./Settings"));
const KeyboardHelp = lazy(() => import("./KeyboardHelp"));
const TimeMachine = lazy(() => import("./past/TimeMachine"));

const SLIDER = 'input[type="range"][aria-label="Past slot"]';

const PAGE = "page";

type Opened = "search" | "settings" | "help" | null;

export function AppFrame() {
  const [opened, setOpened] = useState<Opened>(null);
  const at = useAt();
  const [travels, setTravels] = useState(at !== null);
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const kept = search.get("at");
  const shortcuts = useMemo<Shortcuts>(() => {
    const pages = PAGES.map(({ key, path }) => [
      `g ${key}`,
      () => void navigate({ pathname: path, search: kept ? `?at=${kept}` : "" }),
    ]);
    return {
      ...(Object.fromEntries(pages) as Shortcuts),
      "/": () => setOpened("search"),
      "?": () => setOpened("help"),
      a: () => {
        const here = location.pathname === "/news" ? location.search : kept ? `?at=${kept}` : "";
        const asked = new URLSearchParams(here);
        asked.set("analyze", "1");
        void navigate({ pathname: "/news", search: `?${asked}` });
      },
      t: () => {
        setTravels(true);
        document.querySelector<HTMLInputElement>(SLIDER)?.focus();
      },
    };
  }, [navigate, kept]);
  useShortcuts(shortcuts);
  useArrival(PAGE);
  useRecentKept();
  const close = () => setOpened(null);
  const goTo = useGoTo();
  const travel = () => {
    if (at !== null) goTo(null);
    setTravels(!travels && at === null);
  };
  return (
    <div className={styles.frame} data-past={at !== null}>
      <ScrollRestoration />
      {/* biome-ignore lint/a11y/useValidAnchor: a way within the page, which is what links are for */}
      <a
        href="#page"
        className={styles.skip}
        onClick={(event) => {
          // The URL holds what is shown, and where the focus is is no part of it.
          event.preventDefault();
          document.getElementById(PAGE)?.focus();
        }}
      >
        Skip to the page
      </a>
      <Rail />
      <div className={styles.main}>
        <header className={styles.top}>
          <SimulatedRibbon />
          <div className={styles.bar}>
            <Button
              look="plain"
              icon={Glass}
              aria-label="Search"
              aria-keyshortcuts="/"
              className={styles.search}
              onClick={() => setOpened("search")}
            >
              <span className={styles.searchText}>Search</span>
              <kbd className={styles.key}>/</kbd>
            </Button>
            <MarketClocks />
            <div className={styles.controls}>
              <LiveDot />
              <IconButton
                label="Time machine"
                icon={History}
                aria-pressed={travels || at !== null}
                onClick={travel}
              />
              <IconButton
                label="Keyboard"
                icon={Keyboard}
                className={styles.wide}
                onClick={() => setOpened("help")}
              />
              <IconButton label="Settings" icon={Cog} onClick={() => setOpened("settings")} />
            </div>
          </div>
          {(travels || at !== null) && (
            <Suspense>
              <TimeMachine onClose={() => setTravels(false)} />
            </Suspense>
          )}
          <ConnectionBanner />
          <NoSuchSlot />
        </header>
        <main id={PAGE} tabIndex={-1} className={styles.page}>
          <Suspense fallback={<Skeleton height={72} lines={6} />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Suspense>
        {opened === "search" && <Search onClose={close} />}
        {opened === "settings" && <Settings onClose={close} />}
        {opened === "help" && <KeyboardHelp onClose={close} />}
      </Suspense>
    </div>
  );
}

function Rail() {
  const at = useAt();
  const alerts = useQuery(openAlertsAtQuery(at)).data;
  const stale = useQuery(overviewQuery(at)).data?.stale ?? 0;
  // Of more than fit on a page of the API, that there are more.
  const counts: Record<string, [count: number, more: string, what: string]> = {
    "/alerts": [alerts?.items.length ?? 0, alerts?.next ? "+" : "", "open"],
    "/": [stale, "", "stale"],
  };
  return (
    <nav className={styles.rail} aria-label="Pages">
      <AtNavLink to="/" className={styles.brand} aria-label="Market watch, overview">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <span>Market watch</span>
      </AtNavLink>
      <ul className={styles.pages}>
        {PAGES.map(({ path, name, icon: Icon }) => {
          const [count, more, what] = counts[path] ?? [0, "", ""];
          return (
            <li key={path}>
              <AtNavLink to={path} end={path === "/"} className={styles.link}>
                <Icon aria-hidden="true" size={18} />
                <span className={styles.name}>{name}</span>
                {count > 0 && (
                  <span className={styles.count}>
                    {count}
                    {more}
                    <span className="visually-hidden"> {what}</span>
                  </span>
                )}
              </AtNavLink>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

const TOLD = {
  live: "Live",
  connecting: "Connecting",
  delayed: "Delayed",
  away: "Disconnected",
} as const;

function LiveDot() {
  const { standing } = useLive();
  const at = useAt();
  const shown = at === null ? standing : "past";
  return (
    <span className={styles.live} data-standing={shown}>
      <span className={styles.dot} aria-hidden="true" />
      {shown === "past" ? "Past" : TOLD[shown]}
    </span>
  );
}
