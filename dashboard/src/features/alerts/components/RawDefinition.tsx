/** A rule as the API has it, to be written; or as a file has it, to be copied. */

import { Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "@/design/Button";
import { TextArea, TextField } from "@/design/Field";
import { useToast } from "@/design/Toasts";
import type { Definition } from "../api";
import { asName, tomlOf } from "../definition";
import type { Editor } from "../useEditor";
import styles from "./RawDefinition.module.css";

interface RawDefinitionProps {
  editor: Editor;
  view: "json" | "toml";
  isNew: boolean;
}

export function RawDefinition({ editor, view, isNew }: RawDefinitionProps) {
  return (
    <div className={styles.raw}>
      <TextField
        label="Name"
        value={editor.draft.name}
        readOnly={!isNew}
        wrong={editor.mistakes.of.name}
        onChange={(event) => editor.change({ ...editor.draft, name: asName(event.target.value) })}
      />
      {view === "json" ? <Json editor={editor} /> : <Toml editor={editor} />}
    </div>
  );
}

function readable(typed: string): Definition | null {
  try {
    const found: unknown = JSON.parse(typed);
    return typeof found === "object" && found !== null && !Array.isArray(found)
      ? (found as Definition)
      : null;
  } catch {
    return null;
  }
}

function Json({ editor }: { editor: Editor }) {
  const [typed, setTyped] = useState(() => JSON.stringify(editor.definition, null, 2));
  return (
    <TextArea
      label="Definition"
      className={styles.code}
      rows={16}
      spellCheck={false}
      value={typed}
      wrong={editor.unreadable ? "This is not a JSON object yet." : null}
      hint="Its keys are those of docs/alerts.md."
      onChange={(event) => {
        setTyped(event.target.value);
        const found = readable(event.target.value);
        editor.setUnreadable(found === null);
        if (found !== null) editor.take(found);
      }}
    />
  );
}

function Toml({ editor }: { editor: Editor }) {
  const tell = useToast();
  const text = tomlOf(editor.draft.name || "new-rule", editor.definition);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => tell({ text: "Copied." }),
      () => tell({ text: "This browser lets nobody copy; mark it and copy it.", bad: true }),
    );
  return (
    <>
      <TextArea
        label="In a file of rules"
        className={styles.code}
        rows={16}
        readOnly
        spellCheck={false}
        value={text}
        hint="Bring a file in by fintech alerts apply; what is not in it is then removed."
      />
      <Button icon={Copy} onClick={copy}>
        Copy
      </Button>
    </>
  );
}
