import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { useLocation } from "react-router";

import { signOut } from "../api/auth";
import { api, SIGNED_OUT, taken } from "../api/client";
import { isSignedOut } from "../api/problem";
import type { Me } from "../api/types";
import { ErrorState } from "../parts/ErrorState";
import { Loading } from "../parts/Loading";
import { ExpiredDialog } from "./ExpiredDialog";
import { signAsOwnDevice } from "./own-device";
import { SessionProvider } from "./session";
import { SignIn } from "./SignIn";

const Enrol = lazy(() => import("./Enrol"));
const Shell = lazy(() => import("../shell/Shell"));

async function askMe(): Promise<Me> {
  const me = await taken(api.GET("/api/v1/me"));
  try {
    await signAsOwnDevice(me.person.id);
  } catch (error) {
    // Bound to a key that this browser has lost: the session is of no use here, and stands in the way of a new one.
    if (isSignedOut(error)) await signOut();
    throw error;
  }
  return me;
}

/** The door: enrolment and sign-in for those outside, the shell for those inside. */
export function SessionGate() {
  const { pathname } = useLocation();
  if (pathname === "/enrol")
    return (
      <Suspense fallback={<Loading page />}>
        <Enrol />
      </Suspense>
    );
  return <Inside />;
}

function Inside() {
  const queries = useQueryClient();
  const [expired, setExpired] = useState(false);
  const me = useQuery({
    queryKey: ["me"],
    queryFn: askMe,
    staleTime: Number.POSITIVE_INFINITY,
  });

  useEffect(() => {
    const onSignedOut = (): void => {
      // Customer data leaves the page at once; forms stay mounted, so that a draft survives.
      for (const query of queries.getQueryCache().findAll({ predicate: (q) => q.queryKey[0] !== "me" })) query.reset();
      setExpired(true);
    };
    SIGNED_OUT.addEventListener("signed-out", onSignedOut);
    return () => SIGNED_OUT.removeEventListener("signed-out", onSignedOut);
  }, [queries]);

  const onSignedIn = useCallback(async () => {
    const before = queries.getQueryData<Me>(["me"])?.person.id;
    const fresh = await queries.fetchQuery({ queryKey: ["me"], queryFn: askMe, staleTime: 0 });
    if (before !== undefined && before !== fresh.person.id) window.location.assign("/");
    setExpired(false);
    await queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== "me" });
  }, [queries]);

  if (me.data)
    return (
      <SessionProvider me={me.data} expired={expired}>
        <Suspense fallback={<Loading page />}>
          <Shell />
        </Suspense>
        <ExpiredDialog open={expired} login={me.data.person.login} onSignedIn={onSignedIn} />
      </SessionProvider>
    );
  if (me.isPending) return <Loading page />;
  if (isSignedOut(me.error)) return <SignIn onSignedIn={onSignedIn} />;
  return <ErrorState error={me.error} onRetry={() => void me.refetch()} page />;
}
