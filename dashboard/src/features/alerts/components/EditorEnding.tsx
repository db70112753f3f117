/** Keeping what was written, or removing the rule. */

import { Trash2 } from "lucide-react";
import { useNavigate } from "react-router";
import { Button } from "@/design/Button";
import { useToast } from "@/design/Toasts";
import type { Definition } from "../api";
import { useRemoveRule, useWriteRule } from "../changes";
import type { Editor } from "../useEditor";
import styles from "./RuleEditor.module.css";

interface EditorEndingProps {
  editor: Editor;
  name: string;
  before: Definition;
  tag: string | null;
  /** Why nothing may be changed; null where it may. */
  why: string | null;
}

export function EditorEnding({ editor, name, before, tag, why }: EditorEndingProps) {
  const blocked = why ?? (editor.unreadable ? "Write it as JSON first." : null);
  const marked = Object.keys(editor.mistakes.of).length + editor.mistakes.rest.length;
  return (
    <>
      {editor.failure && (
        <p className={styles.wrong} role="alert">
          {editor.failure.message}
        </p>
      )}
      {editor.view !== "form" && marked > 0 && (
        <div className={styles.wrong} role="alert">
          <ul>
            {[...Object.values(editor.mistakes.of), ...editor.mistakes.rest].map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </div>
      )}
      <div className={styles.ending}>
        <Button
          look="main"
          type="submit"
          disabled={blocked !== null || editor.isSaving}
          title={blocked ?? undefined}
        >
          {tag === null ? "Make the rule" : "Keep the change"}
        </Button>
        {why !== null && <span>{why}</span>}
        {tag !== null && <Remove name={name} before={before} tag={tag} why={why} />}
      </div>
    </>
  );
}

interface RemoveProps {
  name: string;
  before: Definition;
  tag: string;
  why: string | null;
}

function Remove({ name, before, tag, why }: RemoveProps) {
  const remove = useRemoveRule();
  const write = useWriteRule();
  const navigate = useNavigate();
  const tell = useToast();
  const refused = (error: Error) => tell({ text: error.message, bad: true });
  const again = () =>
    void write
      .mutateAsync({ name, definition: before, tag: null })
      .then(() => tell({ text: `The rule ${name} is there again.` }), refused);
  // It is told wherever one is by then; only who is still here is led away.
  const leave = () => void navigate("/alerts/rules");
  const act = () =>
    void remove.mutateAsync({ name, tag }, { onSuccess: leave }).then(
      () =>
        tell({
          text: `The rule ${name} is removed; its open alerts have ended.`,
          undo: again,
        }),
      refused,
    );
  return (
    <Button
      look="danger"
      icon={Trash2}
      disabled={why !== null || remove.isPending}
      title={why ?? undefined}
      onClick={act}
    >
      Remove
    </Button>
  );
}
