/** A token and a name; after too many tries it waits as long as the server says. */

import type { FormEvent } from "react";
import { Problem } from "@/api/problem";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import { useCountdown } from "@/design/useCountdown";
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
  const pause = login.error instanceof Problem ? login.error.retryAfterSeconds : null;
  const wait = useCountdown(pause, login.error);
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
