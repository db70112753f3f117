{{/* What the API needs. */}}

{{/* The Secret with its tokens. */}}
{{- define "fintech.apiSecret" -}}
{{ .Values.api.existingSecret | default (printf "%s-api" (include "fintech.name" .)) }}
{{- end -}}

{{/* "yes" where it judges texts itself, with a vendor's model. */}}
{{- define "fintech.apiAsks" -}}
{{- if and .Values.api.enabled (not .Values.analyzer.enabled) -}}{{ include "fintech.analyzerAsks" . }}{{- end -}}
{{- end -}}

{{/*
Its environment: the keys of Twilio, whose word on an SMS it checks, and of a model that it asks
itself; no other.
*/}}
{{- define "fintech.apiEnv" -}}
{{- $needs := list (dig "alerts" "twilio" dict .Values.config) -}}
{{- if include "fintech.apiAsks" . -}}
{{- $needs = append $needs (list .Values.config.sentiment .Values.providers.proxy) -}}
{{- end -}}
{{ include "fintech.env" . }}
{{- include "fintech.keyEnv" (dict "root" . "given" (include "fintech.namedIn" ($needs | toRawJson) | fromJsonArray)) }}
{{- if include "fintech.apiAsks" . }}
{{- include "fintech.proxyEnv" . }}
{{- end }}
{{- with include "fintech.external" . | fromJson }}
{{- if .replica.host }}
- name: DATABASE_REPLICA_URL
  value: {{ include "fintech.externalUrl" (dict "database" . "host" .replica.host "port" .replica.port) }}
{{- end }}
{{- end }}
{{- range $variable, $key := dict "API_VIEWER_TOKEN" "viewer" "API_EDITOR_TOKEN" "editor" }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: {name: {{ include "fintech.apiSecret" $ | quote }}, key: {{ $key }}}
{{- end }}
{{- if .Values.analyzer.enabled }}
- name: FINTECH_API__ANALYZER_URL
  value: http://{{ include "fintech.host" (dict "root" . "component" "analyzer") }}
- name: ANALYZER_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ include "fintech.tokenSecret" . | quote }}, key: password}
{{- end }}
# Runs are asked of the webserver.
- name: FINTECH_PIPELINE__WEBSERVER
  value: http://{{ include "fintech.host" (dict "root" . "component" "webserver") }}
# Whose pods, Jobs and volumes it shows.
- name: FINTECH_RELEASE
  value: {{ .Release.Name | quote }}
{{- end -}}
