{{/* How network policies name pods. */}}

{{/* Every pod of the release. */}}
{{- define "fintech.release" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* The pods of some components; give a dict of root and components. */}}
{{- define "fintech.pods" -}}
matchLabels:
  {{- include "fintech.release" .root | nindent 2 }}
matchExpressions:
  - {key: app.kubernetes.io/component, operator: In, values: [{{ join ", " .components }}]}
{{- end -}}

{{- define "fintech.toApiServer" -}}
to:
  {{- range .Values.networkPolicy.apiServer.cidrs }}
  - ipBlock: {cidr: {{ . | quote }}}
  {{- end }}
ports:
  {{- range .Values.networkPolicy.apiServer.ports }}
  - {protocol: TCP, port: {{ int64 . }}}
  {{- end }}
{{- end -}}

{{/* Where vendors may be, as peers. No text is nowhere, which a policy can't say by an empty list. */}}
{{- define "fintech.vendorPeers" -}}
{{- $vendors := .Values.networkPolicy.vendors -}}
{{- $peers := $vendors.also -}}
{{- range $cidr := ternary (list "::/0" "0.0.0.0/0") list $vendors.internet -}}
{{- $except := list -}}
{{- range $vendors.except -}}
{{- if eq (contains ":" .) (contains ":" $cidr) -}}
{{- $except = append $except . -}}
{{- end -}}
{{- end -}}
{{- $block := merge (dict "cidr" $cidr) (ternary (dict "except" $except) dict (gt (len $except) 0)) -}}
{{- $peers = prepend $peers (dict "ipBlock" $block) -}}
{{- end -}}
{{- with $peers -}}
{{ toYaml . }}
{{- end -}}
{{- end -}}

{{/*
Who in the release asks whom, at which port of its pods: as JSON, for the network policies and for
the mesh. The database's own pods or another's.
*/}}
{{- define "fintech.asked" -}}
{{- $readers := list "code" "webserver" "daemon" "run" "step" "doctor" -}}
{{- $located := list "webserver" "daemon" -}}
{{- $launching := list "code" -}}
{{- if and .Values.analyzer.enabled (include "fintech.analyzerAsks" .) -}}
{{- $readers = append $readers "analyzer" -}}
{{- end -}}
{{- if .Values.deliverer.enabled -}}
{{- $readers = append $readers "deliverer" -}}
{{- end -}}
{{- if include "fintech.publishes" . -}}
{{- $readers = append $readers "publisher" -}}
{{- end -}}
{{- if .Values.backups.enabled -}}
{{- $readers = append $readers "backup" -}}
{{- end -}}
{{- if .Values.api.enabled -}}
{{- $readers = append $readers "api" -}}
{{- $launching = append $launching "api" -}}
{{- end -}}
{{- if .Values.ui.enabled -}}
{{- $readers = append $readers "ui" -}}
{{- $located = append $located "ui" -}}
{{- end -}}
{{- $asked := dict
  "postgres" (dict "port" 5432 "by" $readers)
  "code" (dict "port" 4000 "by" $located)
  "webserver" (dict "port" 3000 "by" $launching) -}}
{{- if .Values.api.enabled -}}
{{- $asked = set $asked "api" (dict "port" 8080 "by" (ternary (list "dashboard") list (eq (include "fintech.hasDashboard" .) "yes"))) -}}
{{- end -}}
{{- if include "fintech.hasDashboard" . -}}
{{- $asked = set $asked "dashboard" (dict "port" 8080 "by" list) -}}
{{- end -}}
{{- if .Values.analyzer.enabled -}}
{{- $asked = set $asked "analyzer" (dict "port" 8090 "by" (ternary (list "api") list .Values.api.enabled)) -}}
{{- end -}}
{{- if .Values.ui.enabled -}}
{{- $asked = set $asked "ui" (dict "port" 3000 "by" list) -}}
{{- end -}}
{{- $asked | toJson -}}
{{- end -}}
