/** Logging in again over the page, where the session has ended: what was typed stays. */

import { useId } from "react";
import { Dialog } from "@/design/Dialog";
import styles from "./Login.module.css";
import { LoginForm } from "./LoginForm";

interface LoginDialogProps {
  name: string;
  onClose: () => void;
}

export default function LoginDialog({ name, onClose }: LoginDialogProps) {
  const note = useId();
  return (
    <Dialog title="Your session has ended" onClose={onClose}>
      <p id={note} className={styles.above}>
        Log in to go on; what you have typed is still there, and is sent when you ask for it again.
      </p>
      <LoginForm labelledBy={note} name={name} onDone={onClose} />
    </Dialog>
  );
}
