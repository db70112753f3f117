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
{{- $own := include "fintech.namedIn" (.Values.config.sentiment | toRawJson) | fromJsonArray -}}
{{ include (ternary "fintech.env" "fintech.plainEnv" (not (empty $asks))) . }}
{{- range include "fintech.keyNames" . | fromJsonArray }}
{{- if and $asks (has . $own) }}
- name: {{ . | quote }}
  valueFrom:
    secretKeyRef: {name: {{ $.Values.providers.existingSecret | quote }}, key: {{ . | quote }}}
{{- else }}
- name: {{ . | quote }}
  value: not-for-this-pod
{{- end }}
{{- end }}
{{- if $asks }}
{{- range without (include "fintech.namedIn" (.Values.providers.proxy | toRawJson) | fromJsonArray) (include "fintech.keyNames" . | fromJsonArray) }}
- name: {{ . | quote }}
  valueFrom:
    secretKeyRef: {name: {{ $.Values.providers.existingSecret | quote }}, key: {{ . | quote }}}
{{- end }}
{{- include "fintech.proxyEnv" . }}
{{- end }}
- name: ANALYZER_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ include "fintech.tokenSecret" . | quote }}, key: password}
{{- end -}}
