/** Who looks, and what he may do. */

import { queryOptions, useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { api, ask, carryCsrfToken, type Told } from "@/api/client";
import { setLoggedOut } from "./expiry";

export type Session = Told<"SessionShown">;

/** The session; a `Problem` with status 401 where nobody is logged in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: 5 * 60_000,
  queryFn: async ({ signal }): Promise<Session> => {
    const session = await ask(api.GET("/api/v1/session", { signal }));
    carryCsrfToken(session.csrf_token);
    return session;
  },
});

/** Exchanges a token for a session. */
export function useLogin() {
  const queries = useQueryClient();
  return useMutation({
    meta: { toldByPage: true },
    mutationFn: (entry: Told<"Entry">) => ask(api.POST("/api/v1/session", { body: entry })),
    onSuccess: (session) => {
      carryCsrfToken(session.csrf_token);
      queries.setQueryData(sessionQuery.queryKey, session);
      setLoggedOut(false);
      // What was refused meanwhile is asked again.
      void queries.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0],
      });
    },
  });
}

/** Ends the session, and forgets all that was read in it. */
export function useLogout() {
  const queries = useQueryClient();
  return useMutation({
    meta: { toldByPage: true },
    // Who is not known any more is logged out already.
    mutationFn: () => ask(api.DELETE("/api/v1/session"), [401]),
    onSuccess: () => {
      carryCsrfToken(null);
      queries.clear();
      location.assign("/");
    },
  });
}

/** The session of whoever passed the gate. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}
