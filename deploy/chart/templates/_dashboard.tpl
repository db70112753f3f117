{{/* "yes" where there is a dashboard: it shows what the API tells, so never without one. */}}
{{- define "fintech.hasDashboard" -}}
{{- if and .Values.dashboard.enabled .Values.api.enabled -}}yes{{- end -}}
{{- end -}}
