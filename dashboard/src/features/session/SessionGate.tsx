/** Lets in whoever is known; everybody else logs in first. */

import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense } from "react";
import { Problem } from "@/api/problem";
import { Failure } from "@/design/States";
import { sessionQuery } from "./api";

const LoginPage = lazy(() => import("./LoginPage"));

export function SessionGate({ children }: { children: ReactNode }) {
  const session = useQuery(sessionQuery);
  if (session.error instanceof Problem && session.error.status === 401) {
    return (
      <Suspense>
        <LoginPage />
      </Suspense>
    );
  }
  if (session.data) return children;
  if (session.error) {
    return <Failure error={session.error} retry={() => void session.refetch()} />;
  }
  return null;
}
