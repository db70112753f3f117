{{/* What the analyzer needs, by the models that it asks. */}}

{{/* "yes" where a model of the configuration is a vendor's: asking it takes a key and the ledger. */}}
{{- define "fintech.analyzerAsks" -}}
{{- if has "gemini" (dig "models" (list "local") .Values.config.sentiment) -}}yes{{- end -}}
{{- end -}}

{{/* The Secret with the token that its clients send. */}}
{{- define "fintech.tokenSecret" -}}
{{ .Values.analyzer.existingSecret | default (printf "%s-analyzer" (include "fintech.name" .)) }}
{{- end -}}

{{/* Its environment: no database and no key, but for a model of a vendor's, and then that one's. */}}
{{- define "fintech.analyzerEnv" -}}
{{- $asks := include "fintech.analyzerAsks" . -}}
{{- $own := include "fintech.namedIn" (list .Values.config.sentiment .Values.providers.proxy | toRawJson) | fromJsonArray -}}
{{ include (ternary "fintech.env" "fintech.plainEnv" (not (empty $asks))) . }}
{{- include "fintech.keyEnv" (dict "root" . "given" (ternary $own list (not (empty $asks)))) }}
{{- if $asks }}
{{- include "fintech.proxyEnv" . }}
{{- end }}
- name: ANALYZER_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ include "fintech.tokenSecret" . | quote }}, key: password}
{{- end -}}
