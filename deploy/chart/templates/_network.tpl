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
