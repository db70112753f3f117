{{/* The database that is not the chart's own pod: another's, or CloudNativePG's. */}}

{{/* The name of the Cluster of CloudNativePG; its pods carry it as cnpg.io/cluster. */}}
{{- define "fintech.cluster" -}}
{{ include "fintech.name" . }}-db
{{- end -}}

{{/* As `externalDatabase`, in JSON. The operator makes the Services and the Secret by these names. */}}
{{- define "fintech.external" -}}
{{- if .Values.cloudNativePg.enabled -}}
{{- $cluster := include "fintech.cluster" . -}}
{{- $host := printf "%s-%%s.%s.svc.%s" $cluster .Release.Namespace .Values.clusterDomain -}}
{{- $replica := gt (int64 .Values.cloudNativePg.instances) 1 | ternary (printf $host "ro") "" -}}
{{- dict
  "host" (printf $host "rw")
  "port" 5432
  "name" "fintech"
  "user" "fintech"
  "sslMode" "require"
  "caConfigMap" ""
  "existingSecret" (printf "%s-app" $cluster)
  "passwordKey" "password"
  "cidrs" list
  "replica" (dict "host" $replica "port" 5432) | toJson -}}
{{- else -}}
{{- .Values.externalDatabase | toJson -}}
{{- end -}}
{{- end -}}
