/** A token and a name; after too many tries it waits as long as the server says. */

import { type FormEvent, useEffect, useState } from "react";
import { Problem } from "@/api/problem";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import { useLogin } from "./api";
import styles from "./Login.module.css";

/** As the API takes it. */
const LONGEST_NAME = 40;

interface LoginFormProps {
  /** Who was there before, so that he need not say it again. */
  name?: string | undefined;
  /** The id of what names it. */
  labelledBy: string;
  onDone?: () => void;
}

export function LoginForm({ name, labelledBy, onDone }: LoginFormProps) {
  const login = useLogin();
  const wait = useWait(login.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const entered = new FormData(form);
    const told = String(entered.get("name") ?? "").trim();
    login.mutate(
      { token: String(entered.get("token") ?? ""), ...(told ? { name: told } : {}) },
      {
        onSuccess: () => onDone?.(),
        // The field says why, to who sees it and, with the focus, to who hears it.
        onError: () => form.querySelector<HTMLInputElement>("input[name=token]")?.focus(),
      },
    );
  };
  return (
    <form className={styles.form} aria-labelledby={labelledBy} onSubmit={submit}>
      <TextField
        label="Token"
        name="token"
        type="password"
        autoComplete="current-password"
        required
        maxLength={500}
        wrong={login.error?.message}
      />
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        maxLength={LONGEST_NAME}
        defaultValue={name}
        hint="It stands beside what you change."
      />
      <Button look="main" type="submit" disabled={login.isPending || wait > 0}>
        {wait > 0 ? `Log in, in ${wait} s` : "Log in"}
      </Button>
    </form>
  );
}

/** How many seconds are left until another try is worth it. */
function useWait(error: Error | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const wait = error instanceof Problem ? (error.retryAfterSeconds ?? 0) : 0;
    setLeft(wait);
    if (wait <= 0) return;
    const until = Date.now() + wait * 1_000;
    const timer = setInterval(() => {
      const rest = Math.ceil((until - Date.now()) / 1_000);
      setLeft(Math.max(rest, 0));
      if (rest <= 0) clearInterval(timer);
    }, 500);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}
