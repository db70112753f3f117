{{/* The names of things, and the labels that tell them apart. */}}

{{/*
The prefix of every name: the release's, with at most 36 characters and no dot. With the longest
suffix, and what Kubernetes adds to the names of pods, all stay under 64. Of a longer one a hash is
kept.
*/}}
{{- define "fintech.name" -}}
{{- $name := .Release.Name | replace "." "-" -}}
{{- if gt (len $name) 36 -}}
{{- printf "%s-%s" ($name | trunc 27 | trimSuffix "-") (sha256sum $name | trunc 8) -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end -}}

{{/* What selects the pods of a component; give a dict of root and component. */}}
{{- define "fintech.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The labels of everything; the same dict. */}}
{{- define "fintech.labels" -}}
{{ include "fintech.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "fintech.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* A Service's full name: with a short one gRPC misses a code location that was replaced. */}}
{{- define "fintech.host" -}}
{{ include "fintech.name" .root }}-{{ .component }}.{{ .root.Release.Namespace }}.svc.{{ .root.Values.clusterDomain }}
{{- end -}}

{{/* The Secret with the password of the chart's own database. */}}
{{- define "fintech.passwordSecret" -}}
{{ .Values.postgres.existingSecret | default (printf "%s-database" (include "fintech.name" .)) }}
{{- end -}}
