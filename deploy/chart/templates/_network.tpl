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
