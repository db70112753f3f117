/** Lets in whoever is known; everybody else logs in first. */

import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useCallback } from "react";
import { Problem } from "@/api/problem";
import { Failure } from "@/design/States";
import { sessionQuery } from "./api";
import { setLoggedOut, useLoggedOut } from "./expiry";

const LoginPage = lazy(() => import("./LoginPage"));
const stay = () => setLoggedOut(false);
const LoginDialog = lazy(() => import("./LoginDialog"));

export function SessionGate({ children }: { children: ReactNode }) {
  const session = useQuery(sessionQuery);
  const { refetch } = session;
  const askAgain = useCallback(() => void refetch(), [refetch]);
  const loggedOut = useLoggedOut(session.data?.expires_at, askAgain);
  if (session.data) {
    return (
      <>
        {children}
        {loggedOut && (
          <Suspense>
            <LoginDialog name={session.data.name} onClose={stay} />
          </Suspense>
        )}
      </>
    );
  }
  if (session.error instanceof Problem && session.error.status === 401) {
    return (
      <Suspense>
        <LoginPage />
      </Suspense>
    );
  }
  if (session.error) {
    return <Failure error={session.error} retry={() => void session.refetch()} />;
  }
  return null;
}
